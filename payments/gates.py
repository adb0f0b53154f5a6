"""May it leave now? Asked in the transaction of each claim, under the locks of customer and payment."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from django.utils.translation import gettext as _

from backoffice.audit import Actor
from backoffice.oceafin import permits
from backoffice.oceafin.kinds import GateAnswer, Go, Wait, Withdraw
from backoffice.oceafin.models import Submission
from backoffice.oceafin.states import SubmissionState
from customers import statuses
from payments import guards, lasting, letters, outcomes, payee_kinds, timing, ways
from payments.models import PaymentRequest
from payments.states import PaymentState
from payments.switching import is_open

SOON, LATER = timedelta(seconds=15), timedelta(minutes=1)
HOURS_ARE_ASKED_EVERY = timedelta(minutes=5)
WORKER = Actor.system("payments")


class Cause(Enum):
    """What kind of thing keeps a payment from going on: who can move it hangs on that."""

    CONTRADICTION = auto()
    CUSTOMER = auto()
    SWITCH = auto()
    HOLD = auto()
    OBSTACLE = auto()
    TIME = auto()
    OPERATION = auto()


@dataclass(frozen=True)
class Stop:
    """Why it does not go on, and when that is asked again."""

    cause: Cause
    reason: str
    until: datetime


def gate_payee(submission: Submission, now: datetime) -> GateAnswer:
    payees = payee_kinds.model_of(submission).objects
    customer_id = payees.values_list("customer_id", flat=True).get(pk=submission.subject_id)
    sentence = statuses.locked(customer_id).refusal_reason()
    return Wait(sentence, now + LATER) if sentence else Go()


def gate_shown_quote(submission: Submission, now: datetime) -> GateAnswer:
    payment = guards.locked(submission.subject_id)
    if payment.state != PaymentState.PENDING_APPROVAL:
        return _unwanted_quote(submission, _("This payment no longer waits for approval."))
    sentence = payment.customer.refusal_reason()
    return Wait(sentence, now + LATER) if sentence else Go()


def gate_sending_quote(submission: Submission, now: datetime) -> GateAnswer:
    """The first claim: from here on the payment is on its way and cannot be cancelled by us."""
    payment = guards.locked(submission.subject_id)
    current = letters.quote_number_of(submission) == payment.quote_number
    if not current or payment.state not in {PaymentState.APPROVED, PaymentState.SENDING}:
        return _unwanted_quote(submission, _("This payment is not to be sent any more."))
    if stop := _kept(payment, now):
        return stop
    _begin_sending(payment, now)
    return Go()


def gate_draft_or_submit(submission: Submission, now: datetime) -> GateAnswer:
    """Where no quote is taken before it, the draft's first claim is the payment's."""
    payment = guards.locked(submission.subject_id)
    draft = letters.draft_of(submission, payment)
    leaving = {PaymentState.SENDING, PaymentState.UNCONFIRMED}
    if not ways.of(payment).is_quoted:
        leaving.add(PaymentState.APPROVED)
    if payment.state not in leaving or draft.number != payment.draft_number:
        return Withdraw(_("This payment is not to be sent any more."))
    if stop := _kept(payment, now):
        return stop
    ran_out = draft.quote is not None and not draft.quote.is_live(now)
    if submission.state == SubmissionState.QUEUED and ran_out:
        return Withdraw(_("The quote ran out before this could leave. A new one is asked for."))
    _begin_sending(payment, now)
    return Go()


def _kept(payment: PaymentRequest, now: datetime) -> Wait | Withdraw | None:
    """What keeps it from going on now; if its approvals do not last until it leaves, it is back with the approvers."""
    stop = stop_of(payment, now)
    if payment.state == PaymentState.APPROVED and (stop is None or stop.cause == Cause.TIME):
        early = timing.not_yet(payment, now) if stop else None
        if sentence := lasting.ran_out(payment, leaves=early.until if early else now, now=now):
            outcomes.back_to_approvers(payment, sentence, quote=None, now=now)
            return Withdraw(sentence)
    return Wait(stop.reason, stop.until) if stop else None


def _begin_sending(payment: PaymentRequest, now: datetime) -> None:
    if payment.state == PaymentState.APPROVED:
        if payment.payee is not None:
            payee_kinds.used(payment.payee, now)
        guards.move(payment, PaymentState.SENDING, actor=WORKER, now=now, verb="payment.sending")


def _unwanted_quote(submission: Submission, reason: str) -> GateAnswer:
    """One that was never answered is asked for to its end: it moves nothing, and cannot be read otherwise."""
    return Withdraw(reason) if submission.state == SubmissionState.QUEUED else Go()


def blocked(payment: PaymentRequest, now: datetime) -> Wait | None:
    """What keeps a payment from going on now. Call with it locked."""
    stop = stop_of(payment, now)
    return Wait(stop.reason, stop.until) if stop else None


def stop_of(payment: PaymentRequest, now: datetime) -> Stop | None:
    """The same with its cause, for what a page says; the first where several keep it."""
    if payment.contradicted:
        reason = _("Oceafin contradicts what we know. A person has to look first.")
        return Stop(Cause.CONTRADICTION, reason, now + LATER)
    if sentence := payment.customer.refusal_reason():
        return Stop(Cause.CUSTOMER, sentence, now + SOON)
    if not is_open():
        reason = _("Money out is stopped. It leaves when two administrators open it.")
        return Stop(Cause.SWITCH, reason, now + SOON)
    if payment.held_at is not None:
        reason = _("%(name)s holds it. It leaves once it is released.") % {"name": payment.held_by}
        return Stop(Cause.HOLD, reason, now + SOON)
    if obstacle := ways.of(payment).obstacle(payment):
        return Stop(Cause.OBSTACLE, str(obstacle), now + LATER)
    if payment.state == PaymentState.APPROVED and (early := timing.not_yet(payment, now)):
        # Hours can be changed meanwhile, so it is asked again before they begin.
        return Stop(Cause.TIME, early.sentence, min(early.until, now + HOURS_ARE_ASKED_EVERY))
    if payment.state == PaymentState.APPROVED and (off := _switched_off(payment)):
        return Stop(Cause.OPERATION, off.sentence, now + LATER)
    return None


def _switched_off(payment: PaymentRequest) -> permits.Off | None:
    """A step that is switched off at Oceafin: what cannot get to its end does not begin."""
    steps = ways.of(payment).operations
    return permits.off(*filter(None, (steps.quote, steps.draft, steps.submit)))
