"""What stands in the evidence pack of a case, file by file, as plain data. Everything here is personal."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from backoffice.audit import note_of, sealing
from backoffice.audit.models import Entry
from backoffice.oceafin.models import Submission
from customers.facts.models import facts_of
from customers.models import Customer, Document
from onboarding import review, statements
from onboarding.evidence.asked import letters_of
from onboarding.evidence.instants import instant
from onboarding.evidence.parts import Part, parts_of
from onboarding.models import Case, CaseDocument
from webhooks.models import Event

DOCUMENTS_AT_MOST = 500
EVENTS_AT_MOST = 1000


@dataclass
class Contents:
    """The case as the pack tells it. `originals` are the documents whose bytes go in, under these names."""

    about: dict[str, Any]
    details: dict[str, Any]
    documents: list[dict[str, Any]]
    originals: list[tuple[str, Document]]
    parts: list[Part]
    requests: list[dict[str, Any]]
    attestation: dict[str, Any]
    submitted: list[dict[str, Any]]
    bodies: dict[str, bytes]
    webhooks: list[dict[str, Any]]
    events: dict[str, bytes]
    audit: list[dict[str, Any]]
    timeline: list[dict[str, Any]]


def gather(case: Case) -> Contents:
    """Everything of a case. Raises vault.KeyDestroyed where the customer's data was erased."""
    rows = list(
        case.case_documents.select_related(
            "document__customer", "document__facts__read_by", "decided_by"
        ).order_by("id")[:DOCUMENTS_AT_MOST]
    )
    letters = _letters(case, rows)
    events = list(_events(case.customer)[:EVENTS_AT_MOST])
    entries = _entries(case, rows, letters)
    documents = [_document(row, number) for number, row in enumerate(rows, start=1)]
    return Contents(
        about=_about(case),
        details=case.details,
        documents=documents,
        originals=[(shown["file"], row.document) for shown, row in zip(documents, rows, strict=True)],
        parts=parts_of(case),
        requests=letters_of(case),
        attestation=_attestation(case),
        submitted=[_letter(letter) for letter in letters],
        bodies={_letter_name(letter): letter.body for letter in letters if not letter.carries_file},
        webhooks=[_webhook(event) for event in events],
        events={_event_name(event): event.body for event in events},
        audit=_links(entries),
        timeline=[_line(entry) for entry in entries],
    )


def _about(case: Case) -> dict[str, Any]:
    customer = case.customer
    return {
        "case": case.case_ref,
        "caseType": case.case_type,
        "concerns": case.concerns,
        "submissionType": case.submission_type,
        "state": case.state,
        "stateSince": instant(case.state_since),
        "openedAt": instant(case.created_at),
        "openedBy": case.created_by,
        "submissionId": case.oceafin_submission_id or None,
        "customer": {
            "partnerCustomerRef": customer.partner_customer_ref,
            "customerType": customer.customer_type,
            "displayName": customer.display_name,
            "customerId": str(customer.oceafin_customer_id) if customer.oceafin_customer_id else None,
            "oceafinStatus": customer.oceafin_status or None,
        },
    }


def _document(row: CaseDocument, number: int) -> dict[str, Any]:
    document = row.document
    return {
        "file": f"documents/{number:02d}-{document.file_name}",
        "documentId": str(document.document_id),
        "documentType": document.document_type,
        "givenName": document.given_name,
        "contentType": document.content_type,
        "bytes": document.size,
        "pages": document.pages,
        "sha256": document.sha256,
        "uploadedAt": instant(document.uploaded_at),
        "uploadedBy": document.uploaded_by,
        "facts": _facts(document),
        "fileAssetId": str(document.oceafin_file_asset_id) if document.oceafin_file_asset_id else None,
        "decision": row.decision,
        "reasonCode": row.reason_code or None,
        "reason": row.reason or None,
        "decidedBy": row.decided_by.display_name if row.decided_by else None,
        "decidedAt": instant(row.decided_at),
        "takenOutAt": instant(row.removed_at),
    }


def _facts(document: Document) -> dict[str, Any] | None:
    facts = facts_of(document)
    if facts is None:
        return None
    return {
        "number": facts.number or None,
        "issuingCountry": facts.issuing_country or None,
        "issuedOn": facts.issued_on.isoformat() if facts.issued_on else None,
        "expiresOn": facts.expires_on.isoformat() if facts.expires_on else None,
        "neverExpires": facts.never_expires,
        "readBy": facts.read_by.display_name,
        "readAt": instant(facts.read_at),
    }


def _attestation(case: Case) -> dict[str, Any]:
    """Who signed what: `signed` is the very content whose digest was signed, so that it can be computed again."""
    if case.attested_by is None:
        return {"signed": None}
    words = statements.signed(case.statement_version)
    return {
        "signed": review.signed_content(case),
        "digest": case.attested_digest,
        "attestedBy": case.attested_by.display_name,
        "attestedAt": instant(case.attested_at),
        "statementVersion": case.statement_version,
        "statementText": words.text if words else None,
        "statementSha256": words.sha256 if words else None,
    }


def _letters(case: Case, rows: list[CaseDocument]) -> list[Submission]:
    of_case = Q(subject_type=Case._meta.label, subject_id=str(case.pk))
    papers = [str(row.document_id) for row in rows]
    of_papers = Q(subject_type=Document._meta.label, subject_id__in=papers)
    return list(Submission.objects.filter(of_case | of_papers).prefetch_related("attempts").order_by("id"))


def _letter(letter: Submission) -> dict[str, Any]:
    return {
        "file": None if letter.carries_file else _letter_name(letter),
        "kind": letter.kind,
        "key": letter.key,
        "path": letter.path_url,
        "bodySha256": letter.body_sha256,
        "state": letter.state,
        "createdAt": instant(letter.created_at),
        "attempts": [
            {
                "number": attempt.number,
                "purpose": attempt.purpose,
                "outcome": attempt.outcome,
                "openedAt": instant(attempt.opened_at),
                "status": attempt.status_code,
                "requestId": attempt.request_id,
                "oceafinRequestId": attempt.oceafin_request_id,
            }
            for attempt in letter.attempts.all()
        ],
    }


def _letter_name(letter: Submission) -> str:
    return f"submitted/{letter.pk}-{letter.kind.replace('.', '-')}.json"


def _events(customer: Customer) -> Any:
    about = Q(subject_type=Customer._meta.label, subject_id=str(customer.pk))
    return Event.objects.filter(about).order_by("id")


def _event_name(event: Event) -> str:
    return f"webhooks/{event.pk}.body"


def _webhook(event: Event) -> dict[str, Any]:
    """What is needed to check Oceafin's signature again (contract section 5)."""
    return {
        "file": _event_name(event),
        "eventId": event.event_id,
        "eventType": event.event_type,
        "occurredAt": instant(event.occurred_at),
        "receivedAt": instant(event.received_at),
        "state": event.state,
        "bodySha256": event.body_sha256,
        "timestamp": event.timestamp,
        "nonce": event.nonce,
        "signature": event.signature,
    }


def _entries(case: Case, rows: list[CaseDocument], letters: list[Submission]) -> list[Entry]:
    """The part of the trail that is about this case: its own entries, its customer's, its papers' and letters'."""
    of_customer = Q(customer_id=case.customer_id) & (
        Q(subject_type__startswith="customers.") | Q(subject_type__startswith="onboarding.")
    )
    other_cases = case.customer.cases.exclude(pk=case.pk).values_list("pk", flat=True)
    of_others = Q(subject_type=Case._meta.label, subject_id__in=[str(pk) for pk in other_cases])
    wanted = of_customer & ~of_others
    for subject in (case, case.customer, *(row.document for row in rows), *letters):
        wanted |= Q(subject_type=subject._meta.label, subject_id=str(subject.pk))
    return list(Entry.objects.filter(wanted).select_related("seal").order_by("id"))


def _links(entries: list[Entry]) -> list[dict[str, Any]]:
    """Links of the chain: `content` and the two MACs are all that checking one needs, beside the key."""
    before = sealing.macs_before([entry.seal for entry in entries if hasattr(entry, "seal")])
    links = []
    for entry in entries:
        link: dict[str, Any] = {"content": sealing.content_of(entry), "seal": None}
        if hasattr(entry, "seal"):
            number = entry.seal.number
            link |= {"seal": number, "before": before[number].hex(), "mac": bytes(entry.seal.mac).hex()}
        links.append(link)
    return links


def _line(entry: Entry) -> dict[str, Any]:
    return {
        "entry": entry.pk,
        "at": instant(entry.at),
        "who": entry.actor_label,
        "kind": entry.actor_kind,
        "verb": entry.verb,
        "subject": [entry.subject_type, entry.subject_id],
        "facts": entry.facts,
        "note": note_of(entry) or None,
    }


def as_json(data: Any) -> bytes:
    return json.dumps(data, indent=1, ensure_ascii=False, default=str).encode()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
