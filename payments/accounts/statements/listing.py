"""Lists of transactions, read page by page from where the last one ended: flat however long they are."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from customers.models import Customer
from payments.accounts.models import Balance, Transaction
from payments.accounts.statements.spans import Span

ROWS = 50
# What Oceafin calls them (contract section 4, ASSUMED); others are shown as they come.
TYPES = (
    "FIAT_DEPOSIT",
    "FIAT_WITHDRAWAL",
    "FIAT_WITHDRAWAL_RETURN",
    "CRYPTO_DEPOSIT",
    "CRYPTO_WITHDRAWAL",
    "COLLECTION",
    "CONVERSION",
    "REFUND",
)


class NoCursor(ValueError):
    """Text that is no cursor of ours."""


@dataclass(frozen=True)
class Page:
    """One page of transactions, and the cursor of the next one ("" on the last)."""

    rows: list[Transaction]
    next_cursor: str


def of_customer(
    customer: Customer, filters: Mapping[str, str], span: Span | None = None
) -> QuerySet[Transaction]:
    """A customer's transactions; `filters` by direction, transaction_type, currency, exactly."""
    rows = Transaction.objects.filter(
        customer=customer, **{name: value for name, value in filters.items() if value}
    )
    if span is not None:
        rows = rows.filter(occurred_at__gte=span.start, occurred_at__lt=span.end)
    return rows


def page_of(rows: QuerySet[Transaction], *, cursor: str = "", limit: int = ROWS) -> Page:
    """Newest first, those without a date before them. Raises NoCursor."""
    rows = rows.order_by("-occurred_at", "-id")
    if cursor:
        at, pk = _place(cursor)
        if at is None:
            rows = rows.filter(Q(occurred_at__isnull=True, pk__lt=pk) | Q(occurred_at__isnull=False))
        else:
            rows = rows.filter(occurred_at__lte=at).exclude(occurred_at=at, pk__gte=pk)
    found = list(rows.select_related("customer")[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    return Page(found[:limit], _cursor(last) if last else "")


def unexplained() -> QuerySet[Transaction]:
    """What none of our records explains, of all customers."""
    return Transaction.objects.filter(explained_type="")


def unexplained_page(*, after: int = 0, limit: int = ROWS) -> tuple[list[Transaction], int]:
    """The longest known first, and after which key the next page begins (0 on the last)."""
    rows = unexplained().filter(pk__gt=after).select_related("customer").order_by("pk")
    found = list(rows[: limit + 1])
    return found[:limit], found[limit - 1].pk if len(found) > limit else 0


def currencies_of(customer: Customer) -> list[str]:
    """Those that the customer has a balance in."""
    rows = Balance.objects.filter(customer=customer).order_by("currency")
    return list(rows.values_list("currency", flat=True).distinct()[:ROWS])


def _cursor(row: Transaction) -> str:
    at = row.occurred_at.isoformat() if row.occurred_at else ""
    return base64.urlsafe_b64encode(f"{at}|{row.pk}".encode()).decode()


def _place(cursor: str) -> tuple[datetime | None, int]:
    try:
        at, _bar, pk = (
            base64.b64decode(cursor.encode(), altchars=b"-_", validate=True).decode().partition("|")
        )
        place = datetime.fromisoformat(at) if at else None
        if (place is not None and place.tzinfo is None) or not 0 < int(pk) < 2**63:
            raise NoCursor
    except (ValueError, binascii.Error, OverflowError):
        raise NoCursor from None
    return place, int(pk)
