"""What a payment waits for: in one sentence for staff, and in words that its customer may read."""

from datetime import datetime

from django.utils.translation import gettext as _

from backoffice.audit import timeline_of
from backoffice.oceafin.states import SubmissionState
from customers.states import Standing
from payments import letters
from payments.models import PaymentRequest
from payments.states import PAYMENT, PaymentState
from payments.waiting import Waits, approvals_missing, waits_for

__all__ = ["Waits", "approvals_missing", "safe_timeline", "waiting_for_customer_words", "waits_for"]

IN_REVIEW = "in review"


def waiting_for_customer_words(payment: PaymentRequest) -> str | None:
    """The same for the partner's system: no names, no reasons of ours; any hold reads `in review`."""
    if payment.is_final or payment.state == PaymentState.SETTLED:
        return None
    letter = letters.open_letter(payment)
    held = letter is not None and letter.state == SubmissionState.HELD
    if (
        payment.contradicted
        or held
        or payment.held_at is not None
        or payment.customer.standing != Standing.ACTIVE
    ):
        return IN_REVIEW
    if payment.state == PaymentState.NEEDS_INFO and payment.waits_for:
        return payment.waits_for
    return {
        PaymentState.PENDING_APPROVAL: _("It waits for approval."),
        PaymentState.APPROVED: _("It is approved and leaves by itself."),
        PaymentState.SENDING: _("It is on its way to Oceafin."),
        PaymentState.UNCONFIRMED: _("It is on its way to Oceafin, whose answer has not come yet."),
        PaymentState.SENT: _("Oceafin carries it out."),
        PaymentState.NEEDS_INFO: _("Oceafin asks for more."),
    }.get(PaymentState(payment.state), str(PAYMENT.sentences[PaymentState(payment.state)]))


def safe_timeline(payment: PaymentRequest) -> list[tuple[datetime, str]]:
    """The states in their order. No names, notes, reasons, denied attempts, or who looked at what."""
    lines: list[tuple[datetime, str]] = []
    for entry in timeline_of(payment):
        to = entry.facts.get("to")
        if to in set(PaymentState) and (not lines or to != lines[-1][1]):
            lines.append((entry.at, str(to)))
    return lines
