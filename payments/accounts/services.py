"""Reading what a customer has at Oceafin."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from backoffice.oceafin import contract
from backoffice.oceafin.kinds import Resource
from backoffice.oceafin.wire import Answer
from customers.models import Customer
from payments.accounts import kept, plan
from payments.accounts.models import Balance
from payments.money import EXACT, read_decimal


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
    """The last reading in a currency of accounts, or of a token on its network.

    Of a token without one, as a conversion names it: the only network that it lies on; of several all together, as a
    row that is not kept.
    """
    rows = list(Balance.objects.filter(customer=customer, currency=currency).order_by("network"))
    exact = next((row for row in rows if row.network == network), None)
    if exact is not None or network or len(rows) < 2:
        return exact or (rows[0] if rows and not network else None)
    return Balance(
        customer=customer,
        currency=currency,
        available=_together(row.available for row in rows),
        pending=_together(row.pending for row in rows),
        read_at=min(row.read_at for row in rows),
    )


def _together(amounts: Iterable[str]) -> str:
    """Empty where one of them is no number."""
    whole = Decimal(0)
    for text in amounts:
        amount = read_decimal(text)
        if amount is None:
            return ""
        whole = EXACT.add(whole, amount)
    return f"{whole:f}"


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
