"""How what is asked for is opened, answered and closed. Called inside the transaction, with the case locked."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from backoffice import vault
from backoffice.staff.models import User
from customers.files import DocumentType
from customers.models import Document
from onboarding.models import Case, CaseDocument, InfoRequest
from onboarding.requested import wording
from onboarding.requested.models import TEXTS_CONTEXT, Origin, RequestedItem
from onboarding.requested.texts import AskCode
from onboarding.requirements import RejectReason


def write_item(
    case: Case,
    *,
    code: str,
    document_type: str,
    texts: dict[str, str],
    now: datetime,
    user: User | None = None,
    about: CaseDocument | None = None,
    **more: Any,
) -> RequestedItem:
    """One item as it stands from now on; its words never change."""
    plain = json.dumps(texts, ensure_ascii=False).encode()
    return RequestedItem.objects.create(
        case=case,
        code=code,
        document_type=document_type,
        about=about,
        texts_sealed=vault.seal(case.customer.vault_key, plain, context=TEXTS_CONTEXT),
        wanted_language=wording.wanted_by(case),
        added_by=user,
        added_at=now,
        **more,
    )


def collect_for_rejected(row: CaseDocument, *, case: Case, user: User, now: datetime) -> None:
    """A document that was rejected for a reason that asks again: another one is wanted, once the letter is sent.

    Whatever was collected about the same document before is dropped. A final reason asks for nothing, and for another
    reason there are no words that a customer could read: the reviewer writes them.
    """
    case.requested_items.collected().filter(about=row).update(dropped_at=now)
    code = row.reason_code
    if not code or not RejectReason(code).asks_again:
        return
    kind = row.document.document_type
    texts = wording.texts_for(code, kind)
    write_item(case, code=code, document_type=kind, texts=texts, now=now, user=user, about=row)


def send_collected(case: Case, request: InfoRequest, *, now: datetime) -> None:
    case.requested_items.collected().update(request=request, asked_at=now)


def open_oceafins(case: Case, asked: Sequence[dict[str, Any]], *, now: datetime) -> None:
    """Oceafin's list takes the place of its list before. Its words are passed on as they are."""
    case.requested_items.waiting().filter(origin=Origin.OCEAFIN).update(closed_at=now)
    for item in asked:
        kind = str(item.get("documentType") or "")
        write_item(
            case,
            code=str(item["code"])[:64],
            document_type=kind if kind in set(DocumentType) else "",
            texts={"": str(item["message"])},
            now=now,
            origin=Origin.OCEAFIN,
            asked_at=now,
        )


def answer(case: Case, *, documents: Iterable[Document], data_changed: bool, now: datetime) -> None:
    """Tick off what is answered: a document by one of its kind, the rest by changed data or by any document."""
    came = list(documents)
    for item in case.requested_items.waiting().order_by("id"):
        if item.document_type:
            match = next((each for each in came if each.document_type == item.document_type), None)
            is_answered = match is not None
        else:
            match = None
            is_answered = data_changed or (item.code != AskCode.DATA_NEEDED and bool(came))
        if is_answered:
            RequestedItem.objects.filter(pk=item.pk).update(answered_at=now, answered_by=match)


def close(case: Case, *, now: datetime) -> None:
    """The case is in review again: nobody waits for the rest."""
    asked = case.requested_items.filter(asked_at__isnull=False, closed_at__isnull=True)
    asked.update(closed_at=now)


def is_answered(case: Case) -> bool:
    """Whether something was asked for and all of it has come."""
    asked = case.requested_items.filter(asked_at__isnull=False, closed_at__isnull=True)
    return asked.exists() and not asked.waiting().exists()
