"""A document that comes again for the same purpose is a new version of the one that did not do."""

from collections.abc import Sequence
from datetime import datetime

from backoffice import audit
from backoffice.audit import Actor
from customers.models import Document
from onboarding.models import Case, CaseDocument, Decision
from onboarding.states import CaseState

ASKED = (CaseState.NEEDS_INFO, CaseState.MISSING_INFO)


def link(case: Case, documents: Sequence[Document], *, actor: Actor, now: datetime) -> None:
    """Say of each document that is new to the case which one of its kind it replaces.

    That is one that was rejected or taken out of the case, or, while something was asked for, the newest. Beside a
    document that nobody objected to, another of its kind stands for itself: the back of a card, a second bill. Call
    before the documents are added.
    """
    rows = list(CaseDocument.objects.filter(case=case).select_related("document"))
    known = {row.document_id for row in rows}
    replaced = {row.document.replaces_id for row in rows}
    open_rows = [row for row in rows if row.document_id not in replaced and _may_be_replaced(row, case)]
    open_rows.sort(key=lambda row: (_is_out(row), row.pk), reverse=True)
    for document in documents:
        if document.pk in known or document.replaces_id is not None:
            continue
        kind = document.document_type
        old = next((row for row in open_rows if row.document.document_type == kind), None)
        if old is not None:
            open_rows.remove(old)
            document.replaces, document.version = old.document, old.document.version + 1
            document.save(update_fields=["replaces", "version"])
            facts = {"replaces": str(old.document.document_id), "version": document.version}
            audit.record(actor=actor, verb="document.renewed", subject=document, now=now, facts=facts)


def _is_out(row: CaseDocument) -> bool:
    return row.removed_at is not None or row.decision == Decision.REJECTED


def _may_be_replaced(row: CaseDocument, case: Case) -> bool:
    return _is_out(row) or case.state in ASKED
