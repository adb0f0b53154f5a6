"""What the page of one case shows to one person: everything to who has taken it, masked data to others."""

from datetime import datetime, timedelta
from typing import Any

from backoffice import vault
from backoffice.staff import timelines
from backoffice.staff.models import User
from backoffice.staff.roles import Right, rights_of
from customers.models import Document
from onboarding import presenting, review, submission
from onboarding.models import Case, CaseDocument, Decision
from onboarding.requirements import RejectReason
from onboarding.states import AMENDABLE, CASE, CaseState
from onboarding.waiting import waits

SOON = timedelta(hours=4)
TIMELINE_AT_MOST = 200


def context(case: Case, user: User, *, now: datetime, document: str, page: str) -> dict[str, Any]:
    """The whole page of a case."""
    rights = rights_of(user.roles)
    revealed = is_revealed(case, user) and Right.SEE_PERSONAL_DATA in rights
    documents = review.documents_of(case)
    current = _current(documents, document)
    return {
        "case": case,
        "customer": case.customer,
        "machine": CASE,
        "waits_for": waits(case),
        "now": now,
        "due": due_word(case, now),
        "revealed": revealed,
        "documents": documents,
        "current": current,
        "current_page": _page(page, current.document if current else None),
        "reasons": RejectReason.choices(),
        "submission": submission.submission_of(case),
        "entries": _timeline(case, documents, with_notes=Right.SEE_PERSONAL_DATA in rights),
        **_data(case, current, documents, revealed=revealed, reviews=Right.REVIEW_CASES in rights),
        **_may(case, user, rights, documents),
    }


def is_revealed(case: Case, user: User) -> bool:
    """Who has taken the case sees its data and documents; that it was taken is on record."""
    return case.claimed_by_id == user.pk


def next_to_look_at(row: CaseDocument) -> CaseDocument | None:
    """The next document of the case that nobody has decided yet, in their order, around the end."""
    pending = [each for each in review.documents_of(row.case) if each.decision == Decision.PENDING]
    return next((each for each in pending if each.pk > row.pk), pending[0] if pending else None)


def due_word(case: Case, now: datetime) -> str:
    """`late`, `soon` or nothing, for a case that is ours to move."""
    if case.state not in {CaseState.OPEN, CaseState.IN_REVIEW, CaseState.READY}:
        return ""
    if case.due_at <= now:
        return "late"
    return "soon" if case.due_at - now <= SOON else ""


def row_of(case: Case, now: datetime) -> dict[str, Any]:
    """One line of a queue."""
    return {"case": case, "machine": CASE, "due": due_word(case, now)}


def _data(
    case: Case,
    current: CaseDocument | None,
    documents: list[CaseDocument],
    *,
    revealed: bool,
    reviews: bool,
) -> dict[str, Any]:
    try:
        details = case.details
    except vault.KeyDestroyed:
        return {"erased": True, "sections": [], "checks": [], "complete": False}
    kind = case.submission_type
    if revealed:
        match = current.document.document_type if current else ""
        sections = presenting.sections(details, submission_type=kind, document_type=match)
    else:
        sections = presenting.masked(details, submission_type=kind)
    checks = review.checklist(case, documents)
    requests = case.info_requests.select_related("case__customer", "asked_by").order_by("-id")
    return {
        "asked_by_oceafin": case.asked_by_oceafin if reviews else [],
        "requests": list(requests) if reviews else [],
        "sections": sections,
        "any_match": revealed and any(row.match for section in sections for row in section.rows),
        "checks": checks,
        "complete": all(check.done for check in checks),
        "content_digest": review.content_digest(case),
    }


def _may(
    case: Case, user: User, rights: frozenset[Right], documents: list[CaseDocument]
) -> dict[str, bool | CaseDocument | None]:
    state = CaseState(case.state)
    reviews = Right.REVIEW_CASES in rights
    has_it = reviews and case.claimed_by_id == user.pk
    in_review = state == CaseState.IN_REVIEW
    waiting = state in {CaseState.NEEDS_INFO, CaseState.MISSING_INFO, CaseState.READY}
    stands_still = state == CaseState.SUBMITTING and not submission.may_reach_oceafin(case)
    return {
        "may_review": reviews,
        "may_claim": reviews and state in AMENDABLE and case.claimed_by_id is None,
        "may_release": case.claimed_by_id is not None and (has_it or Right.LEAD_CASES in rights),
        "may_decide": has_it and in_review,
        "may_attest": has_it and state == CaseState.READY and Right.ATTEST_CASES in rights,
        "may_decline": has_it and state in AMENDABLE and state != CaseState.OPEN,
        "may_return": reviews and (waiting or stands_still),
        "may_withdraw": Right.LEAD_CASES in rights and state in AMENDABLE,
        "all_looked_at": all(row.decision != Decision.PENDING for row in documents),
    }


def _current(documents: list[CaseDocument], wanted: str) -> CaseDocument | None:
    chosen = next((row for row in documents if str(row.pk) == wanted), None)
    pending = next((row for row in documents if row.decision == Decision.PENDING), None)
    return chosen or pending or (documents[0] if documents else None)


def _page(wanted: str, document: Document | None) -> int:
    pages = document.pages if document else 1
    number = int(wanted) if wanted.isdecimal() and len(wanted) < 6 else 1
    return min(max(number, 1), pages)


def _timeline(case: Case, documents: list[CaseDocument], *, with_notes: bool) -> list[Any]:
    lines = timelines.lines_for([case, *(row.document for row in documents)])[:TIMELINE_AT_MOST]
    if not with_notes:
        for line in lines:
            if line.note_key is not None:
                line.note_key = None
    return lines
