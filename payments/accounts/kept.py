"""What Oceafin's items say, read field by field: kept as text where it cannot be read, never guessed."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from backoffice.oceafin.ids import small
from backoffice.oceafin.kinds import Resource
from backoffice.oceafin.signing import parse_timestamp
from payments.accounts.models import AMOUNT_DIGITS, AMOUNT_PLACES

_HALVES = re.compile("[\ud800-\udfff]")
_NUMBER = re.compile(
    rf"-?[0-9]{{1,{AMOUNT_DIGITS - AMOUNT_PLACES}}}(\.[0-9]{{1,{AMOUNT_PLACES}}})?", re.ASCII
)


def text(item: Resource, name: str, longest: int = 64) -> str:
    """The field as text; "" where it is absent, null, an object or a list.

    What no column holds is left out or marked: NUL goes, half a character becomes U+FFFD, and what is too long
    ends with an ellipsis, so that nobody takes it for the whole.
    """
    value = item.get(name)
    # What nearly every field is; a page has thousands.
    if type(value) is str and value.isascii() and len(value) <= longest and "\x00" not in value:
        return value
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    found = value if isinstance(value, str) else str(value)
    if not found.isascii():
        found = _HALVES.sub("\ufffd", found)
    found = found.replace("\x00", "")
    return found if len(found) <= longest else f"{found[: longest - 1]}…"


def texts(items: list[Resource], name: str, longest: int = 64) -> list[str]:
    """`text` of each item."""
    plain = _plain(items, name, longest)
    return [text(item, name, longest) for item in items] if plain is None else plain


def identifier(item: Resource, name: str, longest: int = 64) -> str:
    """The field as an id; "" also where it is too long: a shortened one could be another's. A UUID is the same one
    in capitals."""
    value = text(item, name, longest + 1)
    if len(value) > longest:
        return ""
    return small(value)


def identifiers(items: list[Resource], name: str, longest: int = 64) -> list[str]:
    """`identifier` of each item."""
    plain = _plain(items, name, longest)
    if plain is None or (whole := "".join(plain)) != whole.lower():
        return [identifier(item, name, longest) for item in items]
    return plain


def _plain(items: list[Resource], name: str, longest: int) -> list[str] | None:
    """The field of each item, where nothing of it needs a closer look: so it is in nearly every page of a list."""
    values = ["" if (value := item.get(name)) is None else value for item in items]
    try:
        whole = "".join(values)
    except TypeError:
        return None
    is_plain = whole.isascii() and "\x00" not in whole and max(map(len, values), default=0) <= longest
    return values if is_plain else None


def is_outdated(
    at: datetime | None, asked_at: datetime, *, said_at: datetime | None, read_at: datetime | None
) -> bool:
    """Whether a word is older than what stands, which was said at `said_at` and asked for at `read_at`.

    Where both words carry Oceafin's instant it decides. Where one lacks it, or both say the same, the word that was
    asked for later counts: so a page that was asked for before an event and comes after it changes nothing.
    """
    if at is not None and said_at is not None and at != said_at:
        return at < said_at
    return read_at is not None and asked_at < read_at


def plain_number(item: Resource, name: str) -> str | None:
    """The field's number digit by digit, if it is an exact one that the column holds; None for everything else."""
    value = item.get(name)
    if type(value) is int:
        value = str(value)
    return value if isinstance(value, str) and _NUMBER.fullmatch(value) else None


def plain_numbers(items: list[Resource], name: str) -> list[str | None]:
    """`plain_number` of each item."""
    values = [item.get(name) for item in items]
    return [
        value if type(value) is str and _NUMBER.fullmatch(value) else plain_number(item, name)
        for value, item in zip(values, items, strict=True)
    ]


def number(item: Resource, name: str) -> Decimal | None:
    """As `plain_number`, to reckon with."""
    found = plain_number(item, name)
    return None if found is None else Decimal(found)


def instant(item: Resource, name: str) -> datetime | None:
    """The field as an instant; None where it has no zone or is no date."""
    value: Any = item.get(name)
    return parse_timestamp(value) if isinstance(value, str) else None


def instants(items: list[Resource], name: str) -> list[datetime | None]:
    """`instant` of each item."""
    return [parse_timestamp(value) if isinstance(value := item.get(name), str) else None for item in items]
