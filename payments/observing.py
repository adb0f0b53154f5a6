"""What Oceafin says of a withdrawal or refund, and what that means for its payment: from a reply, a read, an event."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from backoffice import vault
from backoffice.audit import Actor, record
from backoffice.oceafin import outbox
from backoffice.oceafin import rows as letter_rows
from backoffice.oceafin.kinds import Resource
from payments import guards, letters, rows, terms, ways
from payments.accounts.fiat.hearing import items_of
from payments.models import MISSING_CONTEXT, Draft, PaymentRequest
from payments.states import AN_END, DID_NOT_HAPPEN, PROGRESS, STATE_OF_STATUS, PaymentState, steps_to
from webhooks import inbox

FIRST_POLL = timedelta(minutes=1)
SLOWEST_POLL = timedelta(hours=1)
# A settled payment can still come back: it is looked at once a day for so long.
RETURN_WINDOW = timedelta(days=10)
# What two people closed may have happened all the same: it is read for so long, at last once a day.
CLOSED_WINDOW = timedelta(days=30)
DAY = timedelta(days=1)

VERBS = {
    PaymentState.SENDING: "payment.confirmed",
    PaymentState.SENT: "payment.sent",
    PaymentState.NEEDS_INFO: "payment.needs_info",
    PaymentState.SETTLED: "payment.settled",
    PaymentState.FAILED: "payment.failed",
    PaymentState.RETURNED: "payment.returned",
    PaymentState.CANCELLED: "payment.cancelled",
}
# A draft that was never instructed may end at Oceafin however it likes: it takes no effect.
WITHOUT_EFFECT = frozenset({"DRAFT", "FAILED", "CANCELLED"})


def observe(payment: PaymentRequest, resource: Resource, *, at: datetime, source: str, now: datetime) -> str:
    """Take down what Oceafin says of the payment at the instant `at`, and walk the payment there.

    The newest instant counts; of two words of one instant the farther one; an end always, if none was known. What our
    table does not allow is kept, the payment is marked contradicted, and nothing more is sent for it. Returns "" or,
    in a sentence, why it changes nothing. Call with the payment locked.
    """
    status = str(resource.get("status") or "")[:64]
    if not status:
        return _("It does not say a status.")
    field = _foreign_field(payment, resource)
    if field:
        return contradict(
            payment,
            _("What Oceafin carries out has another %(field)s than this payment.") % {"field": field},
            source=source,
            now=now,
        )
    if _is_older(payment, status, at):
        return _("Something newer is known already.")
    news = status != payment.oceafin_status
    worse = _worse_than_approved(payment, resource)
    target = STATE_OF_STATUS.get(status)
    steps = steps_to(payment.state, target) if target else ()
    said = _said(payment, resource, status, at)
    if worse or not steps:
        guards.set_columns(payment, **said)
    if worse:
        contradict(payment, worse, source=source, now=now)
    if target is None and status != "DRAFT" and news:
        _take_down_unknown(payment, status, source=source, now=now)
    elif steps is None or (status == "DRAFT" and payment.is_at_oceafin and was_instructed(payment)):
        if status not in WITHOUT_EFFECT or was_instructed(payment):
            return contradict(payment, _conflict(payment, status, at), source=source, now=now)
    else:
        _walk(payment, steps or (), resource, said, source=source, now=now)
    due_at = next_poll(payment, now)
    if payment.next_poll_at != due_at:
        guards.set_columns(payment, next_poll_at=due_at)
    return ""


def settle_letters(draft: Draft, resource: Resource, *, source: str, now: datetime) -> None:
    """Settle the letters that this evidence proves, before the payment is locked. Call in a transaction.

    Raises Contradiction if it is not what we sent.
    """
    _settle(letters.draft_key(draft), resource, source=source, now=now)
    status = resource.get("status")
    if ways.of(draft.payment).operations.submit and status in PROGRESS and status != "DRAFT":
        _settle(letters.submit_key(draft), resource, source=source, now=now)


def contradict(payment: PaymentRequest, sentence: str, *, source: str, now: datetime) -> str:
    """Kept and shown; nothing more is sent for it until a person has looked."""
    sentence = sentence[:300]
    if payment.contradiction != sentence:
        guards.set_columns(payment, contradicted=True, contradiction=sentence, noted_at=None, noted_by=None)
        facts = {"state": payment.state, "oceafin": payment.oceafin_status}
        actor = Actor.oceafin(source)
        record(actor=actor, verb="payment.contradicted", subject=payment, now=now, facts=facts)
    return sentence


def adopt_events(draft: Draft) -> None:
    """Take up the events about this draft that came before we knew it."""
    resource_type = ways.of(draft.payment).resource_type
    inbox.adopt(resource_type=resource_type, resource_id=draft.oceafin_id or "")


def is_closed_by_two(payment: PaymentRequest) -> bool:
    """Whether it failed because two people said that it did not happen, and Oceafin has not said so itself."""
    return payment.state == PaymentState.FAILED and payment.failure_code == DID_NOT_HAPPEN


def next_poll(payment: PaymentRequest, now: datetime) -> datetime | None:
    """When to read it again: after a minute, backing off with its age to an hour; what two people closed to a day,
    and settled ones daily, for a while."""
    age = now - payment.state_since
    if is_closed_by_two(payment):
        return now + min(max(FIRST_POLL, age / 4), DAY) if age < CLOSED_WINDOW else None
    if not payment.oceafin_id:
        return None
    if payment.is_at_oceafin:
        return now + min(max(FIRST_POLL, age / 4), SLOWEST_POLL)
    if payment.state == PaymentState.SETTLED and age < RETURN_WINDOW:
        return now + DAY
    return None


def _settle(key: str, resource: Resource, *, source: str, now: datetime) -> None:
    letter = letter_rows.of_key(key)
    if letter is not None and not letter.is_final:
        outbox.settle_from_evidence(letter, resource, source=source, now=now)


def _foreign_field(payment: PaymentRequest, resource: Resource) -> str:
    draft = _draft_of(payment)
    way = ways.of(payment)
    return way.mismatch(way.expected(draft), resource) if draft is not None else ""


def _worse_than_approved(payment: PaymentRequest, resource: Resource) -> str:
    """Of a kind that Oceafin carries out as it is created: nobody could look at its draft first.

    Said once: what people have looked at since is not brought up by each reading that says the same.
    """
    way = ways.of(payment)
    draft = None if way.operations.submit else _draft_of(payment)
    if draft is None or not was_instructed(payment):
        return ""
    if all(getattr(payment, name) == value for name, value in way.carried_out(resource).items()):
        return ""
    worse = terms.draft_difference(way, payment, draft.quote, resource)
    return (
        _("Oceafin carries it out on other terms than those approved. %(worse)s") % {"worse": worse}
        if worse
        else ""
    )


def _draft_of(payment: PaymentRequest) -> Draft | None:
    """The draft that Oceafin has of it."""
    return rows.draft_known_as(payment, payment.oceafin_id)


def _is_older(payment: PaymentRequest, status: str, at: datetime) -> bool:
    known = payment.oceafin_status_at
    if known is None or at > known:
        return False
    reached = PROGRESS.get(payment.oceafin_status, -1)
    if at == known:
        # A word that nobody knows is no reason to keep silent about it, nor to keep out what follows.
        return PROGRESS.get(status, 9) < reached
    # Nothing comes before an end that ends it: there the instants are of two clocks (a reply may name none, and ours
    # stands in its place). Without this it would stay on its way for ever.
    farther = PROGRESS.get(status, -1)
    return farther < AN_END or farther <= reached


def _said(payment: PaymentRequest, resource: Resource, status: str, at: datetime) -> dict[str, Any]:
    code, reason = resource.get("failureCode"), resource.get("failureReason")
    return {
        **_asked_for(payment, resource, status),
        "oceafin_status": status,
        "oceafin_status_at": max(at, payment.oceafin_status_at or at),
        "failure_code": code[:80] if isinstance(code, str) else payment.failure_code,
        "failure_reason": reason[:300] if isinstance(reason, str) else payment.failure_reason,
        **ways.of(payment).carried_out(resource),
    }


def _walk(
    payment: PaymentRequest,
    steps: tuple[PaymentState, ...],
    resource: Resource,
    said: dict[str, Any],
    *,
    source: str,
    now: datetime,
) -> None:
    """What was said is written with the first step: as a rule it is the only one."""
    facts = {"oceafin": said["oceafin_status"], "code": said["failure_code"]}
    for step in steps:
        waits_for = _what_is_missing(resource) if step == PaymentState.NEEDS_INFO else ""
        guards.move(
            payment,
            step,
            actor=Actor.oceafin(source),
            now=now,
            verb=VERBS[step],
            facts=facts,
            waits_for=waits_for,
            **said,
        )
        said = {}


def _asked_for(payment: PaymentRequest, resource: Resource, status: str) -> dict[str, Any]:
    """What Oceafin wants to know is kept item by item, so that each can be answered."""
    items = items_of(resource.get("missing")) if status == "MISSING_INFO_REQUIRED" else []
    if not items:
        return {}
    text = json.dumps(items, ensure_ascii=False)
    key = payment.customer.vault_key
    return {"missing_sealed": vault.seal_text(key, text, context=MISSING_CONTEXT)}


def _what_is_missing(resource: Resource) -> str:
    missing = resource.get("missing")
    items = missing if isinstance(missing, list) else []
    words = [
        str(item.get("message") or item.get("code") or "") if isinstance(item, dict) else str(item)
        for item in items
    ]
    return " ".join(word for word in words if word)[:300]


def _take_down_unknown(payment: PaymentRequest, status: str, *, source: str, now: datetime) -> None:
    sentence = _("Oceafin gives it the status %(status)s, which we do not know.") % {"status": status}
    guards.set_columns(payment, waits_for=sentence[:300])
    facts = {"oceafin": status}
    record(actor=Actor.oceafin(source), verb="payment.unknown_status", subject=payment, now=now, facts=facts)


def was_instructed(payment: PaymentRequest) -> bool:
    """Whether Oceafin took the instruction, as far as we know."""
    return payment.state in {
        PaymentState.SENT,
        PaymentState.NEEDS_INFO,
        PaymentState.SETTLED,
        PaymentState.RETURNED,
    } or (
        payment.state in {PaymentState.FAILED, PaymentState.CANCELLED} and _instruction_was_accepted(payment)
    )


def _instruction_was_accepted(payment: PaymentRequest) -> bool:
    way = ways.of(payment)
    instructions = letters.letters_of(payment).filter(kind=way.letter(way.instruction))
    return instructions.filter(state="ACCEPTED").exists()


def _conflict(payment: PaymentRequest, status: str, at: datetime) -> str:
    return _("Oceafin says %(status)s (%(at)s UTC) while this payment is %(state)s.") % {
        "status": status,
        "at": f"{at:%d %b %Y %H:%M}",
        "state": payment.get_state_display().lower(),
    }
