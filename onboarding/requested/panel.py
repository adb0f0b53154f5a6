"""The tab of messages: what is on the list, what was asked, what has come. One query, whatever was asked."""

from typing import Any

from backoffice import vault
from backoffice.staff.roles import Right
from customers.files import DocumentType
from onboarding.models import InfoRequest
from onboarding.panels import Bench
from onboarding.requested import wording
from onboarding.requested.models import Origin, RequestedItem
from onboarding.requested.telling import WAITS_FOR_CUSTOMER
from onboarding.requested.texts import FALLBACK, TEXTS, AskCode, pick
from onboarding.states import CaseState


def context(seen: Bench) -> dict[str, Any]:
    """For who reviews; others see that the tab is there and nothing in it."""
    if Right.REVIEW_CASES not in seen.rights:
        return {"letters": [], "collected": []}
    related = ("request__asked_by", "answered_by")
    rows = seen.case.requested_items.filter(dropped_at__isnull=True).select_related(*related).order_by("id")
    lines = [line for row in rows if (line := _line(row, seen)) is not None]
    collected = [line for line in lines if line["row"].asked_at is None]
    letters = _letters([line for line in lines if line["row"].asked_at is not None])
    is_theirs = seen.case.is_held_by(seen.user, seen.now) and seen.case.state == CaseState.IN_REVIEW
    wanted = wording.wanted_by(seen.case)
    return {
        "collected": collected,
        "letters": letters,
        "may_ask": is_theirs,
        "may_remind": seen.case.state in WAITS_FOR_CUSTOMER,
        "may_repeat": is_theirs and not collected and _has_unanswered(letters),
        "codes": AskCode.choices(),
        "document_types": DocumentType.choices(),
        "wanted": wanted,
        "wanted_name": wording.name_of_language(wanted),
        "languages": [(code, wording.name_of_language(code)) for code in _languages(wanted)],
    }


def _line(row: RequestedItem, seen: Bench) -> dict[str, Any] | None:
    row.case = seen.case
    try:
        language, text = pick(row.texts, row.wanted_language)
    except vault.KeyDestroyed:
        return None
    is_fallback = bool(language) and language != row.wanted_language
    return {
        "row": row,
        "text": text,
        "language": language,
        "language_name": wording.name_of_language(language) if language else "",
        "wanted_name": wording.name_of_language(row.wanted_language),
        "is_fallback": is_fallback,
    }


def _letters(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was asked at one time by one asker belongs together; the newest first."""
    letters: dict[tuple[str, Any], dict[str, Any]] = {}
    for line in lines:
        row: RequestedItem = line["row"]
        request: InfoRequest | None = row.request
        letter = letters.setdefault(
            (row.origin, request.pk if request else row.asked_at),
            {
                "is_oceafins": row.origin == Origin.OCEAFIN,
                "request": request,
                "at": row.asked_at,
                "lines": [],
            },
        )
        letter["lines"].append(line)
        letter["reminded_at"] = row.reminded_at or letter.get("reminded_at")
    return sorted(letters.values(), key=lambda letter: letter["at"], reverse=True)


def _has_unanswered(letters: list[dict[str, Any]]) -> bool:
    ours = next((letter for letter in letters if not letter["is_oceafins"]), None)
    return ours is not None and any(line["row"].answered_at is None for line in ours["lines"])


def _languages(wanted: str) -> list[str]:
    known = {language for texts in TEXTS.values() for language in texts} | {wanted}
    return [wanted, *sorted(known - {wanted, FALLBACK}), *([FALLBACK] if wanted != FALLBACK else [])]
