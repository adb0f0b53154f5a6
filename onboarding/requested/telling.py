"""What the partner's systems are told of a case: the same that the API shows, safe for the customer to read."""

import json
from datetime import datetime
from typing import Any

from backoffice import vault
from onboarding.models import Case
from onboarding.requested.models import RequestedItem
from onboarding.requested.texts import pick
from onboarding.requested.wording import wanted_by
from onboarding.states import CaseState
from webhooks import outgoing
from webhooks.outgoing.announcing import LARGEST_BODY

STATE_CHANGED = "onboarding.case.state_changed"
INFORMATION_REQUESTED = "onboarding.case.information_requested"
# What is around the body: kind and time.
ENVELOPE = 1024
WAITS_FOR_CUSTOMER = frozenset({CaseState.NEEDS_INFO, CaseState.MISSING_INFO})


def case_moved(case: Any, old: str, to: str, now: datetime) -> None:
    """Called with every move of a case, whoever makes it, in its transaction."""
    body = {**_of(case), "state": to, "previousState": old}
    outgoing.announce(STATE_CHANGED, case.customer.vault_key, body, now)


def information_requested(case: Case, *, now: datetime, reminder: bool = False) -> None:
    """Tell what is asked for, all of it; again when the customer is reminded.

    Where it is too much for one webhook, `itemsLeftOut` says how many things are to be read from the API.
    """
    items = asked_for(case)
    if not items:
        return
    body = {**_of(case), "reminder": reminder, "wantedLanguage": wanted_by(case), "items": items}
    if len(json.dumps(body, ensure_ascii=False).encode()) > LARGEST_BODY - ENVELOPE:
        # So many words are read from the API; that something is asked for must still be told.
        body |= {"items": [], "itemsLeftOut": len(items)}
    outgoing.announce(INFORMATION_REQUESTED, case.customer.vault_key, body, now)


def asked_for(case: Case) -> list[dict[str, Any]]:
    """What is waited for, in the words for the customer; empty unless the case waits for the customer."""
    if case.state not in WAITS_FOR_CUSTOMER:
        return []
    items = []
    for item in case.requested_items.waiting().order_by("id"):
        item.case = case
        try:
            items.append(_shown(item))
        except vault.KeyDestroyed:
            return []
    return items


def _shown(item: RequestedItem) -> dict[str, Any]:
    language, message = pick(item.texts, item.wanted_language)
    return {
        "itemId": str(item.item_id),
        "by": item.origin,
        "code": item.code,
        "documentType": item.document_type or None,
        "message": message,
        # What language it is, and null where only Oceafin knows.
        "language": language or None,
        "isFallback": bool(language) and language != item.wanted_language,
        "messages": {name: text for name, text in item.texts.items() if name},
    }


def _of(case: Case) -> dict[str, Any]:
    return {"caseRef": case.case_ref, "partnerCustomerRef": case.customer.partner_customer_ref}
