"""What the partner's systems are told of transactions: what the API shows, and no flood of old ones.

A first reading may find a million movements of years past: those are history, read them over the API. Told of is
what an event told us of, what happened within the last day, and what we knew already and now stands differently.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from customers.models import Customer
from payments.accounts.models import FoundBy
from payments.accounts.told import Told
from webhooks import outgoing

TRANSACTION_UPDATED = "customer.transaction.updated"
YOUNG = timedelta(days=1)


def transactions_moved(
    customer: Customer, news: Iterable[tuple[Told, bool]], now: datetime, *, found_by: str
) -> None:
    """Tell of transactions, each as (what was told, is it new), in the database transaction that keeps them."""
    since = now - YOUNG
    for told, is_new in news:
        at = told.occurred_at
        if found_by == FoundBy.EVENT or not is_new or (at is not None and at > since):
            outgoing.announce(TRANSACTION_UPDATED, customer.vault_key, _body(customer, told), now)


def _body(customer: Customer, told: Told) -> dict[str, Any]:
    at = told.occurred_at
    return {
        "transactionId": told.transaction_id,
        "partnerCustomerRef": customer.partner_customer_ref,
        "customerId": str(customer.oceafin_customer_id) if customer.oceafin_customer_id else None,
        "type": told.transaction_type or None,
        "direction": told.direction or None,
        "currency": told.currency or None,
        "network": told.network or None,
        "amount": told.amount or None,
        "feeAmount": told.fee_amount or None,
        "status": told.status or None,
        "occurredAt": at.isoformat() if at else None,
    }
