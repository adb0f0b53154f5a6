"""What Oceafin's word about a customer means for the customer's case."""

import json
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from backoffice import audit, vault
from backoffice.audit import Actor
from customers.models import Source
from customers.statuses import StatusNews
from onboarding.models import ASKED_CONTEXT, Case
from onboarding.requested import answering, telling
from onboarding.states import AMENDABLE, CASE, STATE_OF_STATUS, CaseState, steps_to

VERBS = {
    CaseState.SUBMITTED: "case.submitted",
    CaseState.PROCESSING: "case.processing",
    CaseState.MISSING_INFO: "case.missing_info",
    CaseState.APPROVED: "case.approved",
    CaseState.REJECTED: "case.rejected",
}
# Oceafin closed or paused the whole customer: no step of a case, but whoever reviews it must see it.
ALARMING = ("SUSPENDED", "CLOSED")


def apply_status(news: StatusNews) -> None:
    """Move the customer's open case to where Oceafin says it is, step by step, each step on record.

    Evidence may be ahead of us, since events may be late or lost. What the table does not allow is kept and shown
    on the case. Called inside the transaction, with the customer locked.
    """
    case = _case_of(news)
    if case is None:
        return
    target = STATE_OF_STATUS.get(news.status)
    if target is None:
        if news.status in ALARMING and news.changed:
            _contradicted(case, news)
        return
    if target == CaseState.MISSING_INFO and _is_the_old_question(case, news):
        return
    steps = steps_to(case.state, target)
    if steps:
        _walk(case, steps, news)
    elif target == CaseState.MISSING_INFO and case.state in AMENDABLE:
        _keep_what_is_asked(case, news)
    elif news.changed and case.state != target:
        _contradicted(case, news)


def _case_of(news: StatusNews) -> Case | None:
    cases = Case.objects.select_for_update(no_key=True).filter(customer_id=news.customer.pk)
    case = cases.exclude(state__in=list(CASE.final)).first() or cases.order_by("-id").first()
    if case is None:
        return None
    case.customer = news.customer
    decided = case.state in CASE.final
    # After its end a case is only told of another end than its own; a suspension later is the customer's affair.
    return None if decided and STATE_OF_STATUS.get(news.status) not in CASE.final else case


def _is_the_old_question(case: Case, news: StatusNews) -> bool:
    """Asked already, and answered by what is on its way now: only a newer word of Oceafin's asks again."""
    if case.asked_by_oceafin_at is not None and news.at <= case.asked_by_oceafin_at:
        return True
    return case.state == CaseState.SUBMITTING and not news.changed and news.source != Source.EVENT


def _walk(case: Case, steps: tuple[CaseState, ...], news: StatusNews) -> None:
    for step in steps:
        changes: dict[str, Any] = {}
        if step == CaseState.MISSING_INFO:
            changes = _asked_columns(case, news)
        audit.move(
            case,
            step,
            machine=CASE,
            actor=Actor.oceafin(news.event_id or news.source.lower()),
            now=news.now,
            verb=VERBS[step],
            facts=_facts(news),
            stuck_reason="",
            **changes,
        )
        if step == CaseState.MISSING_INFO:
            _open_the_loop(case, news)


def _keep_what_is_asked(case: Case, news: StatusNews) -> None:
    if not news.missing:
        return
    for name, value in _asked_columns(case, news).items():
        setattr(case, name, value)
    case.save(update_fields=["asked_by_oceafin_sealed", "asked_by_oceafin_at"])
    _record(case, news, "case.missing_info")
    _open_the_loop(case, news)


def _open_the_loop(case: Case, news: StatusNews) -> None:
    """What Oceafin asks for waits for the customer item by item, and the partner's system is told."""
    answering.open_oceafins(case, [_item(each) for each in news.missing], now=news.now)
    telling.information_requested(case, now=news.now)


def _asked_columns(case: Case, news: StatusNews) -> dict[str, Any]:
    items = [_item(each) for each in news.missing]
    words = json.dumps(items, ensure_ascii=False).encode()
    sealed = vault.seal(case.customer.vault_key, words, context=ASKED_CONTEXT) if items else b""
    return {"asked_by_oceafin_sealed": sealed, "asked_by_oceafin_at": news.at}


def _item(given: Any) -> dict[str, Any]:
    """One item in Oceafin's words. Whatever form it has, nothing of it is lost (contract section 3, ASSUMED)."""
    if not isinstance(given, dict):
        return {"code": "", "message": str(given), "documentType": None}
    message = given.get("message") or given.get("code") or json.dumps(given, ensure_ascii=False)
    return {**given, "code": str(given.get("code") or ""), "message": str(message)}


def _contradicted(case: Case, news: StatusNews) -> None:
    """Never lost: kept on the case for a person to see."""
    case.contradiction = _("Oceafin says %(status)s (%(at)s UTC) while this case is %(state)s.")[:200] % {
        "status": news.status,
        "at": _shown(news.at),
        "state": case.get_state_display().lower(),
    }
    case.save(update_fields=["contradiction"])
    _record(case, news, "case.contradicted")


def _record(case: Case, news: StatusNews, verb: str) -> None:
    actor = Actor.oceafin(news.event_id or news.source.lower())
    audit.record(
        actor=actor, verb=verb, subject=case, now=news.now, facts={**_facts(news), "state": case.state}
    )


def _facts(news: StatusNews) -> dict[str, str]:
    return {"status": news.status, "at": news.at.isoformat(), "source": news.source}


def _shown(at: datetime) -> str:
    return f"{at:%d %b %Y %H:%M}"
