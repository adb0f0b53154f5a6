"""Transactions as Oceafin tells them, for the tests of what is made of them."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from customers.models import Customer
from payments.accounts import transactions
from payments.accounts.models import Transaction


def movement(number: int | str = 1, **changes: Any) -> dict[str, Any]:
    return {
        "transactionId": f"tx-{number}",
        "type": "FIAT_DEPOSIT",
        "direction": "CREDIT",
        "currency": "EUR",
        "amount": "10.00",
        "feeAmount": "0.00",
        "status": "COMPLETED",
        "resourceType": "fiat_deposit",
        "resourceId": f"dep-{number}",
        "occurredAt": "2026-06-28T00:00:00Z",
    } | changes


def keep(customer: Customer, *items: Any, at: datetime | None = None, **more: Any) -> int:
    return transactions.keep(customer, list(items), at or timezone.now(), **more)


def kept(number: int | str = 1) -> Transaction:
    return Transaction.objects.select_related("customer").get(transaction_id=f"tx-{number}")
