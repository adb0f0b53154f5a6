"""Which payment a movement at Oceafin belongs to."""

from collections.abc import Iterable

from payments.accounts.any_of import AnyOf
from payments.models import Draft, PaymentRequest


def explain_payments(oceafin_ids: Iterable[str]) -> dict[str, tuple[str, str]]:
    """By Oceafin's id of a withdrawal or refund our payment, as model label and key; what is not ours is left out."""
    drafts = Draft.objects.filter(AnyOf("oceafin_id", oceafin_ids))
    label = PaymentRequest._meta.label
    return {
        str(oceafin_id): (label, str(payment_id))
        for oceafin_id, payment_id in drafts.values_list("oceafin_id", "payment_id")
    }
