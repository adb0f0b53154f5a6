"""A statement, account by account, line by line: read once, drawn as CSV or PDF, never whole in memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from customers.models import Customer
from payments.accounts.models import Transaction
from payments.accounts.statements import sums
from payments.accounts.statements.spans import Span
from payments.accounts.statements.sums import Account

CHUNK = 1000


@dataclass(frozen=True)
class Statement:
    """What is read of one customer over one span. Draw it inside the `one_picture` that it was read in."""

    customer: Customer
    span: Span
    accounts: list[Account]
    not_summed_before: int
    made_at: datetime

    @classmethod
    def of(cls, customer: Customer, span: Span, *, now: datetime) -> "Statement":
        accounts = sums.accounts_of(customer, span)
        return cls(customer, span, accounts, sums.not_summed_before(customer, span), now)

    def sections(self) -> Iterator[tuple[Account, Iterator[tuple[Transaction, Decimal]]]]:
        """Each account with its lines and the balance after each. Take the lines before the next account."""
        rows = Ahead(sums.lines_of(self.customer, self.span).iterator(chunk_size=CHUNK))
        for account in self.accounts:
            yield account, _with_balance(account, rows)

    def first_lines(self, account: Account, most: int) -> QuerySet[Transaction]:
        """The first lines of one account, for a page."""
        rows = sums.lines_of(self.customer, self.span).filter(
            currency=account.currency, network=account.network
        )
        return rows.order_by("occurred_at", "id")[:most]

    def not_summed(self) -> Iterator[Transaction]:
        return sums.not_summed(self.customer, self.span).iterator(chunk_size=CHUNK)


class Ahead:
    """An iterator whose next item can be looked at."""

    def __init__(self, rows: Iterator[Transaction]) -> None:
        self._rows = rows
        self.next: Any = next(rows, None)

    def take(self) -> Transaction:
        taken: Transaction = self.next
        self.next = next(self._rows, None)
        return taken


def _with_balance(account: Account, rows: Ahead) -> Iterator[tuple[Transaction, Decimal]]:
    balance = account.opening
    while rows.next is not None and (rows.next.currency, rows.next.network) == (
        account.currency,
        account.network,
    ):
        row = rows.take()
        balance = sums.add(balance, sums.signed(row))
        yield row, balance
