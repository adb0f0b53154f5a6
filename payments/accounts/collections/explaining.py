"""Which collection a movement at Oceafin belongs to, and what of it may be sent back."""

from collections.abc import Iterable

from customers.models import Customer
from payments.accounts.any_of import AnyOf
from payments.accounts.collections.models import CREDITED, Collection
from payments.accounts.refundable import Refundable


def explain(collection_ids: Iterable[str]) -> dict[str, tuple[str, str]]:
    """By Oceafin's collectionId our record, as model label and key; what we do not know is left out."""
    rows = Collection.objects.filter(AnyOf("collection_id", collection_ids))
    label = Collection._meta.label
    return {ours: (label, str(pk)) for ours, pk in rows.values_list("collection_id", "pk")}


def refundable(customer: Customer, collection_id: str) -> Refundable | None:
    """A collection of this customer's that a refund may be asked for."""
    row = Collection.objects.filter(customer=customer, collection_id=collection_id).first()
    if row is None:
        return None
    return Refundable(
        amount=row.amount,
        currency=row.asset,
        network=row.network,
        status=row.status,
        credited=row.status == CREDITED,
    )
