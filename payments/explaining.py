"""Which payment a movement at Oceafin belongs to."""

from collections.abc import Iterable

from payments.models import Draft, PaymentRequest


def explain_withdrawals(withdrawal_ids: Iterable[str]) -> dict[str, tuple[str, str]]:
    """By Oceafin's withdrawalId our payment, as model label and key; what is not ours is left out."""
    drafts = Draft.objects.filter(withdrawal_id__in=list(withdrawal_ids))
    label = PaymentRequest._meta.label
    return {
        str(withdrawal_id): (label, str(payment_id))
        for withdrawal_id, payment_id in drafts.values_list("withdrawal_id", "payment_id")
    }
