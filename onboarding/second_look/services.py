"""The second look at a case: asked for by the first decision, answered by another person, settled by a lead.

Each verb is called in the transaction of the decision, under the case's lock, by onboarding.deciding.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from backoffice import audit, vault
from backoffice.audit import Actor
from backoffice.audit.models import Entry
from backoffice.staff.models import User
from backoffice.staff.roles import Right
from onboarding import errors, review
from onboarding.models import Case, CaseDocument, Decision
from onboarding.people import records as people
from onboarding.second_look import policy
from onboarding.second_look.models import FOUND_CONTEXT, Result, SecondLook
from onboarding.second_look.states import LOOK, OPEN_LOOKS, LookState

_OPEN = [state.value for state in OPEN_LOOKS]
# What would tell the second person how the first one decided.
TELLING_VERBS = frozenset(
    {"case.document_decided", "case.person_decided", "case.item_collected", "case.item_dropped"}
)


class SameReviewer(errors.CannotBeDone):
    """Who looked first never looks a second time."""


class LeadDecides(errors.CannotBeDone):
    """Two people disagreed: a lead who is neither of them decides."""


class SecondLookNeeded(errors.CannotBeDone):
    """What nobody looked at a second time is not signed."""


def open_for(case: Case) -> SecondLook | None:
    """The second look that this case waits for, or None."""
    return _looks(case).filter(state__in=_OPEN).first()


def newest_taken(case: Case) -> SecondLook | None:
    """The newest look that a second person took: what it found is no secret any more."""
    return _looks(case).filter(second_by__isnull=False).order_by("-id").first()


def last_ended(case: Case) -> SecondLook | None:
    """The newest second look that came to a result."""
    return _looks(case).filter(state__in=[LookState.AGREED, LookState.SETTLED]).order_by("-id").first()


def may_decide(look: SecondLook, user: User) -> bool:
    """Whether this person is the one whom the second look waits for."""
    return not _why_not(look, user)


def refuse(case: Case, user: User) -> None:
    """Let nobody look twice at the same decision. Raises SameReviewer, LeadDecides."""
    look = open_for(case)
    if look is not None and (refusal := _why_not(look, user)):
        raise refusal


def decide(
    case: Case, result: Result, *, reason: str = "", user: User, actor: Actor, now: datetime
) -> SecondLook | None:
    """Take one person's decision; return the look if it leaves the case open for somebody else, else None.

    Call it under the case's lock, after the person's rights and claim were checked.
    """
    look = open_for(case)
    if look is None:
        reasons = policy.reasons_for(case, result)
        return _ask(case, result, reasons, reason, user=user, actor=actor, now=now) if reasons else None
    if refusal := _why_not(look, user):
        raise refusal
    if look.state == LookState.DISAGREED:
        _settle(look, result, user=user, actor=actor, now=now)
        return None
    return _answer(look, result, reason, user=user, actor=actor, now=now)


def void(case: Case, *, actor: Actor, now: datetime) -> None:
    """The case changed or went back: what the first person decided no longer counts, and the review begins anew.

    A disagreement stays, whatever changed: only a lead ends it. Else whoever was overruled could begin anew.
    """
    look = open_for(case)
    if look is not None and look.state == LookState.WAITING:
        _end(look, actor=actor, now=now)


def end_with(case: Case, *, actor: Actor, now: datetime) -> None:
    """The case was withdrawn, and nobody decides on it any more. Call when it has moved."""
    look = open_for(case)
    if look is not None:
        _end(look, actor=actor, now=now)


def require_done(case: Case) -> None:
    """Before a case is signed: exactly this was looked at twice, if it has to be. Raises SecondLookNeeded."""
    if not policy.reasons_for(case, Result.ACCEPTED):
        return
    look = last_ended(case)
    if look is None or (look.result, look.digest) != (Result.ACCEPTED, review.content_digest(case)):
        raise SecondLookNeeded(
            _("A second person has to look at this case before it is signed. Bring it back to review first.")
        )


def takeable_by(user: User, rights: frozenset[Right]) -> Q:
    """Condition on cases: no second look is open, or this person is the one whom it waits for."""
    looks = SecondLook.objects.filter(case=OuterRef("pk"), state__in=_OPEN)
    not_mine = Q(first_by=user) | Q(second_by=user)
    if Right.LEAD_CASES not in rights:
        not_mine |= Q(state=LookState.DISAGREED)
    return Q(~Exists(looks.filter(not_mine)))


def cases() -> QuerySet[Case]:
    """Every case that waits for a second look, or for a lead's word after two disagreed."""
    looks = SecondLook.objects.filter(case=OuterRef("pk"), state__in=_OPEN)
    return Case.objects.filter(Exists(looks), state="IN_REVIEW")


def is_blind(look: SecondLook | None, user: User) -> bool:
    """Whether this person must not read how the first one decided."""
    return look is not None and look.state == LookState.WAITING and look.first_by_id != user.pk


def readable_by(user: User, entries: QuerySet[Entry]) -> QuerySet[Entry]:
    """Entries of the trail without those that would tell this person a first result that they may still judge anew.

    All of them for who cannot take a second look: an auditor reads everything at once.
    """
    if not user.has_right(Right.REVIEW_CASES):
        return entries
    waiting = SecondLook.objects.filter(state=LookState.WAITING).exclude(first_by=user)
    cases = [str(pk) for pk in waiting.values_list("case_id", flat=True)]
    if not cases:
        return entries
    return entries.exclude(verb__in=TELLING_VERBS, subject_type=Case._meta.label, subject_id__in=cases)


def shown_to(lines: Iterable[Any], look: SecondLook | None, user: User) -> list[Any]:
    """The lines of a timeline without those that would tell the first result."""
    if not is_blind(look, user):
        return list(lines)
    return [line for line in lines if line.verb not in TELLING_VERBS]


def _end(look: SecondLook, *, actor: Actor, now: datetime) -> None:
    audit.move(look, LookState.VOID, machine=LOOK, actor=actor, now=now, verb="second_look.voided")


def _looks(case: Case) -> QuerySet[SecondLook]:
    looks = SecondLook.objects.filter(case=case)
    return looks.select_related("case__customer", "first_by", "second_by", "settled_by")


def _why_not(look: SecondLook, user: User) -> errors.CannotBeDone | None:
    if user.pk == look.first_by_id:
        return SameReviewer(_("You decided on this case first. Another person takes the second look."))
    if look.state != LookState.DISAGREED:
        return None
    if user.pk == look.second_by_id or not user.has_right(Right.LEAD_CASES):
        return LeadDecides(
            _("Two people came to different results. Somebody who leads onboarding and is neither decides.")
        )
    return None


def _ask(
    case: Case, result: Result, reasons: list[str], reason: str, *, user: User, actor: Actor, now: datetime
) -> SecondLook:
    look = SecondLook.objects.create(
        case=case,
        state_since=now,
        reasons=reasons,
        submission_number=case.submission_number,
        first_by=user,
        first_at=now,
        first_result=result,
        first_digest=review.content_digest(case),
        first_sealed=_sealed(case, reason),
    )
    _put_back_documents(case, now)
    # Neither the result nor why: both would tell the second person.
    audit.record(actor=actor, verb="case.second_look_asked", subject=case, now=now, facts={"look": look.pk})
    return look


def _answer(
    look: SecondLook, result: Result, reason: str, *, user: User, actor: Actor, now: datetime
) -> SecondLook | None:
    digest = review.content_digest(look.case)
    # To decline is one result, whatever was thought of the documents.
    agreed = result == look.first_result and (result == Result.DECLINED or digest == look.first_digest)
    audit.move(
        look,
        LookState.AGREED if agreed else LookState.DISAGREED,
        machine=LOOK,
        actor=actor,
        now=now,
        verb="second_look.taken",
        facts=_facts(look, second=result.value),
        second_by=user,
        second_at=now,
        second_result=result.value,
        second_digest=digest,
        second_sealed=_sealed(look.case, reason),
    )
    return None if agreed else look


def _settle(look: SecondLook, result: Result, *, user: User, actor: Actor, now: datetime) -> None:
    audit.move(
        look,
        LookState.SETTLED,
        machine=LOOK,
        actor=actor,
        now=now,
        verb="second_look.settled",
        facts=_facts(look, second=look.second_result, settled=result.value),
        settled_by=user,
        settled_at=now,
        settled_result=result.value,
        settled_digest=review.content_digest(look.case),
    )


def _facts(look: SecondLook, **results: str) -> dict[str, Any]:
    return {
        "case": look.case.case_ref,
        "why": look.reasons,
        "first": look.first_result,
        "first_by": look.first_by_id,
        **results,
    }


def _sealed(case: Case, reason: str) -> bytes:
    documents = [
        {
            "document": str(row.document.document_id),
            "type": row.document.document_type,
            "decision": row.decision,
            "reasonCode": row.reason_code,
            "reason": row.reason,
        }
        for row in review.documents_of(case)
    ]
    found = {"reason": reason, "documents": documents, "people": people.found(case)}
    plain = json.dumps(found, ensure_ascii=False)
    return vault.seal(case.customer.vault_key, plain.encode(), context=FOUND_CONTEXT)


def _put_back_documents(case: Case, now: datetime) -> None:
    """The second person decides on each document and person anew; what the first one found is kept in the look."""
    people.put_back(case)
    # What the first one put on the list, or a rejection did, would tell it too.
    case.requested_items.collected().update(dropped_at=now)
    CaseDocument.objects.filter(case=case, removed_at__isnull=True).update(
        decision=Decision.PENDING, reason_code="", reason_sealed=b"", decided_by=None, decided_at=None
    )
