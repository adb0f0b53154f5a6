"""Payments of which nobody knows what became of them: what was sent, and where it stands."""

from django.db.models import Q, QuerySet

from backoffice.oceafin.models import Lane, Submission
from backoffice.oceafin.states import SubmissionState
from payments import letters, ways
from payments.models import PaymentRequest
from payments.states import PaymentState

COUNTED_AT_MOST = 100
# A letter may be in doubt in these: elsewhere nothing of the payment can have left.
ON_ITS_WAY = (PaymentState.SENDING, PaymentState.UNCONFIRMED)
IN_DOUBT = (SubmissionState.UNCONFIRMED, SubmissionState.HELD)


def in_doubt() -> QuerySet[PaymentRequest]:
    """Unconfirmed, or held on its way; the longest in doubt first."""
    held = Submission.objects.filter(
        subject_type=PaymentRequest._meta.label, state=SubmissionState.HELD, lane=Lane.MONEY
    ).values_list("subject_id", flat=True)[:COUNTED_AT_MOST]
    stopped = Q(pk__in=[int(pk) for pk in held], state=PaymentState.SENDING)
    found = PaymentRequest.objects.filter(Q(state=PaymentState.UNCONFIRMED) | stopped)
    return found.select_related("customer", "beneficiary", "wallet").order_by("state_since", "pk")


def letter_of(payment: PaymentRequest) -> Submission | None:
    """The letter of this payment that is in doubt: the newest that is unanswered or held, with all that hangs on it."""
    if payment.state not in ON_ITS_WAY:
        return None
    way = ways.of(payment)
    beside = [way.letter("quote"), way.letter("info")]
    return letters.letters_of(payment).filter(state__in=IN_DOUBT).exclude(kind__in=beside).last()
