"""What people do at the desks: look again, send again, say with evidence what happened, and take note.

Nothing here sends anything that was not approved, under another key or with other bytes. What only one person says
counts nothing: it is Oceafin's own word, read at that moment, or that of two people with evidence.
"""

import unicodedata
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from backoffice import vault
from backoffice.audit import Actor, record
from backoffice.oceafin import by_hand, contract, kinds, reads
from backoffice.oceafin.ids import small
from backoffice.oceafin.models import Purpose, Submission
from backoffice.oceafin.wire import Answer
from backoffice.staff import rights
from backoffice.staff.models import User
from backoffice.staff.roles import Right
from customers.models import Document
from payments import guards, letters, observing, ways
from payments.desks import agreement, doubts, errors
from payments.desks.models import EVIDENCE_CONTEXT, Finding, FindingKind
from payments.errors import Unfit
from payments.models import Draft, PaymentRequest
from payments.outcomes import instant_of
from payments.states import DID_NOT_HAPPEN, PaymentState

LONGEST_REFERENCE = 120
PROPOSES, CONFIRMS = Right.LEAD_PAYMENTS, (Right.LEAD_PAYMENTS, Right.APPROVE_PAYMENTS)


def look_again(payment: PaymentRequest, *, actor: Actor, now: datetime) -> str:
    """Ask Oceafin now whether it took effect; return what was found, as a sentence. Nothing is sent.

    Call with no transaction open. Raises NotAllowed, NotInDoubt, BeingTried, CannotLook.
    """
    sight = by_hand.look_now(_letter_in_doubt(payment), right=Right.RELEASE_HELD, actor=actor, now=now)
    if isinstance(sight, kinds.Found):
        return _("Oceafin has it. It goes on by itself.")
    if isinstance(sight, kinds.NotFound):
        return _("Oceafin does not show it. That alone is no proof: ask its support.")
    return _("Oceafin could not be read (%(why)s). Nothing is known by that.") % {"why": sight.reason}


def send_again(payment: PaymentRequest, *, reason: str, actor: Actor, now: datetime) -> None:
    """Send it again under the same key, with the same bytes.

    Raises NotAllowed, NotInDoubt, BeingTried, KeyTooOld, ReasonNeeded.
    """
    words = guards.reason_given(reason)
    letter = _letter_in_doubt(payment)
    by_hand.send_again(letter, right=Right.RELEASE_HELD, actor=actor, note=words, now=now)


def it_happened(payment: PaymentRequest, *, oceafin_id: str, actor: Actor, now: datetime) -> PaymentRequest:
    """Somebody learnt under which id Oceafin has it: that is read, and must be exactly what we sent.

    Oceafin's own word is the evidence, so one person is enough. Call with no transaction open.
    Raises NotAllowed, NotInDoubt, CouldNotRead, NotThisPayment.
    """
    with transaction.atomic():
        rights.require(actor, PROPOSES, now)
    letter = _letter_in_doubt(payment)
    if not letter.moves_money:
        raise errors.NotThisPayment(
            _("Of this payment nothing was instructed yet, so nothing can have happened.")
        )
    draft = letters.draft_of(letter)
    oceafin_id = small(oceafin_id.strip())
    resource = _read_one(payment, oceafin_id)
    _expect_ours(payment, draft, letter, resource)
    with transaction.atomic():
        try:
            observing.settle_letters(draft, resource, source="read", now=now)
        except (kinds.Contradiction, kinds.Foreign) as contradiction:
            raise errors.NotThisPayment(str(contradiction)) from None
        row = guards.locked(payment)
        # After the letters and the payment, because the person is locked last; who may not takes all of it back.
        rights.require(actor, PROPOSES, now)
        facts = {"oceafin id": oceafin_id, "status": str(resource.get("status"))[:64]}
        record(actor=actor, verb="payment.found_at_oceafin", subject=row, now=now, facts=facts)
        observing.observe(row, resource, at=instant_of(resource, now), source="read", now=now)
    return row


def propose_closing(
    payment: PaymentRequest,
    *,
    evidence: str,
    support_reference: str,
    document: Document | None = None,
    actor: Actor,
    now: datetime,
) -> Finding:
    """An operations lead says with evidence that it did not happen. It counts once another person confirms it;
    meanwhile nothing is sent.

    Raises NotAllowed, NotInDoubt, BeingTried, ProposedAlready, ReasonNeeded, Unfit.
    """
    words = guards.reason_given(evidence)
    letter = _letter_in_doubt(payment)
    with transaction.atomic():
        by_hand.stop(letter, reason=_("Two people are saying what became of it."), now=now)
        row = guards.locked(payment)
        return _proposed(
            row,
            FindingKind.DID_NOT_HAPPEN,
            words,
            support_reference=support_reference,
            document=document,
            letter_key=letter.key,
            actor=actor,
            now=now,
        )


def propose_clearing(
    payment: PaymentRequest,
    *,
    evidence: str,
    support_reference: str,
    document: Document | None = None,
    actor: Actor,
    now: datetime,
) -> Finding:
    """An operations lead says with evidence that the contradiction is none any more, after Oceafin was read.

    Call with no transaction open. Raises NotAllowed, NothingWrong, CouldNotRead, StillContradicts, ProposedAlready,
    ReasonNeeded, Unfit.
    """
    words = guards.reason_given(evidence)
    seen = agreement.read(payment)
    with transaction.atomic():
        row = guards.locked(payment)
        _expect_contradicted(row)
        says = agreement.check(row, seen)
        return _proposed(
            row,
            FindingKind.NO_CONTRADICTION,
            words,
            support_reference=support_reference,
            document=document,
            oceafin_says=says,
            contradiction=row.contradiction,
            actor=actor,
            now=now,
        )


def confirm(finding: Finding, *, actor: Actor, now: datetime) -> PaymentRequest:
    """Another person agrees, and it counts. Raises NotAllowed, SamePerson, NothingProposed, NotInDoubt, BeingTried;
    of a contradiction also CouldNotRead, StillContradicts. Call with no transaction open, after a fresh second
    factor."""
    if finding.kind == FindingKind.NO_CONTRADICTION:
        seen = agreement.read(finding.payment)
        with transaction.atomic():
            return _cleared(finding, seen, actor=actor, now=now)
    letter = _letter_in_doubt(finding.payment)
    with transaction.atomic():
        return _closed(finding, letter, actor=actor, now=now)


@transaction.atomic
def take_back(finding: Finding, *, reason: str, actor: Actor, now: datetime) -> Finding:
    """It does not hold: whoever proposed it takes it back, or another person says no.

    Raises NotAllowed, NothingProposed, ReasonNeeded.
    """
    words = guards.reason_given(reason)
    payment = guards.locked(finding.payment_id)
    user = _one_of(actor, CONFIRMS, now)
    row = _open_finding(finding)
    guards.set_columns(row, withdrawn_by=user, withdrawn_at=now)
    _tell(payment, row, "taken_back", note=words, actor=actor, now=now)
    return row


@transaction.atomic
def take_note(payment: PaymentRequest, *, note: str, actor: Actor, now: datetime) -> PaymentRequest:
    """Somebody looks after what went wrong, so that it leaves the queue. Raises NotAllowed, ReasonNeeded."""
    words = guards.reason_given(note)
    row = guards.locked(payment)
    rights.require(actor, Right.LEAD_PAYMENTS, now)
    guards.take_note(row, actor, now=now)
    key = row.customer.vault_key
    record(actor=actor, verb="payment.noted", subject=row, now=now, note=words, customer_key=key)
    return row


# --- both halves of what two people say ---------------------------------------------------------------------------


def _proposed(
    payment: PaymentRequest,
    kind: FindingKind,
    words: str,
    *,
    support_reference: str,
    document: Document | None,
    actor: Actor,
    now: datetime,
    **more: str,
) -> Finding:
    user = rights.require(actor, PROPOSES, now)
    _refuse_maker(payment, user)
    if document is not None and document.customer_id != payment.customer_id:
        raise Unfit("document", _("There is no such document of this customer."))
    key = payment.customer.vault_key
    finding = Finding(
        payment=payment,
        kind=kind,
        evidence_sealed=vault.seal_text(key, words, context=EVIDENCE_CONTEXT),
        support_reference=_one_line(support_reference),
        document=document,
        proposed_by=user,
        proposed_at=now,
        **more,
    )
    try:
        with transaction.atomic():
            finding.save(force_insert=True)
    except IntegrityError:
        raise errors.ProposedAlready(
            _("Somebody proposed this already. Another person confirms it, or it is taken back first.")
        ) from None
    _tell(payment, finding, "proposed", note=words, actor=actor, now=now)
    return finding


def _closed(finding: Finding, letter: Submission, *, actor: Actor, now: datetime) -> PaymentRequest:
    doubted = by_hand.locked_in_doubt(letter)
    payment = guards.locked(finding.payment_id)
    tried = doubted.attempts.filter(purpose=Purpose.SEND, opened_at__gt=finding.proposed_at)
    if doubted.key != finding.letter_key or tried.exists():
        raise errors.NothingProposed(
            _(
                "It was sent again since this was written, so the evidence is too old. Take it back and ask again."
            )
        )
    row = _agreed(finding, payment, actor=actor, now=now)
    reason = _("Two people found with Oceafin that it did not happen.")
    guards.move(
        payment,
        PaymentState.FAILED,
        actor=actor,
        now=now,
        verb="payment.closed",
        facts={"finding": row.pk, "proposed by": row.proposed_by.display_name},
        failure_code=DID_NOT_HAPPEN,
        failure_reason=reason,
        next_poll_at=now + observing.FIRST_POLL,
    )
    by_hand.close(doubted, reason=reason, now=now)
    return payment


def _cleared(finding: Finding, seen: agreement.Seen, *, actor: Actor, now: datetime) -> PaymentRequest:
    payment = guards.locked(finding.payment_id)
    _expect_contradicted(payment)
    if finding.contradiction != payment.contradiction:
        raise errors.NothingProposed(_("Oceafin contradicts it in another way by now. Look at it again."))
    says = agreement.check(payment, seen)
    row = _agreed(finding, payment, actor=actor, now=now, oceafin_says=says)
    guards.set_columns(payment, contradicted=False, contradiction="", noted_at=None, noted_by=None)
    facts = {"finding": row.pk, "proposed by": row.proposed_by.display_name, "oceafin": says}
    record(actor=actor, verb="payment.contradiction_cleared", subject=payment, now=now, facts=facts)
    agreement.go_on(payment, seen, now=now)
    return payment


def _agreed(
    finding: Finding, payment: PaymentRequest, *, actor: Actor, now: datetime, **more: str
) -> Finding:
    user = _one_of(actor, CONFIRMS, now)
    row = _open_finding(finding)
    if row.proposed_by_id == user.pk:
        raise errors.SamePerson(_("You proposed this. Another lead or approver has to confirm it."))
    _refuse_maker(payment, user)
    guards.set_columns(row, confirmed_by=user, confirmed_at=now, **more)
    _tell(payment, row, "confirmed", note="", actor=actor, now=now)
    return row


def _open_finding(finding: Finding) -> Finding:
    row = Finding.objects.select_for_update(no_key=True, of=("self",)).select_related("proposed_by")
    found = row.filter(pk=finding.pk, confirmed_at__isnull=True, withdrawn_at__isnull=True).first()
    if found is None:
        raise errors.NothingProposed(_("This was confirmed or taken back meanwhile. Read the page again."))
    return found


def _tell(
    payment: PaymentRequest, finding: Finding, what: str, *, note: str, actor: Actor, now: datetime
) -> None:
    facts = {"finding": finding.pk, "found": finding.kind}
    if finding.support_reference:
        facts["reference"] = finding.support_reference
    verb, key = f"payment.finding_{what}", payment.customer.vault_key
    record(actor=actor, verb=verb, subject=payment, now=now, facts=facts, note=note, customer_key=key)


def _one_of(actor: Actor, able: tuple[Right, ...], now: datetime) -> User:
    """Let the act go on if the person holds one of these rights at this moment."""
    held = rights.rights_held(rights.person(actor))
    return rights.require(actor, next((right for right in able if right in held), able[0]), now)


def _refuse_maker(payment: PaymentRequest, user: User) -> None:
    if guards.is_maker(payment, user):
        raise errors.SamePerson(_("You asked for this payment. Two others have to say what became of it."))


# --- what Oceafin shows ----------------------------------------------------------------------------------------------


def _letter_in_doubt(payment: PaymentRequest) -> Submission:
    fresh = PaymentRequest.objects.select_related("customer").get(pk=payment.pk)
    letter = doubts.letter_of(fresh)
    if letter is None:
        raise by_hand.NotInDoubt(_("What became of this payment is known by now. Read the page again."))
    return letter


def _read_one(payment: PaymentRequest, oceafin_id: str) -> kinds.Resource:
    way = ways.of(payment)
    try:
        path = contract.path_for(way.operations.read, **{way.id_name: oceafin_id})
    except ValueError:
        raise Unfit("oceafin_id", _("This is no id of Oceafin's. Copy it again.")) from None
    reply = reads.read(path)
    if not isinstance(reply, Answer) or not isinstance(reply.data, dict):
        raise errors.CouldNotRead(_("Oceafin does not show anything under this id. Nothing was changed."))
    if reply.data.get(way.id_name) != oceafin_id:
        raise errors.CouldNotRead(_("Oceafin answered about something else. Nothing was changed."))
    return reply.data


def _expect_ours(payment: PaymentRequest, draft: Draft, letter: Submission, resource: kinds.Resource) -> None:
    way = ways.of(payment)
    draft.payment = payment
    known = draft.oceafin_id
    if resource.get(way.ref_name) != draft.draft_ref or known not in (None, resource[way.id_name]):
        raise errors.NotThisPayment(
            _("What Oceafin has under this id is not this payment. Nothing was changed.")
        )
    field = way.mismatch(way.expected(draft), resource)
    if field:
        sentence = _(
            "Oceafin has it with another %(field)s than we sent. Ask its support; nothing was changed."
        )
        raise errors.NotThisPayment(sentence % {"field": field})
    if letter.kind == way.letter(way.instruction) and resource.get("status") == "DRAFT":
        raise errors.NotThisPayment(
            _("At Oceafin it is a draft only: it did not happen. Nothing was changed.")
        )


def _expect_contradicted(payment: PaymentRequest) -> None:
    if not payment.contradicted:
        raise errors.NothingWrong(_("Oceafin does not contradict this payment any more."))


def _one_line(text: str) -> str:
    clean = text.strip()
    if len(clean) > LONGEST_REFERENCE or any(unicodedata.category(char) in {"Cc", "Cs"} for char in clean):
        raise Unfit(
            "support_reference", _("Give at most %(count)d characters, in one line.") % {"count": 120}
        )
    return clean
