"""What a file of payments may say: the API's own names, one column each, in any order."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from payments import ways
from payments.batches.errors import UnusableFile

REQUIRED = ("paymentRef", "kind", "partnerCustomerRef", "amount", "currency")
WORDS = ("purpose", "paymentReference", "requestedBy")
TIMES = ("scheduledOn",)
# Of the list of bad rows, which may be corrected and handed in as it is.
OURS = ("batchLine", "problem")
EXAMPLES = {
    "paymentRef": "wd-9001",
    "kind": "FIAT_WITHDRAWAL",
    "partnerCustomerRef": "cust-100001",
    "amount": "1250.00",
    "currency": "EUR",
    "bankAccountRef": "ba-1",
    "purpose": "Invoice 2026-17",
    "paymentReference": "RF18 5390 0754 7034",
}


def known() -> tuple[str, ...]:
    """Every column, those that a row needs first, then where each kind goes."""
    of_kinds = (name for way in ways.WAYS.values() for name in way.fields)
    return tuple(dict.fromkeys((*REQUIRED, *of_kinds, *WORDS, *TIMES)))


def read_header(cells: Sequence[str]) -> list[str]:
    """The columns of a file, by our names, in its order. Raises UnusableFile."""
    names = {name.casefold(): name for name in (*known(), *OURS)}
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    found = [names.get(cell.strip().casefold(), "") for cell in cells]
    unknown = [cell.strip() for cell, name in zip(cells, found, strict=True) if not name]
    if unknown:
        raise UnusableFile(
            _("The first line has columns that are not known: %(unknown)s. Known are: %(known)s.")
            % {"unknown": ", ".join(f"“{name[:40]}”" for name in unknown[:10]), "known": ", ".join(known())}
        )
    missing = [name for name in REQUIRED if name not in found]
    if missing:
        raise UnusableFile(
            _("The first line must name the columns. Missing: %(missing)s.") % {"missing": ", ".join(missing)}
        )
    twice = sorted({name for name in found if found.count(name) > 1})
    if twice:
        raise UnusableFile(_("These columns are there twice: %(names)s.") % {"names": ", ".join(twice)})
    return found


def is_header(cells: Sequence[str]) -> int:
    """How many of these cells are names of ours."""
    names = {name.casefold() for name in (*known(), *OURS)}
    return sum(cell.strip().casefold() in names for cell in cells)
