"""Which deposit a movement at Oceafin belongs to, and what of it may be sent back."""

from collections.abc import Callable, Iterable

from customers.models import Customer
from payments.accounts.arrays import found
from payments.accounts.deposits.models import Deposit, Kind
from payments.accounts.refundable import Refundable


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
        return Refundable(
            amount=row.amount,
            currency=row.currency,
            network=row.network,
            status=row.status,
            credited=row.status == "COMPLETED",
        )

    return find
