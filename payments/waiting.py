"""Why a payment waits: for what, since when, who can move it, and what happens by itself and when.

What the gate asks before anything leaves is said in the gate's own words and order (payments.gates).
"""

from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from backoffice.oceafin import breaker
from backoffice.oceafin.models import Breaker, Submission
from backoffice.oceafin.states import SubmissionState
from customers.models import Customer
from customers.states import Standing
from payments import confirming, demanding, gates, letters, staging, ways
from payments.errors import NotReady
from payments.gates import Cause
from payments.models import PaymentRequest
from payments.states import CANCELLABLE, PAYMENT, PaymentState
from payments.switching import money_out


@dataclass(frozen=True)
class Waits:
    """What it waits for, since when, who can move it, what happens by itself."""

    what: str
    since: datetime | None = None
    who: str = ""
    by_itself: str = ""


def waits_for(payment: PaymentRequest, *, now: datetime) -> Waits:
    """For staff, with the reason that a person needs to act on. Each that has not ended has a `since`, and says who
    can move it or what happens by itself."""
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
            by_itself=_expires(payment) or _("Nothing leaves until then; then it goes on by itself."),
        )
    if payment.state == PaymentState.PENDING_APPROVAL:
        waits = _before_approval(payment, now)
        return replace(waits, by_itself=f"{waits.by_itself} {_expires(payment)}".strip())
    if payment.state in {PaymentState.APPROVED, PaymentState.SENDING}:
        return _on_its_way(payment, now)
    letter = letters.open_letter(payment)
    if letter is not None and (payment.state == PaymentState.UNCONFIRMED or _answers(payment, letter)):
        return _waits_for_letter(payment, letter, now)
    return _by_state(payment)


def approvals_missing(payment: PaymentRequest) -> int:
    return max(0, payment.approvals_needed - payment.live_approvals.count())


# --- Before it is approved ----------------------------------------------------------------------------------------


def _before_approval(payment: PaymentRequest, now: datetime) -> Waits:
    since = payment.state_since
    obstacle = ways.of(payment).obstacle(payment)
    if obstacle is not None and obstacle.for_good:
        return Waits(str(obstacle), since, who=_("An approver rejects it, or its maker cancels it."))
    if not payment.policy["stages"]:
        return Waits(
            _("The policy does not let it go: %(sentence)s") % {"sentence": payment.policy["sentence"]},
            since,
            who=_("An approver rejects it, or two administrators change the policy."),
        )
    if blocked := payment.customer.refusal_reason():
        return _waits_for_customer(payment, blocked)
    if obstacle is not None:
        return _waits_for_obstacle(payment, obstacle)
    if not payment.terms_digest:
        return _waits_for_terms(payment)
    if unconfirmed := confirming.lacking(payment):
        who = _("A payments approver or operations lead who did not add it.")
        return Waits(unconfirmed, since, who=who)
    if _lacks_rate(payment, now):
        what = _("There is no exchange rate from %(currency)s to %(base)s, so nobody can approve it.")
        names = {"currency": payment.currency, "base": settings.BASE_CURRENCY}
        return Waits(what % names, since, who=_("An operations lead enters one."))
    return _waits_for_people(payment)


def _waits_for_people(payment: PaymentRequest) -> Waits:
    given = payment.approvals_needed - approvals_missing(payment)
    what = _("%(given)d of %(needed)d approvals: now it needs %(missing)s.") % {
        "given": given,
        "needed": payment.approvals_needed,
        "missing": staging.missing_words(payment),
    }
    who = _("Anybody of them but its maker.")
    if given:
        who = _("Anybody of them but its maker and who approved it already.")
    return Waits(what, payment.state_since, who=who)


def _waits_for_terms(payment: PaymentRequest) -> Waits:
    if payment.waits_for:
        who = _("An approver asks Oceafin again, or rejects it.")
        return Waits(payment.waits_for, payment.state_since, who=who)
    what = _("Waits for Oceafin's quote: what it costs and what arrives.")
    comes = _("The quote comes by itself.")
    if breaker.is_open():
        comes = _("Sending to Oceafin is paused; the quote comes by itself once that is over.")
    return Waits(what, payment.state_since, by_itself=comes)


def _lacks_rate(payment: PaymentRequest, now: datetime) -> bool:
    is_base = payment.currency == settings.BASE_CURRENCY
    return not is_base and demanding.newest_rate(payment.currency, now) is None


def _expires(payment: PaymentRequest) -> str:
    if payment.state != PaymentState.PENDING_APPROVAL:
        return ""
    sentence = _("It expires if nobody decides by %(at)s.")
    return sentence % {"at": _at(payment.approval_deadline_at)}


# --- Approved, until Oceafin has it -------------------------------------------------------------------------------


def _on_its_way(payment: PaymentRequest, now: datetime) -> Waits:
    letter = letters.open_letter(payment)
    if letter is not None and letter.state != SubmissionState.QUEUED:
        return _waits_for_letter(payment, letter, now)
    stop = gates.stop_of(payment, now)
    if stop is not None:
        return _stopped(payment, stop)
    if letter is not None:
        return _waits_for_letter(payment, letter, now)
    return Waits(_sentence(payment), payment.state_since, by_itself=_("Its next step is written by itself."))


def _stopped(payment: PaymentRequest, stop: gates.Stop) -> Waits:
    since = payment.state_since
    if stop.cause == Cause.CUSTOMER:
        return _waits_for_customer(payment, stop.reason)
    if stop.cause == Cause.OBSTACLE:
        obstacle = ways.of(payment).obstacle(payment)
        return _waits_for_obstacle(payment, obstacle) if obstacle else Waits(stop.reason, since)
    if stop.cause == Cause.SWITCH:
        return Waits(
            stop.reason,
            max(since, money_out().changed_at or since),
            who=_("Two administrators open money out."),
            by_itself=_("Then it leaves within seconds."),
        )
    if stop.cause == Cause.TIME:
        return Waits(
            stop.reason,
            since,
            who=_("Until then an approver or a lead can hold it, and its maker or a lead can cancel it."),
            by_itself=_("It leaves by itself then."),
        )
    return Waits(
        stop.reason,
        since,
        who=_("An operations lead has it checked again, once Oceafin has switched it on."),
        by_itself=_("Then it leaves within a minute."),
    )


def _waits_for_customer(payment: PaymentRequest, reason: str) -> Waits:
    customer: Customer = payment.customer
    if customer.standing != Standing.ACTIVE:
        return Waits(
            reason,
            max(payment.state_since, customer.standing_since),
            who=_(
                "A compliance lead decides about the customer. Its maker or an operations lead can cancel it."
            ),
            by_itself=_("It goes on by itself once the customer may be paid for again."),
        )
    return Waits(
        reason,
        max(payment.state_since, customer.oceafin_status_since or payment.state_since),
        by_itself=_("It goes on by itself once Oceafin has approved the customer."),
    )


def _waits_for_obstacle(payment: PaymentRequest, obstacle: NotReady) -> Waits:
    if obstacle.for_good:
        who = _("Its maker or an operations lead cancels it and asks for another one.")
        return Waits(str(obstacle), payment.state_since, who=who)
    goes_on = _("It goes on by itself once that is over; that is asked again every minute.")
    return Waits(str(obstacle), payment.state_since, who=obstacle.who, by_itself=goes_on)


def _waits_for_letter(payment: PaymentRequest, letter: Submission, now: datetime) -> Waits:
    if letter.state == SubmissionState.HELD:
        return Waits(
            _("Held: %(why)s") % {"why": letter.waits_for or payment.waits_for},
            letter.state_since,
            who=_("An operations lead looks at Oceafin first, then releases it."),
            by_itself=_("Nothing more is sent. If Oceafin says what became of it, it goes on by itself."),
        )
    pause = Breaker.objects.filter(pk=1, is_open=True).first()
    if pause is not None:
        return Waits(
            _("Sending to Oceafin is paused: %(why)s") % {"why": pause.reason},
            max(letter.state_since, pause.opened_at or letter.state_since),
            who=_("If it lasts, whoever looks after the connection to Oceafin."),
            by_itself=_("Oceafin is tried again %(when)s; then everything goes on.")
            % {"when": _from(pause.probe_due_at, now)},
        )
    when = _from(letter.due_at, now)
    if letter.state == SubmissionState.UNCONFIRMED:
        return Waits(
            f"{_sentence(payment)} {letter.waits_for or payment.waits_for}".strip(),
            letter.state_since,
            who=_("An operations lead can look again, or learn from Oceafin's support what became of it."),
            by_itself=_("It is looked for at Oceafin %(when)s, and sent again only under its own key.")
            % {"when": when},
        )
    what = letter.waits_for or payment.waits_for or _sentence(payment)
    return Waits(what, letter.state_since, by_itself=_("It is sent by itself %(when)s.") % {"when": when})


# --- With Oceafin, and after --------------------------------------------------------------------------------------


def _by_state(payment: PaymentRequest) -> Waits:
    detail = payment.waits_for or payment.failure_reason
    waits = Waits(f"{_sentence(payment)} {detail}".strip(), payment.state_since)
    if payment.state == PaymentState.NEEDS_INFO:
        goes_on = _("Oceafin goes on once it has what it asks for.")
        last = payment.information.order_by("-number").first()
        if last is not None and last.is_under_way:
            return Waits(_("Answered. It goes to Oceafin by itself."), last.answered_at, by_itself=goes_on)
        if last is not None and last.taken_at:
            has_it = _(
                "Oceafin has the answer of %(at)s. If it asks for more, a payments maker answers again."
            )
            return replace(waits, who=has_it % {"at": _at(last.taken_at)}, by_itself=goes_on)
        return replace(waits, who=_who_answers(payment), by_itself=goes_on)
    by_itself = {
        PaymentState.DRAFT: _("It is asked for in the same moment."),
        PaymentState.UNCONFIRMED: _("What became of it is read at Oceafin by itself."),
        PaymentState.SENT: _outcome_comes(payment),
        PaymentState.SETTLED: _(
            "It is compared with Oceafin each night. If the money comes back, that is shown."
        ),
    }
    return replace(waits, by_itself=by_itself.get(PaymentState(payment.state), ""))


def _answers(payment: PaymentRequest, letter: Submission) -> bool:
    is_answer = letter.kind == ways.of(payment).letter("info")
    return payment.state == PaymentState.NEEDS_INFO and is_answer


def _who_answers(payment: PaymentRequest) -> str:
    if ways.of(payment).operations.info:
        return _("A payments maker answers it, with text or documents.")
    return _("An operations lead answers Oceafin's support.")


def _outcome_comes(payment: PaymentRequest) -> str:
    if payment.next_poll_at is None:
        return _("Oceafin tells us, and it is read besides.")
    return _("Oceafin tells us; if it does not, it is read by %(at)s.") % {"at": _at(payment.next_poll_at)}


def _sentence(payment: PaymentRequest) -> str:
    return str(PAYMENT.sentences[PaymentState(payment.state)])


def _from(at: datetime | None, now: datetime) -> str:
    """From when on, in a sentence."""
    return _("within seconds") if at is None or at <= now else _("at %(at)s") % {"at": _at(at, seconds=True)}


def _at(at: datetime, *, seconds: bool = False) -> str:
    return f"{at:%-d %B %Y, %H:%M:%S} UTC" if seconds else f"{at:%-d %B %Y, %H:%M} UTC"
