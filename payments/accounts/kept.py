"""What Oceafin's items say, read field by field: kept as text where it cannot be read, never guessed."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from backoffice.oceafin.kinds import Resource
from backoffice.oceafin.signing import parse_timestamp
from payments.accounts.models import AMOUNT_DIGITS, AMOUNT_PLACES
from payments.money import read_decimal


def text(item: Resource, name: str, longest: int = 64) -> str:
    """The field as text; "" where it is absent, null, an object or a list."""
    value = item.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).replace("\x00", "")[:longest]


def number(item: Resource, name: str) -> Decimal | None:
    """The field as an exact number that the column holds; None for everything else."""
    value = read_decimal(item.get(name))
    if value is None:
        return None
    _sign, digits, exponent = value.as_tuple()
    places = -int(exponent)
    if places > AMOUNT_PLACES or len(digits) - places > AMOUNT_DIGITS - AMOUNT_PLACES:
        return None
    return value


def instant(item: Resource, name: str) -> datetime | None:
    """The field as an instant; None where it has no zone or is no date."""
    value: Any = item.get(name)
    return parse_timestamp(value) if isinstance(value, str) else None
