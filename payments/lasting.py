"""How long an approval counts. What leaves later is asked for again, a day before it leaves."""

from datetime import datetime, timedelta

from django.db.models import Min
from django.utils.translation import gettext as _

from payments import timing
from payments.models import PaymentRequest
from payments.states import PaymentState

# So long before it leaves its approvers are asked again: with time to decide, and not so early that it is in vain.
ASKED_AGAIN_BEFORE = timedelta(days=1)


def life(payment: PaymentRequest) -> timedelta:
    """How long an approval of it counts, by the policy that it was decided by."""
    return timedelta(seconds=payment.policy["approval_lives"])


def ends_at(payment: PaymentRequest) -> datetime | None:
    """When the first of its approvals counts no more; None while it has none."""
    first: datetime | None = payment.live_approvals.aggregate(first=Min("approved_at"))["first"]
    return None if first is None else first + life(payment)


def ran_out(payment: PaymentRequest, *, leaves: datetime, now: datetime) -> str:
    """Why its approvers are asked again now, in a sentence; empty if its approvals last until it `leaves`."""
    end = ends_at(payment)
    if end is None or end > leaves or leaves > now + ASKED_AGAIN_BEFORE:
        return ""
    return _("An approval counts for %(days)d days, and this one was approved longer ago.") % {
        "days": life(payment).days
    }


def asked_again_words(payment: PaymentRequest, now: datetime) -> str:
    """That approvals given until now end before it leaves, and what follows; empty if they do not."""
    early = timing.not_yet(payment, now)
    if early is None or payment.state not in {PaymentState.PENDING_APPROVAL, PaymentState.APPROVED}:
        return ""
    if early.until < (ends_at(payment) or now + life(payment)):
        return ""
    return _(
        "An approval counts for %(days)d days, and it leaves later: a day before, it waits for approval again."
    ) % {"days": life(payment).days}
