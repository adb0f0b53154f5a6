"""What each reply of Oceafin's means for a payment. Everything here runs in the settling transaction."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from backoffice.audit import Actor, record
from backoffice.oceafin import kinds, permits
from backoffice.oceafin.kinds import Outcome, Resource
from backoffice.oceafin.models import Submission
from backoffice.oceafin.signing import parse_timestamp
from payments import (
    demanding,
    guards,
    letters,
    observing,
    payee_kinds,
    payee_news,
    quotes,
    reconsidering,
    staging,
    terms,
    ways,
)
from payments.models import Draft, PaymentRequest, Quote, QuotePurpose
from payments.states import PaymentState

QUOTE_EXPIRED = "PARTNER_QUOTE_EXPIRED"
NOT_APPROVED = "PARTNER_OPERATION_NOT_APPROVED"
# A quote that lives no longer than this when it comes is not worth a draft.
QUOTE_MARGIN = timedelta(seconds=5)
WORKER = Actor.system("payments")


def settle_payee(submission: Submission, outcome: Outcome, now: datetime) -> None:
    payee = payee_news.locked(payee_kinds.model_of(submission), int(submission.subject_id))
    kind = payee_kinds.of(payee)
    if isinstance(outcome, kinds.Accepted):
        payee_news.heard(payee, outcome.resource, now=now)
    elif isinstance(outcome, kinds.Refused):
        guards.set_columns(payee, refusal=f"{outcome.code}: {outcome.detail}"[:300])
        facts = {"code": outcome.code}
        record(actor=WORKER, verb=f"{kind.name}.refused", subject=payee, now=now, facts=facts)
        for payment in payee_news.waiting_payments(payee):
            sentence = str(kind.not_taken) % {"said": outcome.detail}
            guards.set_columns(payment, waits_for=sentence[:300])


# --- Quotes ---------------------------------------------------------------------------------------------------------


def settle_shown_quote(submission: Submission, outcome: Outcome, now: datetime) -> None:
    payment = guards.locked(submission.subject_id)
    if isinstance(outcome, kinds.Unconfirmed):
        return
    if isinstance(outcome, kinds.Accepted):
        quote = _kept_quote(payment, submission, outcome.resource, QuotePurpose.SHOWN, now=now)
        if payment.state == PaymentState.PENDING_APPROVAL:
            take_shown_quote(payment, quote, now=now)
    elif payment.state == PaymentState.PENDING_APPROVAL:
        sentence = _("Oceafin gives no quote (%(said)s). Ask again, or reject it.") % {"said": _said(outcome)}
        guards.set_columns(payment, waits_for=sentence[:300])


def take_shown_quote(payment: PaymentRequest, quote: Quote, *, now: datetime) -> None:
    """What approvers are asked to agree to. Worse than what some agreed to already: theirs is void."""
    if not terms.is_whole(quote):
        sentence = _(
            "Oceafin's quote does not say what it costs and what arrives. Nobody can approve it yet."
        )
        guards.set_columns(payment, waits_for=sentence)
        return
    worse = terms.quote_difference(payment, quote)
    agreed = payment.live_approvals.exists()
    if agreed and not worse:
        return
    if agreed:
        void_approvals(payment, worse, now=now)
    changes = {
        **_new_terms(payment, terms.terms_of(quote)),
        "terms_difference": worse if agreed else payment.terms_difference,
    }
    guards.set_columns(payment, waits_for="", **changes)
    facts = {
        "fee": terms.digits(quote.fee, quote.fee_currency, payment.network),
        "receives": terms.digits(quote.receives, quote.receive_currency, payment.network),
        "terms": payment.terms_digest,
    }
    record(actor=WORKER, verb="payment.terms", subject=payment, now=now, facts=facts)
    reconsidering.heed_warnings(payment, now=now)


def settle_sending_quote(submission: Submission, outcome: Outcome, now: datetime) -> None:
    payment = guards.locked(submission.subject_id)
    # One that was written before an approval was taken back is the payment's no more.
    current = letters.quote_number_of(submission) == payment.quote_number
    if isinstance(outcome, kinds.Accepted):
        quote = _kept_quote(payment, submission, outcome.resource, QuotePurpose.SENDING, now=now)
        if current and payment.state == PaymentState.SENDING:
            _go_on_with(payment, quote, submission, now=now)
    elif not current:
        return
    elif isinstance(outcome, kinds.Unconfirmed):
        # A quote moves nothing: it is asked for again, and nobody need doubt what became of the payment.
        guards.set_columns(payment, waits_for=outcome.reason[:300])
    elif payment.state == PaymentState.SENDING:
        _not_accepted(payment, outcome, now=now, is_instruction=False)


def _go_on_with(payment: PaymentRequest, quote: Quote, letter: Submission, *, now: datetime) -> None:
    worse = terms.quote_difference(payment, quote)
    if worse:
        back_to_approvers(payment, worse, quote=quote, now=now)
    elif not quote.is_live(now + QUOTE_MARGIN):
        guards.set_columns(
            payment, waits_for=_("The quote had run out when it came. A new one is asked for.")
        )
        letters.ask_for_sending_quote(payment, now=now, again=True)
    else:
        letters.write_draft(payment, quote, now=now, after=letter)


# --- Draft and submit -----------------------------------------------------------------------------------------------


def settle_draft(submission: Submission, outcome: Outcome, now: datetime) -> None:
    payment, draft, current = _on_its_way(submission)
    if isinstance(outcome, kinds.Accepted):
        oceafin_id = str(outcome.resource[ways.of(payment).id_name])
        guards.set_columns(draft, oceafin_id=oceafin_id)
        if current:
            _drafted(payment, draft, outcome, submission, now=now)
    elif current:
        left = submission.first_left_at is not None
        _not_accepted(payment, outcome, now=now, left=left, is_instruction=False)


def settle_submit(submission: Submission, outcome: Outcome, now: datetime) -> None:
    payment, _draft, current = _on_its_way(submission)
    if not current:
        return
    if isinstance(outcome, kinds.Accepted):
        confirm(payment, outcome.source, now=now)
        _sent(payment, outcome, submission, now=now)
    else:
        _not_accepted(payment, outcome, now=now, left=submission.first_left_at is not None)


def _sent(payment: PaymentRequest, outcome: kinds.Accepted, letter: Submission, *, now: datetime) -> None:
    """The instruction is with Oceafin: from here on its word about it counts."""
    resource = outcome.resource
    facts = {ways.of(payment).id_name: payment.oceafin_id, "source": outcome.source}
    guards.move(
        payment,
        PaymentState.SENT,
        actor=Actor.oceafin(outcome.source),
        now=now,
        verb="payment.sent",
        facts=facts,
        next_poll_at=now + observing.FIRST_POLL,
    )
    at = _answered_at(resource, letter, now)
    observing.observe(payment, resource, at=at, source=outcome.source, now=now)


def confirm(payment: PaymentRequest, source: str, *, now: datetime) -> None:
    """Evidence came: it is no longer unconfirmed."""
    if payment.state == PaymentState.UNCONFIRMED:
        actor = Actor.oceafin(source)
        guards.move(payment, PaymentState.SENDING, actor=actor, now=now, verb="payment.confirmed")


def instant_of(resource: Resource, otherwise: datetime) -> datetime:
    """When Oceafin says that this resource changed last."""
    stated = resource.get("updatedAt")
    return (parse_timestamp(stated) if isinstance(stated, str) else None) or otherwise


def _answered_at(resource: Resource, letter: Submission, now: datetime) -> datetime:
    """An answer that names no instant is as old as its letter: what Oceafin did since that left is newer, even if its
    event was here before the answer."""
    return instant_of(resource, letter.first_left_at or now)


def _drafted(
    payment: PaymentRequest, draft: Draft, outcome: kinds.Accepted, letter: Submission, *, now: datetime
) -> None:
    way, resource = ways.of(payment), outcome.resource
    confirm(payment, outcome.source, now=now)
    guards.set_columns(
        payment,
        oceafin_id=draft.oceafin_id,
        oceafin_status=str(resource.get("status") or "")[:64],
        oceafin_status_at=_answered_at(resource, letter, now),
        waits_for="",
    )
    facts = {way.id_name: draft.oceafin_id, way.ref_name: draft.draft_ref}
    actor = Actor.oceafin(outcome.source)
    record(actor=actor, verb="payment.drafted", subject=payment, now=now, facts=facts)
    observing.adopt_events(draft)
    if not way.operations.submit:
        # It runs already: what it comes to is compared with the terms as it is observed.
        _sent(payment, outcome, letter, now=now)
        return
    worse = terms.draft_difference(way, payment, draft.quote, resource)
    if worse:
        # The draft stays unsubmitted at Oceafin: nothing took effect.
        back_to_approvers(payment, worse, quote=None, now=now, fee_in=None if way.is_quoted else resource)
    else:
        letters.write_submit(payment, draft, now=now, after=letter)


def _not_accepted(
    payment: PaymentRequest,
    outcome: Outcome,
    *,
    now: datetime,
    left: bool = False,
    is_instruction: bool = True,
) -> None:
    """Refused, held, unanswered or taken back, for whichever letter was on its way."""
    if isinstance(outcome, kinds.Refused):
        confirm(payment, "reply", now=now)
        if outcome.code == QUOTE_EXPIRED and ways.of(payment).is_quoted:
            letters.send(payment, now=now, again=True)
        elif outcome.code == NOT_APPROVED:
            said = _("Oceafin did not take the approval: %(said)s") % {"said": outcome.detail}
            back_to_approvers(payment, said, quote=None, now=now)
        elif outcome.code in permits.CODES and not is_instruction:
            _wait_once_more(payment, outcome, now=now)
        else:
            _fail(payment, outcome, now=now)
    elif isinstance(outcome, kinds.Withdrawn):
        if payment.state == PaymentState.SENDING:
            letters.send(payment, now=now)
    elif isinstance(outcome, kinds.Held) and not left:
        guards.set_columns(payment, waits_for=outcome.reason[:300], noted_at=None, noted_by=None)
    elif isinstance(outcome, kinds.Held | kinds.Unconfirmed):
        _doubt(payment, outcome.reason, now=now)


def _doubt(payment: PaymentRequest, reason: str, *, now: datetime) -> None:
    if payment.state == PaymentState.SENDING:
        to = PaymentState.UNCONFIRMED
        guards.move(payment, to, actor=WORKER, now=now, verb="payment.unconfirmed", waits_for=reason)
    else:
        guards.set_columns(payment, waits_for=reason[:300], noted_at=None, noted_by=None)


def _wait_once_more(payment: PaymentRequest, outcome: kinds.Refused, *, now: datetime) -> None:
    """We are not enabled for it: no fault of this payment's, and nothing was instructed. It can be cancelled again;
    a new letter, under a key of its own, leaves when an operations lead has it checked again."""
    facts = {"code": outcome.code}
    guards.move(
        payment, PaymentState.APPROVED, actor=WORKER, now=now, verb="payment.waits_once_more", facts=facts
    )
    letters.send(payment, now=now, again=True)


def _fail(payment: PaymentRequest, outcome: kinds.Refused, *, now: datetime) -> None:
    guards.move(
        payment,
        PaymentState.FAILED,
        actor=Actor.oceafin("reply"),
        now=now,
        verb="payment.failed",
        facts={"code": outcome.code},
        failure_code=outcome.code[:80],
        failure_reason=outcome.detail[:300],
        next_poll_at=None,
    )


def back_to_approvers(
    payment: PaymentRequest,
    reason: str,
    *,
    quote: Quote | None,
    now: datetime,
    fee_in: Resource | None = None,
) -> None:
    """Nothing took effect and the terms no longer hold: approvals are void, and everybody sees the difference.

    What they are asked next is in the new quote or, where there are none, the fee that the draft in `fee_in` names.
    """
    void_approvals(payment, reason, now=now)
    _decision, changes = demanding.demand_for(payment, now)
    if quote is not None and terms.is_whole(quote):
        changes |= _new_terms(payment, terms.terms_of(quote))
    elif fee_in is not None and (fee := quotes.fee_of(fee_in, payment.currency)):
        changes |= _new_terms(payment, fee)
    guards.move(
        payment,
        PaymentState.PENDING_APPROVAL,
        actor=WORKER,
        now=now,
        verb="payment.back_to_approvers",
        terms_difference=reason[:300],
        **changes,
    )


def void_approvals(payment: PaymentRequest, reason: str, *, now: datetime) -> None:
    """What was agreed to no longer holds. The approvals are kept, and count no more."""
    voided = payment.approvals.filter(voided_at__isnull=True).update(voided_at=now, void_reason=reason[:300])
    if voided:
        staging.turn(payment)
        facts = {"approvals": voided, "terms": payment.terms_digest}
        record(actor=WORKER, verb="payment.approvals_voided", subject=payment, now=now, facts=facts)


def _new_terms(payment: PaymentRequest, changes: dict[str, Any]) -> dict[str, Any]:
    for name, value in changes.items():
        setattr(payment, name, value)
    return {**changes, "terms_digest": terms.digest_of(payment)}


def _kept_quote(
    payment: PaymentRequest,
    submission: Submission,
    resource: Resource,
    purpose: QuotePurpose,
    *,
    now: datetime,
) -> Quote:
    number = letters.quote_number_of(submission)
    way = ways.of(payment)
    quote = quotes.read_quote(way, payment, resource, number=number, purpose=purpose, now=now)
    quote.save(force_insert=True)
    return quote


def _on_its_way(submission: Submission) -> tuple[PaymentRequest, Draft, bool]:
    """Payment and draft, and whether this letter still is the payment's own."""
    payment = guards.locked(submission.subject_id)
    draft = letters.draft_of(submission, payment)
    on_its_way = payment.state in {PaymentState.SENDING, PaymentState.UNCONFIRMED}
    return payment, draft, on_its_way and draft.number == payment.draft_number


def _said(outcome: Outcome) -> str:
    return getattr(outcome, "detail", "") or getattr(outcome, "reason", "") or getattr(outcome, "code", "")
