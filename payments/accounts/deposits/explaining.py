"""Which deposit a movement at Oceafin belongs to, and what of it may be sent back."""

from collections.abc import Callable, Iterable

from customers.models import Customer
from payments.accounts.any_of import AnyOf
from payments.accounts.deposits.models import Deposit, Kind
from payments.accounts.refundable import Refundable


def explainer(kind: Kind) -> Callable[[Iterable[str]], dict[str, tuple[str, str]]]:
    """By Oceafin's depositId our record, as model label and key; what we do not know is left out."""

    def explain(deposit_ids: Iterable[str]) -> dict[str, tuple[str, str]]:
        rows = Deposit.objects.filter(AnyOf("deposit_id", deposit_ids), kind=kind)
        return {ours: (Deposit._meta.label, str(pk)) for ours, pk in rows.values_list("deposit_id", "pk")}

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
