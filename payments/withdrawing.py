"""Taking an approval back before the payment leaves."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.audit import Actor, record
from backoffice.staff import rights
from backoffice.staff.roles import Right
from payments import errors, guards, staging
from payments.models import PaymentRequest
from payments.states import CANCELLABLE, PaymentState


@transaction.atomic
def withdraw_approval(*, payment: PaymentRequest, reason: str, actor: Actor, now: datetime) -> PaymentRequest:
    """Take one's own approval back, and with it those of later stages; the payment waits for approval again.

    Until a worker has claimed it: of the two, whoever has the payment's lock first (decision 007); what was written
    to Oceafin meanwhile is withdrawn at its claim. Raises NotAllowed, TooLate, NothingToWithdraw, ReasonNeeded.
    """
    payment = guards.locked(payment)
    user = rights.require(actor, Right.SEE_PAYMENTS, now)
    mine = payment.live_approvals.filter(approver=user).first()
    if mine is None:
        raise errors.NothingToWithdraw(_("You have no approval of this payment that counts."))
    words = guards.reason_given(reason)
    if payment.state not in CANCELLABLE:
        sentence = _("This payment is %(state)s: your approval cannot be taken back any more.")
        raise errors.TooLate(sentence % {"state": payment.get_state_display().lower()})
    gone = [mine.pk, *payment.live_approvals.filter(stage__gt=mine.stage).values_list("pk", flat=True)]
    if payment.state == PaymentState.APPROVED:
        to, verb = PaymentState.PENDING_APPROVAL, "payment.back_to_approvers"
        guards.move(payment, to, actor=actor, now=now, verb=verb)
    payment.approvals.filter(pk__in=gone).update(voided_at=now, void_reason=_("Taken back before it left."))
    staging.turn(payment)
    facts = {"approval": mine.pk, "approvals_voided": len(gone), "terms": payment.terms_digest}
    record(
        actor=actor,
        verb="payment.approval_withdrawn",
        subject=payment,
        now=now,
        facts=facts,
        note=words,
        customer_key=payment.customer.vault_key,
    )
    return payment
