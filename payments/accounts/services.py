"""Reading what a customer has at Oceafin."""

from datetime import datetime

from django.db import transaction

from backoffice.oceafin import contract
from backoffice.oceafin.client import client
from backoffice.oceafin.signing import parse_timestamp
from backoffice.oceafin.wire import Answer
from customers.models import Customer
from payments.accounts.models import Balance

LONGEST = 64


def read_balances(customer: Customer, *, now: datetime) -> bool:
    """Read a customer's balances and keep them as they came; False if they could not be read now.

    Call with no transaction open.
    """
    if customer.oceafin_customer_id is None:
        return False
    path = contract.path_for("listBalances", customerId=customer.oceafin_customer_id)
    reply = client().get(path, now=now)
    if not isinstance(reply, Answer):
        return False
    items = reply.data if isinstance(reply.data, list) else reply.data.get("items")
    if not isinstance(items, list):
        return False
    with transaction.atomic():
        for item in items:
            if isinstance(item, dict) and isinstance(item.get("currency"), str) and item["currency"]:
                _keep(customer, item, now=now)
    return True


def balance_of(customer: Customer, currency: str) -> Balance | None:
    """The last reading in a currency of accounts (not of a token on a network)."""
    return Balance.objects.filter(customer=customer, currency=currency, network="").first()


def _keep(customer: Customer, item: dict[str, object], *, now: datetime) -> None:
    stated = item.get("updatedAt")
    Balance.objects.update_or_create(
        customer=customer,
        currency=str(item["currency"])[:16],
        network=str(item.get("network") or "")[:40],
        defaults={
            "available": _text(item.get("available")),
            "pending": _text(item.get("pending")),
            "updated_at": parse_timestamp(stated) if isinstance(stated, str) else None,
            "read_at": now,
        },
    )


def _text(value: object) -> str:
    return str(value)[:LONGEST] if isinstance(value, str | int) and not isinstance(value, bool) else ""
