"""Which payment a movement at Oceafin belongs to."""

from collections.abc import Iterable

from payments.accounts.arrays import found
from payments.models import Draft, PaymentRequest


def explain_payments(oceafin_ids: Iterable[str]) -> dict[str, tuple[str, str]]:
    """By Oceafin's id of a withdrawal or refund our payment, as model label and key; what is not ours is left out."""
    ours = found(Draft, "oceafin_id", oceafin_ids, give="payment")
    return {oceafin_id: (PaymentRequest._meta.label, key) for oceafin_id, key in ours.items()}
