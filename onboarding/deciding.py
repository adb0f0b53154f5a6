"""The decisions of a review: on each document, and on the case."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice import audit, vault
from backoffice.audit import Actor
from customers.facts import services as facts
from customers.likeness import services as likeness
from onboarding import errors, guards, plausibility, review
from onboarding.models import REASON_CONTEXT, Case, CaseDocument, Decision
from onboarding.people import records as people
from onboarding.requested import answering
from onboarding.requirements import RejectReason
from onboarding.revisions import services as revisions
from onboarding.second_look import services as second_look
from onboarding.second_look.models import Result
from onboarding.states import AMENDABLE, CaseState


@transaction.atomic
def decide_document(
    *,
    case_document: CaseDocument,
    decision: str,
    actor: Actor,
    now: datetime,
    reason_code: str = "",
    reason: str = "",
    expires_on: date | None = None,
    never_expires: bool = False,
) -> CaseDocument:
    """Accept or reject one document, or put it back to be looked at. A rejection names its reason.

    Who accepts a document that expires says until when it is good (`expires_on`), or that it bears no such day
    (`never_expires`), unless that was read off it before; an expired one is refused. Raises ReasonNeeded,
    ImpossibleFacts, CannotBeDone, NotClaimed, ClaimedByAnother, NotAllowed.
    """
    case, customer = guards.locked(case_document.case)
    user = guards.decider(case, actor, now)
    guards.expect(case, (CaseState.IN_REVIEW,), _("Its documents are decided while it is in review."))
    row = CaseDocument.objects.select_for_update().get(pk=case_document.pk)
    if row.removed_at is not None:
        raise errors.CannotBeDone(_("This document is no longer part of the case."))
    if decision == Decision.ACCEPTED:
        if expires_on is not None or never_expires:
            words = {"expires_on": expires_on, "never_expires": never_expires}
            row.document.facts = facts.read_expiry(row.document, **words, actor=actor, now=now)
        plausibility.refuse_expired(row.document, now)
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
    answering.collect_for_rejected(row, case=case, user=user, now=now)
    told = {"document": str(row.document.document_id), "decision": decision, "reason": reason_code}
    audit.record(actor=actor, verb="case.document_decided", subject=case, now=now, facts=told)
    return row


@transaction.atomic
def accept_case(*, case: Case, actor: Actor, now: datetime) -> Case:
    """Finish the review: everything needed is there and accepted. `case.revision` is the one that the person saw.

    Raises ChangedMeanwhile, Incomplete (naming what is missing), CannotBeDone, NotClaimed, ClaimedByAnother,
    NotAllowed.

    Where a second look is called for (onboarding.second_look.policy), the case stays in review for another
    person, and becomes READY when both agree, or by the lead's word.
    """
    seen_revision = case.revision
    case, customer = guards.locked(case)
    user = guards.decider(case, actor, now)
    guards.expect(case, (CaseState.IN_REVIEW,), _("Only a case in review can be accepted."))
    refuse_unseen(case, seen_revision)
    likeness.compare(customer, now=now)
    missing = review.missing_in(case, now=now)
    if missing:
        raise errors.Incomplete(missing)
    # Before the decision of a first look is put out of sight.
    facts = {"digest": review.content_digest(case)}
    if second_look.decide(case, Result.ACCEPTED, user=user, actor=actor, now=now) is not None:
        guards.set_columns(case, **guards.UNCLAIMED)
        return case
    people.note_awaited(case)
    guards.move(
        case,
        CaseState.READY,
        actor=actor,
        now=now,
        verb="case.accepted",
        facts=facts,
        **guards.UNCLAIMED,
    )
    return case


@transaction.atomic
def decline_case(*, case: Case, reason: str, actor: Actor, now: datetime) -> Case:
    """Decide that we do not take this customer; when another person agrees, nothing more is sent.

    Until then the case is in review. `case.revision` is the one that the person saw. Raises ChangedMeanwhile,
    ReasonNeeded, CannotBeDone, NotClaimed, ClaimedByAnother, NotAllowed.
    """
    seen_revision = case.revision
    case, _customer = guards.locked(case)
    user = guards.decider(case, actor, now)
    guards.expect(case, AMENDABLE, _("It is with Oceafin; its decision comes by itself."))
    refuse_unseen(case, seen_revision)
    reason = guards.needed(reason)
    if case.state != CaseState.IN_REVIEW:
        guards.back_to_review(case, actor=actor, now=now, verb="case.returned")
    if second_look.decide(case, Result.DECLINED, reason=reason, user=user, actor=actor, now=now) is not None:
        guards.set_columns(case, **guards.UNCLAIMED)
        return case
    guards.move(
        case,
        CaseState.DECLINED,
        actor=actor,
        now=now,
        verb="case.declined",
        note=reason,
        **guards.UNCLAIMED,
    )
    return case


def refuse_unseen(case: Case, seen_revision: int) -> None:
    """Nobody decides over data or documents that came after they opened the case."""
    if case.revision == seen_revision:
        return
    changed = revisions.differences_since(case, seen_revision)
    fields = ", ".join(dict.fromkeys(str(each.label) for each in changed)) or _("documents")
    raise errors.ChangedMeanwhile(
        _("This case changed after you opened it (%(fields)s). Nothing was decided; look at it again.")
        % {"fields": fields},
        changed,
    )


def _check_reason(code: str, reason: str) -> None:
    if code not in set(RejectReason):
        raise errors.ReasonNeeded(_("Choose why the document is rejected."))
    if code == RejectReason.OTHER and not reason:
        raise errors.ReasonNeeded(_("Say in a few words why the document is rejected."))
