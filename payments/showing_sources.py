"""What came in and can be sent back, as the pages of a refund show it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backoffice.staff.errors import Refusal
from customers.models import Customer
from payments import refund, terms
from payments.accounts import refundable
from payments.accounts.deposits import coins
from payments.accounts.refundable import Refundable
from payments.models import SourceType

ROWS = 50
LONGEST_QUERY = 128


@dataclass(frozen=True)
class Row:
    """One deposit or collection to choose; `url` is empty and `reason` says why where nothing of it can go back."""

    kind: str
    source_id: str
    came_in: str
    left: str
    currency: str
    network: str
    at: datetime
    url: str
    reason: str


def rows_of(customer: Customer, query: str) -> list[Row]:
    """The newest of all kinds together, at most ROWS; of those that the query finds, where there is one."""
    found = [
        (source_type, each)
        for source_type in refundable.SOURCE_TYPES
        for each in refundable.newest(customer, source_type, query, most=ROWS)
    ]
    found.sort(key=lambda pair: pair[1].at, reverse=True)
    shown = found[:ROWS]
    asked = refund.asked_back([(source_type, each.source_id) for source_type, each in shown])
    return [_row(customer, source_type, each, asked) for source_type, each in shown]


def source_context(customer: Customer, source_type: str, source_id: str) -> dict[str, Any]:
    """What came in and how much of it can still be sent back; `refusal` in a sentence where nothing can."""
    named = {"source_id": source_id, "kind": _kind(source_type)}
    try:
        source = refund.find_source(customer, source_type, source_id)
        amount = refund.came_in(source)
    except Refusal as refusal:
        return {**named, "refusal": str(refusal)}
    left = refund.left_of(source_type, source_id, amount)
    shown = {
        **named,
        **_amounts(source, amount, left),
        "currency": source.currency,
        "network": coins.name_of(source.network),
        "status": source.status,
    }
    if left <= 0:
        shown["refusal"] = _("All of it was sent back, or is asked to be.")
    return shown


def currency_of_source(customer: Customer, source_type: str, source_id: str) -> str:
    """Empty where there is no such source: asking for it says so."""
    source = refundable.find(customer, source_type, source_id)
    return source.currency if source else ""


def _row(
    customer: Customer,
    source_type: str,
    each: refundable.Offered,
    asked: dict[tuple[str, str], Decimal],
) -> Row:
    source, shown, reason = each.source, {"came_in": each.source.amount, "left": ""}, each.source.doubt
    try:
        amount = refund.came_in(source)
    except Refusal as refusal:
        reason = reason or str(refusal)
    else:
        left = amount - asked.get((source_type, each.source_id), Decimal(0))
        shown = _amounts(source, amount, left)
        reason = reason or ("" if left > 0 else _("All of it was sent back, or is asked to be."))
    ref = customer.partner_customer_ref
    url = "" if reason else refundable.request_url(source_type, each.source_id, customer_ref=ref)
    return Row(
        kind=_kind(source_type),
        source_id=each.source_id,
        currency=source.currency,
        network=coins.name_of(source.network),
        at=each.at,
        url=url,
        reason=reason,
        **shown,
    )


def _amounts(source: Refundable, amount: Decimal, left: Decimal) -> dict[str, str]:
    return {
        "came_in": terms.digits(amount, source.currency, source.network),
        "left": terms.digits(max(left, Decimal(0)), source.currency, source.network),
    }


def _kind(source_type: str) -> str:
    return str(SourceType(source_type).label) if source_type in SourceType.values else source_type
