"""Which deposit a movement at Oceafin belongs to, and what of it may be sent back."""

from collections.abc import Callable, Iterable

from customers.models import Customer
from payments.accounts.arrays import found
from payments.accounts.deposits.models import Deposit, Kind
from payments.accounts.refundable import Offered, Refundable, begins_with

CREDITED = "COMPLETED"


def explainer(kind: Kind) -> Callable[[Iterable[str]], dict[str, tuple[str, str]]]:
    """By Oceafin's depositId our record, as model label and key; what we do not know is left out."""

    def explain(deposit_ids: Iterable[str]) -> dict[str, tuple[str, str]]:
        ours = found(Deposit, "deposit_id", deposit_ids, give="id", kind=kind)
        return {deposit_id: (Deposit._meta.label, key) for deposit_id, key in ours.items()}

    return explain


def refundable(kind: Kind) -> Callable[[Customer, str], Refundable | None]:
    """Finds a deposit of this customer's that a refund may be asked for."""

    def find(customer: Customer, deposit_id: str) -> Refundable | None:
        row = Deposit.objects.filter(kind=kind, deposit_id=deposit_id, customer=customer).first()
        if row is None:
            return None
        return _refundable(row)

    return find


def newest(kind: Kind) -> Callable[[Customer, str, int], list[Offered]]:
    """Lists the deposits of a customer that were credited."""

    def look(customer: Customer, words: str, most: int) -> list[Offered]:
        rows = Deposit.objects.filter(kind=kind, customer=customer, status=CREDITED)
        rows = rows.filter(begins_with(words, "amount", "deposit_id", "transaction_hash"))
        return [
            Offered(row.deposit_id, row.occurred_at or row.found_at, _refundable(row))
            for row in rows.order_by("-id")[:most]
        ]

    return look


def _refundable(row: Deposit) -> Refundable:
    return Refundable(
        amount=row.amount,
        currency=row.currency,
        network=row.network,
        status=row.status,
        credited=row.status == CREDITED,
    )
