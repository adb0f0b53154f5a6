"""What a payment waits for: in one sentence for staff, and in words that its customer may read."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.audit import timeline_of
from backoffice.oceafin.models import Submission
from backoffice.oceafin.states import SubmissionState
from customers.states import Standing
from payments import confirming, letters, ways
from payments.models import PaymentRequest
from payments.states import CANCELLABLE, PAYMENT, PaymentState

IN_REVIEW = "in review"


@dataclass(frozen=True)
class Waits:
    """What it waits for, since when, who can move it, what happens by itself."""

    what: str
    since: datetime | None = None
    who: str = ""
    by_itself: str = ""


def waits_for(payment: PaymentRequest) -> Waits:
    """For staff, with the reason that a person needs to act on."""
    if payment.contradicted:
        return Waits(
            payment.contradiction,
            payment.state_since,
            who=_("An operations lead asks Oceafin what is true."),
            by_itself=_("Nothing more is sent for it."),
        )
    if payment.held_at is not None and payment.state in CANCELLABLE:
        return Waits(
            _("%(name)s holds it.") % {"name": payment.held_by},
            payment.held_at,
            who=_("An operations lead releases it."),
        )
    if payment.state == PaymentState.PENDING_APPROVAL:
        return _waits_for_approval(payment)
    letter = letters.open_letter(payment)
    if letter is not None:
        return _waits_for_letter(payment, letter)
    sentence = str(PAYMENT.sentences[PaymentState(payment.state)])
    detail = payment.waits_for or payment.failure_reason
    return Waits(f"{sentence} {detail}".strip(), payment.state_since)


def approvals_missing(payment: PaymentRequest) -> int:
    return max(0, payment.approvals_needed - payment.live_approvals.count())


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


def _waits_for_approval(payment: PaymentRequest) -> Waits:
    since = payment.state_since
    obstacle = ways.of(payment).obstacle(payment)
    if obstacle is not None and obstacle.for_good:
        return Waits(str(obstacle), since, who=_("An approver rejects it."))
    blocked = payment.customer.refusal_reason()
    if blocked:
        return Waits(blocked, since)
    if obstacle is not None:
        return Waits(str(obstacle), since)
    if not payment.terms_digest:
        sentence = payment.waits_for or _("Waits for Oceafin's quote: what it costs and what arrives.")
        return Waits(sentence, since, by_itself=_("The quote comes by itself."))
    if unconfirmed := confirming.lacking(payment):
        return Waits(unconfirmed, since)
    missing, needed = approvals_missing(payment), payment.approvals_needed
    what = _("%(given)d of %(needed)d: needs %(missing)s of the payments approvers.") % {
        "given": needed - missing,
        "needed": needed,
        "missing": ngettext("one more", "%(count)d more", missing) % {"count": missing},
    }
    return Waits(
        what,
        since,
        who=_("Anybody of them but its maker."),
        by_itself=_("It expires if nobody decides by %(at)s UTC.")
        % {"at": f"{payment.approval_deadline_at:%-d %B %Y, %H:%M}"},
    )


def _waits_for_letter(payment: PaymentRequest, letter: Submission) -> Waits:
    sentence = str(PAYMENT.sentences[PaymentState(payment.state)])
    if letter.state == SubmissionState.HELD:
        return Waits(
            _("Held: %(why)s") % {"why": letter.waits_for or payment.waits_for},
            letter.state_since,
            who=_("Somebody who may release what is held looks at Oceafin first."),
        )
    return Waits(letter.waits_for or payment.waits_for or sentence, letter.state_since)
