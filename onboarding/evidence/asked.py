"""What was asked of the customer, letter by letter and item by item, in the words and the language that were sent."""

from typing import Any

from onboarding.evidence.instants import instant
from onboarding.models import Case
from onboarding.requested.models import Origin, RequestedItem
from onboarding.requested.texts import pick


def letters_of(case: Case) -> list[dict[str, Any]]:
    """Our letters and Oceafin's lists, oldest first. What was never sent, nobody was asked."""
    items = case.requested_items.filter(asked_at__isnull=False).select_related("answered_by").order_by("id")
    ours: dict[int, list[dict[str, Any]]] = {}
    lists: dict[Any, list[dict[str, Any]]] = {}
    for item in items:
        item.case = case
        if item.origin == Origin.OCEAFIN:
            lists.setdefault(item.asked_at, []).append(_item(item))
        else:
            ours.setdefault(item.request_id or 0, []).append(_item(item))
    letters = [
        {
            "by": Origin.US.value,
            "askedAt": each.asked_at,
            "askedBy": each.asked_by.display_name,
            "text": _text(case, each),
            "answeredAt": instant(each.answered_at),
            "items": ours.get(each.pk, []),
        }
        for each in case.info_requests.select_related("asked_by").order_by("id")
    ]
    letters += [
        {
            "by": Origin.OCEAFIN.value,
            "askedAt": at,
            "askedBy": "Oceafin",
            "text": None,
            "answeredAt": None,
            "items": rows,
        }
        for at, rows in lists.items()
    ]
    letters.sort(key=lambda letter: letter["askedAt"])
    return [{**letter, "askedAt": instant(letter["askedAt"])} for letter in letters]


def _text(case: Case, letter: Any) -> str:
    letter.case = case
    return str(letter.text_for_customer)


def _item(item: RequestedItem) -> dict[str, Any]:
    language, text = pick(item.texts, item.wanted_language)
    came = item.answered_by
    return {
        "itemId": str(item.item_id),
        "code": item.code,
        "documentType": item.document_type or None,
        "text": text,
        "language": language or None,
        "wantedLanguage": item.wanted_language,
        "askedAt": instant(item.asked_at),
        "remindedAt": instant(item.reminded_at),
        "answeredAt": instant(item.answered_at),
        "answeredBy": str(came.document_id) if came else None,
        "closedAt": instant(item.closed_at),
    }
