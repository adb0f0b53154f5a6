"""The sequence that Oceafin recommends in its sandbox: create a test customer, repeat it, upload, submit."""

import json
import secrets
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from backoffice.oceafin import contract
from backoffice.oceafin.checkup import Finding
from backoffice.oceafin.client import Client
from backoffice.oceafin.signing import format_timestamp
from backoffice.oceafin.wire import Answer, NoAnswer, Problem, Reply, WireRequest

PRODUCTION = "api.oceafin.com"
DETAILS = {
    "personalDetails": {
        "firstName": "Specimen",
        "lastName": "Sandbox",
        "dateOfBirth": "1990-01-31",
        "nationality": "DE",
        "taxResidency": "DE",
        "email": "specimen@example.com",
        "phone": "+49 30 0000000",
        "residentialAddress": {
            "line1": "Musterweg 1",
            "city": "Berlin",
            "postcode": "10115",
            "country": "DE",
        },
    },
    "additionalPersonalDetails": {
        "occupation": "Engineer",
        "purposesOfAccountOpening": ["Savings"],
        "sourceOfFunds": ["Salary"],
        "sourceOfWealth": ["Salary"],
    },
}
# The smallest PDF that every reader opens: one empty page.
PAPER = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


class NotASandbox(ValueError):
    """The walk makes a test customer, so it is never done at the production address."""


def walk(client: Client, *, base_url: str, client_id: str, person: str, now: datetime) -> Iterator[Finding]:
    """Each step with what came of it; stops at the first that fails. Raises NotASandbox."""
    if urlsplit(base_url).hostname == PRODUCTION:
        raise NotASandbox(
            "The settings point at Oceafin's production. Set the sandbox's address and credentials first."
        )
    ref = f"check-{now:%Y%m%d}-{secrets.token_hex(4)}"
    body = {
        "partnerCustomerRef": ref,
        "customerType": "INDIVIDUAL",
        "displayName": "Specimen Sandbox",
        "metadata": {},
    }
    created = _post(client, "createCustomer", body, key=f"{ref}:create", now=now)
    customer_id = _text(created, "customerId")
    yield _step("Create a test customer", customer_id != "", f"{ref} is {customer_id} at Oceafin.", created)
    if not customer_id:
        return
    again = _post(client, "createCustomer", body, key=f"{ref}:create", now=now)
    same = _text(again, "customerId") == customer_id
    yield _step("Send the same again under the same key", same, "The same customer came back.", again)
    other = _post(client, "createCustomer", {**body, "displayName": "Another"}, key=f"{ref}:create", now=now)
    refused = isinstance(other, Problem) and other.code == "PARTNER_IDEMPOTENCY_CONFLICT"
    yield _step("Send another body under the same key", refused, "Oceafin refused it, as it should.", other)
    uploaded = _upload(client, customer_id, ref, now)
    file_id = _text(uploaded, "fileAssetId")
    yield _step("Upload a document", file_id != "", f"It is {file_id} at Oceafin.", uploaded)
    if not file_id:
        return
    submission = submission_body(ref, file_id, client_id, person, now)
    submitted = _post(
        client,
        "createOnboardingSubmission",
        submission,
        key=f"{ref}:kyc-submit",
        now=now,
        customerId=customer_id,
    )
    yield _step(
        "Submit an onboarding",
        _text(submitted, "submissionId") != "",
        "Oceafin took it. Its decision comes as a webhook; look for it under Events from Oceafin.",
        submitted,
    )


def submission_body(ref: str, file_id: str, client_id: str, person: str, now: datetime) -> dict[str, Any]:
    """An onboarding with all that the contract names: a strict sandbox misses nothing."""
    at = format_timestamp(now)
    return {
        "submissionRef": f"{ref}-kyc",
        "submissionType": "KYC",
        **DETAILS,
        "supportingDocuments": [{"documentType": "PASSPORT", "fileAssetId": file_id}],
        "consentEvidence": {
            "consentVersion": "check",
            "consentTextSha256": "0" * 64,
            "consentedAt": at,
            "channel": "sandbox check",
            "ipAddress": "192.0.2.1",
            "userAgent": "oceafin-backoffice",
            "locale": "en",
        },
        "partnerAttestation": {
            "attestedByClientId": client_id,
            "attestedBy": person,
            "attestedAt": at,
            "statementVersion": "check",
        },
    }


def _post(
    client: Client, operation_id: str, body: dict[str, Any], *, key: str, now: datetime, **ids: str
) -> Reply:
    path = contract.path_for(operation_id, **ids)
    return client.send(
        WireRequest("POST", path, json.dumps(body, ensure_ascii=False).encode(), idempotency_key=key), now=now
    )


def _upload(client: Client, customer_id: str, ref: str, now: datetime) -> Reply:
    boundary = f"oceafin-{uuid.uuid4().hex}"
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="documentType"\r\n\r\nPASSPORT\r\n--{boundary}\r\n'
        'Content-Disposition: form-data; name="file"; filename="specimen.pdf"\r\n'
        "Content-Type: application/pdf\r\n\r\n"
    )
    body = head.encode() + PAPER + f"\r\n--{boundary}--\r\n".encode()
    path = contract.path_for("uploadCustomerFile", customerId=customer_id)
    kind = f"multipart/form-data; boundary={boundary}"
    return client.send(WireRequest("POST", path, body, kind, f"{ref}:file"), now=now)


def _step(what: str, holds: bool, sentence: str, reply: Reply) -> Finding:
    if holds:
        return Finding(what, True, sentence)
    if isinstance(reply, Problem):
        errors = "".join(f" {error.field}: {error.message}." for error in reply.errors)
        told = f"Oceafin answered {reply.code or reply.status}. {reply.detail}{errors}"
        advice = f"Ask Oceafin, and give the request id {reply.oceafin_request_id or reply.request_id}."
        return Finding(what, False, told, advice)
    if isinstance(reply, NoAnswer):
        return Finding(what, False, reply.reason, "Try again in a minute.")
    return Finding(
        what, False, "Oceafin answered otherwise than the contract says.", "Run manage.py contract_diff FILE."
    )


def _text(reply: Reply, name: str) -> str:
    data = reply.data if isinstance(reply, Answer) else None
    value = data.get(name) if isinstance(data, dict) else None
    return value if isinstance(value, str) else ""
