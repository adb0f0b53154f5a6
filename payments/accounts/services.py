"""Reading what a customer has at Oceafin."""

from datetime import datetime

from django.db import transaction

from backoffice.oceafin import contract
from backoffice.oceafin.kinds import Resource
from backoffice.oceafin.wire import Answer
from customers.models import Customer
from payments.accounts import kept, plan
from payments.accounts.models import Balance


def read_balances(customer: Customer, *, now: datetime) -> bool:
    """Read a customer's balances and keep them as they came; False if they could not be read now.

    Call with no transaction open. Raises plan.BudgetSpent.
    """
    if customer.oceafin_customer_id is None:
        return False
    path = contract.path_for("listBalances", customerId=customer.oceafin_customer_id)
    reply = plan.ask(path)
    if not isinstance(reply, Answer):
        return False
    items = reply.data if isinstance(reply.data, list) else reply.data.get("items")
    if not isinstance(items, list):
        return False
    keep_balances(customer, [item for item in items if isinstance(item, dict)], now)
    return True


@transaction.atomic
def keep_balances(customer: Customer, items: list[Resource], now: datetime) -> int:
    """Write a page of balances as they came; return how many say something else than before."""
    standing = {
        (row.currency, row.network): (row.available, row.pending)
        for row in Balance.objects.filter(customer=customer)
    }
    news = 0
    for item in items:
        if isinstance(item.get("currency"), str) and item["currency"]:
            row = _keep(customer, item, now=now)
            news += standing.get((row.currency, row.network)) != (row.available, row.pending)
    return news


def balance_of(customer: Customer, currency: str, network: str = "") -> Balance | None:
    """The last reading in a currency of accounts, or of a token on its network."""
    return Balance.objects.filter(customer=customer, currency=currency, network=network).first()


def _keep(customer: Customer, item: Resource, *, now: datetime) -> Balance:
    row, _is_new = Balance.objects.update_or_create(
        customer=customer,
        currency=str(item["currency"])[:16],
        network=str(item.get("network") or "")[:40],
        defaults={
            "available": kept.text(item, "available"),
            "pending": kept.text(item, "pending"),
            "updated_at": kept.instant(item, "updatedAt"),
            "read_at": now,
        },
    )
    return row
