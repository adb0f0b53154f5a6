"""Bookings as CSV, a row for each movement that happened: for the books. No cell can be taken for a formula."""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import IO, Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from backoffice import reveals
from backoffice.audit import Actor
from backoffice.spreadsheets import MARK, neutral
from backoffice.staff import rights
from backoffice.staff.roles import Right
from customers.models import Customer
from payments.accounts.models import Transaction
from payments.accounts.statements import sums
from payments.accounts.statements.spans import Span, local
from payments.models import PaymentRequest

LONGEST = 366
AT_A_TIME = 1000
COLUMNS = (
    "date",
    "customerRef",
    "ourReference",
    "oceafinId",
    "transactionId",
    "kind",
    "direction",
    "currency",
    "network",
    "amount",
    "feeAmount",
)


def make_bookings(*, span: Span, purpose: str, words: str = "", actor: Actor, now: datetime) -> IO[bytes]:
    """Every customer's bookings of these days as CSV; the caller closes it. Who took it and what for is on record.

    The page asks for the second factor first. Call it with no transaction open. Raises NotAllowed, PurposeNeeded.
    """
    with transaction.atomic():
        rights.require(actor, Right.SEE_PAYMENTS, now)
        what = f"bookings {span.first} to {span.last}"
        reveals.record_export(
            what=what, customers=_customers(span), purpose=purpose, words=words, actor=actor, now=now
        )
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it outlives this function
    try:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        with sums.one_picture():
            text.write(MARK)
            writer = csv.writer(text, quoting=csv.QUOTE_ALL)
            writer.writerow(COLUMNS)
            for customer in _customers(span).iterator(chunk_size=AT_A_TIME):
                writer.writerows(_rows(customer, span))
        text.detach()
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _customers(span: Span) -> QuerySet[Customer]:
    """Those of whom something happened in these days."""
    moved = Transaction.objects.filter(
        sums.SUMMED, customer=OuterRef("pk"), occurred_at__gte=span.start, occurred_at__lt=span.end
    )
    return Customer.objects.filter(Exists(moved)).order_by("partner_customer_ref")


def _rows(customer: Customer, span: Span) -> Iterator[list[str]]:
    rows = sums.lines_of(customer, span).iterator(chunk_size=AT_A_TIME)
    chunk: list[Transaction] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == AT_A_TIME:
            yield from _written(customer, chunk)
            chunk = []
    yield from _written(customer, chunk)


def _written(customer: Customer, rows: list[Transaction]) -> Iterator[list[str]]:
    refs = _references(rows)
    for row in rows:
        yield [
            local(row.occurred_at) if row.occurred_at else "",
            neutral(customer.partner_customer_ref),
            neutral(refs.get(row.explained_id, "") if row.explained_type == _PAYMENT else ""),
            neutral(row.resource_id),
            neutral(row.transaction_id),
            neutral(row.transaction_type),
            row.direction,
            neutral(row.currency),
            neutral(row.network),
            sums.plain(row.value, row.currency),
            sums.plain(row.fee_value, row.currency),
        ]


_PAYMENT = PaymentRequest._meta.label


def _references(rows: Iterable[Transaction]) -> dict[Any, str]:
    keys = {row.explained_id for row in rows if row.explained_type == _PAYMENT}
    found = PaymentRequest.objects.filter(pk__in=[int(key) for key in keys])
    return {str(pk): ref for pk, ref in found.values_list("pk", "payment_ref")}
