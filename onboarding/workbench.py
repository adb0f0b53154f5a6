"""What the page of one case shows to one person: everything to who has taken it, masked data to others."""

from datetime import datetime
from typing import Any

from backoffice import vault
from backoffice.staff import timelines
from backoffice.staff.models import User
from backoffice.staff.roles import Right, rights_of
from customers.models import Document
from onboarding import due, facts, panels, presenting, review, statements, submission
from onboarding.models import Case, CaseDocument, Decision
from onboarding.requested import panel as requested
from onboarding.requirements import RejectReason
from onboarding.second_look import bench as second_look
from onboarding.second_look import services as second_looks
from onboarding.states import AMENDABLE, CASE, CaseState
from onboarding.waiting import waits

TIMELINE_ROWS = 50


def bench(case: Case, user: User, *, now: datetime, asked: dict[str, str]) -> panels.Bench:
    """The case as this person has it before them. `asked` is the query string: `document`, `page`, `tab`."""
    rights = rights_of(user.roles)
    ever = review.documents_ever_of(case)
    documents = [row for row in ever if row.removed_at is None]
    return panels.Bench(
        case=case,
        user=user,
        now=now,
        rights=rights,
        revealed=is_revealed(case, user, now) and Right.SEE_PERSONAL_DATA in rights,
        documents=documents,
        taken_out=[row for row in ever if row.removed_at is not None],
        current=_current(documents, asked.get("document", "")),
        asked=asked,
    )


def context(seen: panels.Bench) -> dict[str, Any]:
    """The whole page of a case, with one tab open."""
    case, current = seen.case, seen.current
    shown = panels.tabs(seen.asked.get("tab", ""))
    here = next(tab.name for tab in shown if tab.is_open)
    return {
        "machine": CASE,
        "waits_for": waits(case),
        "due": due.word(case, seen.now),
        "due_words": due.sentence(case, seen.now),
        "current_page": _page(seen.asked.get("page", ""), current.document if current else None),
        "reasons": RejectReason.grouped(),
        "submission": submission.submission_of(case),
        "statement": statements.CURRENT,
        "tabs": shown,
        **_viewers(seen),
        **facts.beside_the_viewer(seen),
        **_checks(seen),
        **_may(case, seen.user, seen.rights, seen.documents, seen.now),
        **second_look.banner(seen),
        **tab_context(seen, here),
    }


def tab_context(seen: panels.Bench, tab: str) -> dict[str, Any]:
    """One tab alone."""
    return {
        "case": seen.case,
        "customer": seen.case.customer,
        "now": seen.now,
        "revealed": seen.revealed,
        "documents": seen.documents,
        "current": seen.current,
        **panels.filled(tab, seen),
    }


def is_revealed(case: Case, user: User, now: datetime) -> bool:
    """Who has taken the case sees its data and documents, as long as they have it; that it was taken is on record."""
    return case.is_held_by(user, now)


def next_to_look_at(row: CaseDocument) -> CaseDocument | None:
    """The next document of the case that nobody has decided yet, in their order, around the end."""
    pending = [each for each in review.documents_of(row.case) if each.decision == Decision.PENDING]
    return next((each for each in pending if each.pk > row.pk), pending[0] if pending else None)


def data_panel(seen: panels.Bench) -> dict[str, Any]:
    """The data beside what it must match; masked for who has not taken the case."""
    kind = seen.case.submission_type
    may_edit = seen.revealed and Right.REVIEW_CASES in seen.rights and seen.case.state in AMENDABLE
    try:
        details = seen.case.details
    except vault.KeyDestroyed:
        return {"sections": []}
    if seen.revealed:
        match = seen.current.document.document_type if seen.current else ""
        sections = presenting.sections(details, submission_type=kind, document_type=match)
    else:
        sections = presenting.masked(details, submission_type=kind)
    is_marked = any(row.match for section in sections for row in section.rows)
    return {"sections": sections, "may_edit": may_edit, "any_match": seen.revealed and is_marked}


def history_panel(seen: panels.Bench) -> dict[str, Any]:
    """What happened, newest first, a page at a time. Notes may name the person: for who reviews and who audits."""
    subjects = [seen.case, *(row.document for row in seen.documents)]
    page = timelines.page_for(subjects, before=seen.asked.get("before", ""), most=TIMELINE_ROWS)
    if not seen.rights & {Right.REVIEW_CASES, Right.SEE_AUDIT}:
        for line in page.lines:
            if line.note_key is not None:
                line.note_key = None
    lines = second_looks.shown_to(page.lines, second_look.open_look(seen), seen.user)
    return {"entries": lines, "older": page.older, "is_older": bool(seen.asked.get("before"))}


def register() -> None:
    """This app's own panels."""
    panels.register("data", "onboarding/data.html", data_panel, order=10)
    panels.register("messages", "onboarding/panels/messages.html", requested.context, order=10)
    panels.register("history", "staff/timeline.html", history_panel, order=10)


def _checks(seen: panels.Bench) -> dict[str, Any]:
    try:
        checks = review.checklist(seen.case, [*seen.documents, *seen.taken_out], now=seen.now)
        asked = seen.case.asked_by_oceafin if Right.REVIEW_CASES in seen.rights else []
        digest = review.content_digest(seen.case, seen.documents)
    except vault.KeyDestroyed:
        return {"erased": True, "checks": [], "complete": False}
    return {
        "asked_by_oceafin": asked,
        "checks": checks,
        "checks_done": sum(check.done for check in checks),
        "complete": all(check.done for check in checks),
        "content_digest": digest,
    }


def _may(
    case: Case, user: User, rights: frozenset[Right], documents: list[CaseDocument], now: datetime
) -> dict[str, bool | CaseDocument | None]:
    state = CaseState(case.state)
    reviews = Right.REVIEW_CASES in rights
    has_it = reviews and case.is_held_by(user, now)
    in_review = state == CaseState.IN_REVIEW
    waiting = state in {CaseState.NEEDS_INFO, CaseState.MISSING_INFO, CaseState.READY}
    stands_still = state == CaseState.SUBMITTING and not submission.may_reach_oceafin(case)
    is_free = case.claim_expires_at is None or (not has_it and case.claim_expires_at <= now)
    return {
        "may_review": reviews,
        "may_claim": reviews and state in AMENDABLE and is_free,
        "may_hand_over": state in AMENDABLE and (has_it or Right.LEAD_CASES in rights),
        "may_add": reviews and state in AMENDABLE,
        "may_release": case.claimed_by_id is not None and (has_it or Right.LEAD_CASES in rights),
        "may_decide": has_it and in_review,
        "may_attest": has_it and state == CaseState.READY and Right.ATTEST_CASES in rights,
        "may_decline": has_it and state in AMENDABLE and state != CaseState.OPEN,
        "may_return": reviews and (waiting or stands_still),
        "may_settle": Right.LEAD_CASES in rights and bool(case.contradiction),
        "may_withdraw": Right.LEAD_CASES in rights and state in AMENDABLE,
        "all_looked_at": all(row.decision != Decision.PENDING for row in documents),
    }


def _viewers(seen: panels.Bench) -> dict[str, Any]:
    """The documents before and behind the open one, and what can be laid beside it: the version before it first."""
    rows, current = seen.documents, seen.current
    if current is None or not seen.revealed:
        return {}
    place = rows.index(current)
    wanted = seen.asked.get("beside", "")
    others = sorted((row for row in [*rows, *seen.taken_out] if row != current), key=lambda row: row.pk)
    before = current.document.replaces_id
    versions = [row for row in others if before is not None and row.document_id == before]
    return {
        "current_number": place + 1,
        "previous_row": rows[place - 1] if place else None,
        "next_row": rows[place + 1] if place + 1 < len(rows) else None,
        "beside": next((row for row in others if str(row.pk) == wanted), None),
        "beside_first": next(iter([*versions, *rows[place + 1 :], *rows[:place]]), None),
        "beside_is_version": bool(versions),
        "beside_choices": others,
    }


def _current(documents: list[CaseDocument], wanted: str) -> CaseDocument | None:
    chosen = next((row for row in documents if str(row.pk) == wanted), None)
    pending = next((row for row in documents if row.decision == Decision.PENDING), None)
    return chosen or pending or (documents[0] if documents else None)


def _page(wanted: str, document: Document | None) -> int:
    pages = document.pages if document else 1
    number = int(wanted) if wanted.isdecimal() and len(wanted) < 6 else 1
    return min(max(number, 1), pages)
