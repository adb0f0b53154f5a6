"""Which collection a movement at Oceafin belongs to, and what of it may be sent back."""

from collections.abc import Iterable

from customers.models import Customer
from payments.accounts.arrays import found
from payments.accounts.collections.models import CREDITED, Collection
from payments.accounts.refundable import Offered, Refundable, begins_with


def explain(collection_ids: Iterable[str]) -> dict[str, tuple[str, str]]:
    """By Oceafin's collectionId our record, as model label and key; what we do not know is left out."""
    ours = found(Collection, "collection_id", collection_ids, give="id")
    return {collection_id: (Collection._meta.label, key) for collection_id, key in ours.items()}


def refundable(customer: Customer, collection_id: str) -> Refundable | None:
    """A collection of this customer's that a refund may be asked for."""
    row = Collection.objects.filter(customer=customer, collection_id=collection_id).first()
    return _refundable(row) if row is not None else None


def newest(customer: Customer, words: str, most: int) -> list[Offered]:
    """The collections of a customer that were credited."""
    rows = Collection.objects.filter(customer=customer, status=CREDITED)
    rows = rows.filter(begins_with(words, "amount", "collection_id", "transaction_hash"))
    return [
        Offered(row.collection_id, row.occurred_at or row.found_at, _refundable(row))
        for row in rows.order_by("-id")[:most]
    ]


def _refundable(row: Collection) -> Refundable:
    return Refundable(
        amount=row.amount,
        currency=row.asset,
        network=row.network,
        status=row.status,
        credited=row.status == CREDITED,
        doubt=row.doubt if row.is_doubtful else "",
    )
