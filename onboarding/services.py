"""What a person, the partner's system or a job can do with a case.

Each verb is one transaction: it locks the customer, then the case, checks the state and the actor's right
under those locks, moves the case along its table and writes the audit entry. `now` is an aware UTC instant.
All refusals are subclasses of `staff.errors.Refusal`; when one is raised nothing was changed.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice import audit, vault
from backoffice.audit import Actor
from backoffice.staff import rights
from backoffice.staff.models import User
from backoffice.staff.roles import Right
from onboarding import errors, guards, queues, review, submission
from onboarding.intake import add_document, amend_case, open_case
from onboarding.models import REASON_CONTEXT, REQUEST_CONTEXT, Case, CaseDocument, Decision, InfoRequest
from onboarding.requirements import RejectReason
from onboarding.states import AMENDABLE, CASE, CaseState

__all__ = [
    "accept_case",
    "add_document",
    "add_note",
    "amend_case",
    "ask_for_more",
    "attest_and_submit",
    "claim_case",
    "claim_next",
    "decide_document",
    "decline_case",
    "open_case",
    "release_case",
    "return_to_review",
    "withdraw_case",
]

CLAIM_TRIES = 20


@transaction.atomic
def claim_case(*, case: Case, actor: Actor, now: datetime) -> Case:
    """Take a case: from now on this person decides, and sees its personal data, which is on record by this.

    Raises ClaimedByAnother, CannotBeDone, NotAllowed. Taking one's own case again changes nothing.
    """
    case, _customer = guards.locked(case)
    user = _reviewer(actor, now)
    guards.expect(case, AMENDABLE, _("There is nothing to decide in it now."))
    if case.claimed_by_id == user.pk:
        return case
    guards.refuse_claimed_by_another(case, now)
    claim: dict[str, Any] = {"claimed_by": user, "claimed_at": now}
    facts = {"reveals": "personal data", "for": "the decision of this case"}
    if case.state == CaseState.OPEN:
        audit.move(
            case,
            CaseState.IN_REVIEW,
            machine=CASE,
            actor=actor,
            now=now,
            verb="case.claimed",
            facts=facts,
            **claim,
        )
        return case
    guards.set_columns(case, **claim)
    audit.record(
        actor=actor, verb="case.claimed", subject=case, now=now, facts={**facts, "state": case.state}
    )
    return case


def claim_next(*, actor: Actor, now: datetime) -> Case | None:
    """Take the most urgent case that this person may take; None if there is none. Raises NotAllowed.

    Of two who ask at once each gets another one.
    """
    user = rights.person(actor)
    own = queues.mine(user, now).first()
    if own is not None:
        return own
    for case in queues.to_review(user, now)[:CLAIM_TRIES]:
        try:
            return claim_case(case=case, actor=actor, now=now)
        except (errors.ClaimedByAnother, errors.CannotBeDone):
            continue
    return None


@transaction.atomic
def add_note(*, case: Case, note: str, actor: Actor, now: datetime) -> None:
    """Write something down for colleagues; it stays in the trail. Raises ReasonNeeded, NotAllowed."""
    case, customer = guards.locked(case)
    _reviewer(actor, now)
    words = guards.words(note)
    if not words:
        raise errors.ReasonNeeded(_("Write the note first."))
    audit.record(
        actor=actor, verb="case.noted", subject=case, now=now, note=words, customer_key=customer.vault_key
    )


@transaction.atomic
def release_case(*, case: Case, actor: Actor, now: datetime) -> Case:
    """Give a case back to the queue; who leads may give back anybody's. Raises NotClaimed, NotAllowed."""
    case, _customer = guards.locked(case)
    user = rights.person(actor)
    if case.claimed_by_id is None:
        raise errors.NotClaimed(_("Nobody has taken this case."))
    rights.require(user, Right.REVIEW_CASES if case.claimed_by_id == user.pk else Right.LEAD_CASES, now)
    facts = {"was_with": case.claimed_by_id}
    guards.set_columns(case, claimed_by=None, claimed_at=None)
    audit.record(actor=actor, verb="case.released", subject=case, now=now, facts=facts)
    return case


@transaction.atomic
def decide_document(
    *,
    case_document: CaseDocument,
    decision: str,
    actor: Actor,
    now: datetime,
    reason_code: str = "",
    reason: str = "",
) -> CaseDocument:
    """Accept or reject one document, or put it back to be looked at. A rejection names its reason.

    Raises ReasonNeeded, CannotBeDone, NotClaimed, ClaimedByAnother, NotAllowed.
    """
    case, customer = guards.locked(case_document.case)
    user = guards.decider(case, actor, now)
    guards.expect(case, (CaseState.IN_REVIEW,), _("Its documents are decided while it is in review."))
    row = CaseDocument.objects.select_for_update().get(pk=case_document.pk)
    if row.removed_at is not None:
        raise errors.CannotBeDone(_("This document is no longer part of the case."))
    reason = guards.words(reason)
    if decision == Decision.REJECTED:
        _check_reason(reason_code, reason)
    else:
        reason_code = reason = ""
    decided = decision != Decision.PENDING
    row.decision, row.reason_code = Decision(decision), reason_code
    row.reason_sealed = vault.seal_text(customer.vault_key, reason, context=REASON_CONTEXT) if reason else b""
    row.decided_by, row.decided_at = (user, now) if decided else (None, None)
    row.save()
    facts = {"document": str(row.document.document_id), "decision": decision, "reason": reason_code}
    audit.record(actor=actor, verb="case.document_decided", subject=case, now=now, facts=facts)
    return row


@transaction.atomic
def accept_case(*, case: Case, actor: Actor, now: datetime) -> Case:
    """Finish the review: everything needed is there and accepted. Raises Incomplete, naming what is missing,
    CannotBeDone, NotClaimed, ClaimedByAnother, NotAllowed."""
    case, _customer = guards.locked(case)
    guards.decider(case, actor, now)
    guards.expect(case, (CaseState.IN_REVIEW,), _("Only a case in review can be accepted."))
    missing = review.missing_in(case)
    if missing:
        raise errors.Incomplete(missing)
    guards.move(
        case,
        CaseState.READY,
        actor=actor,
        now=now,
        verb="case.accepted",
        facts=_content(case),
        **guards.UNCLAIMED,
    )
    return case


@transaction.atomic
def ask_for_more(
    *, case: Case, text_for_customer: str, note: str, actor: Actor, now: datetime
) -> InfoRequest:
    """Ask the customer, through the partner's system, in words that the customer reads. `note` stays with us.

    Raises ReasonNeeded, CannotBeDone, NotClaimed, ClaimedByAnother, NotAllowed.
    """
    case, customer = guards.locked(case)
    user = guards.decider(case, actor, now)
    guards.expect(case, (CaseState.IN_REVIEW,), _("Only a case in review can ask for more."))
    text = guards.words(text_for_customer)
    if not text:
        raise errors.ReasonNeeded(_("Write what the customer should send, in words that the customer reads."))
    sealed = vault.seal_text(customer.vault_key, text, context=REQUEST_CONTEXT)
    asked = InfoRequest.objects.create(case=case, text_sealed=sealed, asked_by=user, asked_at=now)
    guards.move(
        case,
        CaseState.NEEDS_INFO,
        actor=actor,
        now=now,
        verb="case.asked_for_more",
        facts={"request": asked.pk},
        note=guards.words(note),
        **guards.UNCLAIMED,
    )
    return asked


@transaction.atomic
def return_to_review(*, case: Case, reason: str, actor: Actor, now: datetime) -> Case:
    """Bring a case back to review by hand: the answer came another way, or an acceptance was too quick.

    A signed case only while nothing of it can have reached Oceafin. Raises ReasonNeeded, CannotBeDone, NotAllowed.
    """
    case, _customer = guards.locked(case)
    _reviewer(actor, now)
    returnable = (CaseState.READY, CaseState.NEEDS_INFO, CaseState.MISSING_INFO, CaseState.SUBMITTING)
    guards.expect(case, returnable, _("It is not waiting for anything that you could end."))
    if case.state == CaseState.SUBMITTING and submission.may_reach_oceafin(case):
        raise errors.CannotBeDone(
            _("It is on its way to Oceafin and can no longer be taken back. Wait for the answer.")
        )
    guards.back_to_review(case, actor=actor, now=now, verb="case.returned", note=guards.needed(reason))
    return case


@transaction.atomic
def decline_case(*, case: Case, reason: str, actor: Actor, now: datetime) -> Case:
    """Decide that we do not take this customer; nothing more is sent. Raises ReasonNeeded, CannotBeDone,
    NotClaimed, ClaimedByAnother, NotAllowed."""
    case, _customer = guards.locked(case)
    guards.decider(case, actor, now)
    guards.expect(case, AMENDABLE, _("It is with Oceafin; its decision comes by itself."))
    guards.move(
        case,
        CaseState.DECLINED,
        actor=actor,
        now=now,
        verb="case.declined",
        note=guards.needed(reason),
        **guards.UNCLAIMED,
    )
    return case


@transaction.atomic
def withdraw_case(*, case: Case, reason: str, actor: Actor, now: datetime) -> Case:
    """Take a case back, by the partner's system or by who leads. Raises CannotBeDone, NotAllowed."""
    case, _customer = guards.locked(case)
    guards.allow(actor, Right.LEAD_CASES, now)
    guards.expect(case, AMENDABLE, _("It is with Oceafin and cannot be taken back."))
    guards.move(
        case,
        CaseState.WITHDRAWN,
        actor=actor,
        now=now,
        verb="case.withdrawn",
        note=guards.words(reason),
        **guards.UNCLAIMED,
    )
    return case


@transaction.atomic
def attest_and_submit(*, case: Case, seen_digest: str, actor: Actor, now: datetime) -> Case:
    """Sign exactly what is then submitted, and submit it. The view has made sure of a fresh second factor.

    `seen_digest` is of what the page showed (review.content_digest). The submission is written at once if
    Oceafin's customerId and every fileAssetId are known; else the case waits and says for what. Raises
    ChangedSinceSeen, Incomplete, CannotBeDone, NotClaimed, ClaimedByAnother, NotAllowed.
    """
    case, customer = guards.locked(case)
    user = guards.decider(case, actor, now, right=Right.ATTEST_CASES)
    guards.expect(case, (CaseState.READY,), _("Only a case whose review is done can be signed."))
    if seen_digest != review.content_digest(case):
        raise errors.ChangedSinceSeen(
            _("This case has changed since you opened it. Look at it again before you sign.")
        )
    if missing := review.missing_in(case):
        raise errors.Incomplete(missing)
    number, ref = submission.next_reference(case)
    guards.move(
        case,
        CaseState.SUBMITTING,
        actor=actor,
        now=now,
        verb="case.attested",
        facts={"digest": seen_digest, "statement": submission.STATEMENT_VERSION, "submissionRef": ref},
        attested_by=user,
        attested_at=now,
        attested_digest=seen_digest,
        statement_version=submission.STATEMENT_VERSION,
        submission_ref=ref,
        submission_number=number,
        oceafin_submission_id="",
        asked_by_oceafin_sealed=b"",
        stuck_reason="",
        **guards.UNCLAIMED,
    )
    submission.submit_if_complete(case, customer, now=now)
    return case


def _reviewer(actor: Actor, now: datetime) -> User:
    return rights.require(actor, Right.REVIEW_CASES, now)


def _content(case: Case) -> dict[str, str]:
    return {"digest": review.content_digest(case)}


def _check_reason(code: str, reason: str) -> None:
    if code not in set(RejectReason):
        raise errors.ReasonNeeded(_("Choose why the document is rejected."))
    if code == RejectReason.OTHER and not reason:
        raise errors.ReasonNeeded(_("Say in a few words why the document is rejected."))
