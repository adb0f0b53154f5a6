"""What a customer's transactions add up to. Only what can be read is summed; the rest is named, never guessed.

Summed is a movement of a known direction, in a named currency, of a readable amount, at a readable instant, that
happened: COMPLETED, or RETURNED (its money came back by a movement of its own). Fees are part of the amounts (contract
section 4, ASSUMED), so they are told and not taken off a second time. Sums are made by the database, digit by digit.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Context, Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Collate
from django.utils.translation import gettext as _

from customers.models import Customer
from payments.accounts.models import Balance, Transaction
from payments.accounts.statements.spans import Span
from payments.money import EXPONENTS, read_decimal

HAPPENED = ("COMPLETED", "RETURNED")
ON_ITS_WAY = "PENDING"
CREDIT, DEBIT = "CREDIT", "DEBIT"
READABLE = Q(
    direction__in=[CREDIT, DEBIT], value__isnull=False, value__gte=0, occurred_at__isnull=False
) & ~Q(currency="")
SUMMED = READABLE & Q(status__in=HAPPENED)
# Sums of many long amounts have more digits than Python's own context keeps.
_exact = Context(prec=200)


@dataclass(frozen=True)
class Compared:
    """The last reading of the balance beside what our lines add up to at that instant."""

    available: str
    pending: str
    read_at: datetime
    stated_at: datetime | None
    by_lines: Decimal
    # None where Oceafin's number is not readable.
    difference: Decimal | None


@dataclass(frozen=True)
class Account:
    """One currency, on one network if it is a token's, over a span."""

    currency: str
    network: str
    opening: Decimal
    came_in: Decimal
    went_out: Decimal
    fees: Decimal
    closing: Decimal
    lines: int
    unreadable_fees: int
    compared: Compared | None

    @property
    def name(self) -> str:
        return f"{self.currency} ({self.network})" if self.network else self.currency


@contextmanager
def one_picture() -> Iterator[None]:
    """Everything that is read inside is of one instant, so that lines and sums agree."""
    nested = connection.in_atomic_block
    with transaction.atomic():
        if not nested:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def accounts_of(customer: Customer, span: Span) -> list[Account]:
    """Each account that has a line up to the end of the span, or a balance; in the order of their names."""
    before, within = Q(occurred_at__lt=span.start), Q(occurred_at__gte=span.start)
    into, out = Q(direction=CREDIT), Q(direction=DEBIT)
    rows = (
        Transaction.objects.filter(SUMMED, customer=customer, occurred_at__lt=span.end)
        .order_by()
        .values("currency", "network")
        .annotate(
            before_in=Sum("value", filter=before & into),
            before_out=Sum("value", filter=before & out),
            came_in=Sum("value", filter=within & into),
            went_out=Sum("value", filter=within & out),
            fees=Sum("fee_value", filter=within),
            lines=Count("id", filter=within),
            unreadable_fees=Count("id", filter=within & Q(fee_value__isnull=True) & ~Q(fee_amount="")),
        )
    )
    found = {(row["currency"], row["network"]): row for row in rows}
    compared = {
        (balance.currency, balance.network): _compare(balance)
        for balance in Balance.objects.filter(customer=customer)
    }
    return [_account(key, found.get(key, {}), compared.get(key)) for key in sorted(found | compared)]


def lines_of(customer: Customer, span: Span) -> QuerySet[Transaction]:
    """The lines that are summed, account by account, in the order in which they happened."""
    rows = Transaction.objects.filter(
        SUMMED, customer=customer, occurred_at__gte=span.start, occurred_at__lt=span.end
    )
    # In the order that `accounts_of` has, whatever the database's language.
    return rows.order_by(Collate("currency", "C"), Collate("network", "C"), "occurred_at", "id")


def not_summed(customer: Customer, span: Span) -> QuerySet[Transaction]:
    """What could not be summed: within the span, or without a readable date."""
    within = Q(occurred_at__gte=span.start, occurred_at__lt=span.end) | Q(occurred_at__isnull=True)
    return Transaction.objects.filter(within, customer=customer).exclude(SUMMED).order_by("occurred_at", "id")


def not_summed_before(customer: Customer, span: Span) -> int:
    """How many earlier ones the opening balances do not hold."""
    rows = Transaction.objects.filter(customer=customer, occurred_at__lt=span.start).exclude(SUMMED)
    return rows.count()


def why_not(row: Transaction) -> str:
    """Why this transaction was not summed, in a sentence."""
    if row.occurred_at is None:
        return _("Its date cannot be read.")
    if row.value is None or row.value < 0:
        return _("Its amount cannot be read.")
    if not row.currency:
        return _("It names no currency.")
    if row.direction not in (CREDIT, DEBIT):
        return _("It does not say whether money came in or went out.")
    if row.status == ON_ITS_WAY:
        return _("It has not happened yet.")
    if row.status == "FAILED":
        return _("It failed: nothing moved.")
    return _("Its status is not one that we know.")


def plain(value: Decimal | None, currency: str) -> str:
    """All of its digits that say something, at least as many as the currency has; "" for None."""
    if value is None:
        return ""
    whole, _point, part = f"{value:f}".partition(".")
    part = part.rstrip("0").ljust(EXPONENTS.get(currency, 0), "0")
    return f"{whole}.{part}" if part else whole


def shown(value: Decimal | None, currency: str) -> str:
    """As `plain`, the thousands apart: for people."""
    whole, point, part = plain(value, currency).partition(".")
    return f"{Decimal(whole):,f}{point}{part}" if whole not in ("", "-0") else f"{whole}{point}{part}"


def add(*values: Decimal) -> Decimal:
    """Their sum, exact."""
    total = Decimal(0)
    for value in values:
        total = _exact.add(total, value)
    return total


def signed(row: Transaction) -> Decimal:
    """A summed line's amount, what went out with a minus."""
    value = row.value or Decimal(0)
    return value if row.direction == CREDIT else _exact.minus(value)


def _account(key: tuple[str, str], row: dict[str, Any], compared: Compared | None) -> Account:
    def number(name: str) -> Decimal:
        return row.get(name) or Decimal(0)

    opening = add(number("before_in"), number("before_out").copy_negate())
    return Account(
        currency=key[0],
        network=key[1],
        opening=opening,
        came_in=number("came_in"),
        went_out=number("went_out"),
        fees=number("fees"),
        closing=add(opening, number("came_in"), number("went_out").copy_negate()),
        lines=row.get("lines", 0),
        unreadable_fees=row.get("unreadable_fees", 0),
        compared=compared,
    )


def _compare(balance: Balance) -> Compared:
    """What is available is what happened, less what is on its way out."""
    rows = Transaction.objects.filter(
        READABLE,
        customer_id=balance.customer_id,
        currency=balance.currency,
        network=balance.network,
        occurred_at__lte=balance.read_at,
    )
    sums = rows.aggregate(
        came_in=Sum("value", filter=Q(direction=CREDIT, status__in=HAPPENED)),
        went_out=Sum("value", filter=Q(direction=DEBIT, status__in=[*HAPPENED, ON_ITS_WAY])),
    )
    by_lines = add(sums["came_in"] or Decimal(0), (sums["went_out"] or Decimal(0)).copy_negate())
    available = read_decimal(balance.available)
    return Compared(
        available=balance.available,
        pending=balance.pending,
        read_at=balance.read_at,
        stated_at=balance.updated_at,
        by_lines=by_lines,
        difference=None if available is None else add(available, by_lines.copy_negate()),
    )
