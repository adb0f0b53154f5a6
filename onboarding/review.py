"""What a reviewer has to look at, what is still missing, and the digest of exactly what would be submitted."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from onboarding import alike, details, earlier, plausibility
from onboarding.checks import Check
from onboarding.models import Case, CaseDocument, Decision
from onboarding.people import records as people
from onboarding.requirements import needs_of
from onboarding.risk import screened

__all__ = [
    "Check",
    "accepted_documents",
    "checklist",
    "content_digest",
    "documents_ever_of",
    "documents_of",
    "missing_in",
]


def documents_of(case: Case) -> list[CaseDocument]:
    """The documents that belong to the case now, oldest first."""
    return list(_documents(case).filter(removed_at__isnull=True))


def documents_ever_of(case: Case) -> list[CaseDocument]:
    """Those, and the documents that were taken out of the case when something newer came."""
    return list(_documents(case))


def _documents(case: Case) -> QuerySet[CaseDocument]:
    related = ("document__customer", "document__facts__read_by", "decided_by")
    return case.case_documents.select_related(*related).order_by("id")


def accepted_documents(case: Case, documents: list[CaseDocument] | None = None) -> list[CaseDocument]:
    rows = documents_of(case) if documents is None else documents
    return [row for row in rows if row.decision == Decision.ACCEPTED]


def checklist(case: Case, documents: list[CaseDocument] | None = None, *, now: datetime) -> list[Check]:
    """What a case of this type needs before it can be accepted, and again before it is signed.

    `documents` are all that were ever in the case, for a page that has read them already.
    """
    ever = documents_ever_of(case) if documents is None else documents
    rows = [row for row in ever if row.removed_at is None]
    data = case.details
    fields = details.missing(data, submission_type=case.submission_type)
    pending = sum(row.decision == Decision.PENDING for row in rows)
    looked_at = _("%(count)d of the documents still to look at.") % {"count": pending} if pending else ""
    checks = [
        Check(_("The data is complete"), not fields, " ".join(fields)),
        Check(_("Every document was looked at"), not pending, looked_at),
    ]
    impossible = plausibility.problems(data, rows, now)
    checks.append(Check(_("Ages and dates are in order"), not impossible, " ".join(impossible)))
    if held := rejected_for_good(ever):
        checks.append(Check(_("No document was rejected for good"), False, " ".join(held)))
    accepted = {row.document.document_type for row in rows if row.decision == Decision.ACCEPTED}
    checks += _documents_needed(case, accepted, now)
    return [*checks, *people.checks(case), *screened.checks(case, data, now=now), *alike.checks(case)]


def _documents_needed(case: Case, accepted: set[str], now: datetime) -> list[Check]:
    checks, known = [], earlier.Kinds(case, now)
    for need, is_again in needs_of(
        case_type=case.case_type, submission_type=case.submission_type, concerns=case.concerns
    ):
        if not need.documents:
            continue
        is_there = bool(accepted & need.documents) or (is_again and known.still_good(need.documents))
        sentence = "" if is_there else _("%(document)s is missing.") % {"document": need.label}
        checks.append(Check(need.label, is_there, sentence))
    return checks


def rejected_for_good(ever: list[CaseDocument]) -> list[str]:
    """Which documents speak against the customer, in sentences. Taking one out of the case does not help."""
    accepted = [row for row in ever if row.decision == Decision.ACCEPTED and row.removed_at is None]
    return [
        _("%(document)s: %(reason)s. Ask for another one, or decline.")
        % {
            "document": row.document.get_document_type_display(),
            "reason": row.get_reason_code_display().lower(),
        }
        for row in ever
        if row.is_final and not any(_is_newer(each, row) for each in accepted)
    ]


def _is_newer(one: CaseDocument, other: CaseDocument) -> bool:
    return one.pk > other.pk and one.document.document_type == other.document.document_type


def missing_in(case: Case, *, now: datetime) -> list[str]:
    """What stands between this case and its acceptance, in sentences; empty if nothing does."""
    return [check.missing for check in checklist(case, now=now) if not check.done]


def content_digest(case: Case, documents: list[CaseDocument] | None = None) -> str:
    """SHA-256 of exactly what would be submitted: the data, and the accepted documents by their hashes.

    `documents` are those of the case, for a page that has read them already.
    """
    return details.digest(*signed_content(case, documents))


def signed_content(case: Case, documents: list[CaseDocument] | None = None) -> list[Any]:
    """What a person signs, in the form whose digest is signed."""
    accepted = [
        [row.document.document_type, row.document.sha256, str(row.document.document_id)]
        for row in accepted_documents(case, documents)
    ]
    return [case.customer.partner_customer_ref, case.submission_type, case.details, accepted]
