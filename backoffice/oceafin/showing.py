"""What went to Oceafin and what came back, as a person may see it: every key, values only where they are safe."""

import json
from collections.abc import Iterator
from datetime import UTC
from typing import Any

from backoffice import vault
from backoffice.oceafin.models import Attempt, Submission

ROWS_AT_MOST = 300
TEXT_AT_MOST = 4000
DEEPEST = 12
# Ids, states, amounts and codes. Whatever is not named here may be about a person.
PLAIN = frozenset(
    {
        "partnerCustomerRef",
        "applicationRef",
        "applicationId",
        "capabilityId",
        "fiatAccountId",
        "customerType",
        "customerId",
        "status",
        "createdAt",
        "updatedAt",
        "documentType",
        "fileAssetId",
        "contentType",
        "sizeBytes",
        "sha256",
        "submissionRef",
        "submissionType",
        "submissionId",
        "submittedAt",
        "bankAccountRef",
        "bankAccountId",
        "holderType",
        "country",
        "currency",
        "quoteId",
        "withdrawalId",
        "withdrawalRef",
        "refundId",
        "refundRef",
        "sourceType",
        "sourceId",
        "collectionWalletRef",
        "walletId",
        "collectionId",
        "amount",
        "feeAmount",
        "feeCurrency",
        "receiveAmount",
        "receiveCurrency",
        "rate",
        "expiresAt",
        "failureCode",
        "depositId",
        "addressId",
        "addressRef",
        "asset",
        "network",
        "originatorType",
        "selfHosted",
        "transactionHash",
        "confirmations",
        "occurredAt",
        "authorizationRef",
        "operationHash",
        "policyVersion",
        "approvedAt",
        "method",
        "role",
        "code",
        "title",
        "type",
        "requestId",
        "attestedByClientId",
        "attestedAt",
        "statementVersion",
        "consentVersion",
        "consentTextSha256",
        "consentedAt",
    }
)

Row = tuple[str, str, bool]


def sent_rows(submission: Submission, *, personal: bool) -> list[Row]:
    """(key, value, hidden) of each field that is sent. Raises vault.KeyDestroyed when it was erased."""
    if submission.carries_file:
        return [
            ("form", f"{submission.body[: submission.file_head_bytes].decode('utf-8', 'replace')}…", False),
            ("file", f"{submission.file_bytes} bytes, SHA-256 {submission.file_sha256}", False),
        ]
    return rows_of(submission.body, personal=personal)


def reply_rows(attempt: Attempt, *, personal: bool) -> list[Row]:
    return rows_of(attempt.reply, personal=personal) if attempt.reply_sealed else []


def rows_of(body: bytes, *, personal: bool) -> list[Row]:
    """A body's fields in their order. What is no JSON object is one row of text."""
    try:
        data = json.loads(body, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        text = body[:TEXT_AT_MOST].decode("utf-8", "replace")
        return [("", text if personal else vault.mask(text, keep=0), not personal)] if text else []
    rows = []
    for key, value in _leaves(data, "", 0):
        name = key.rpartition(".")[2].partition("[")[0]
        hidden = not personal and name not in PLAIN and value != "–"
        rows.append((key, vault.mask(value, keep=0) if hidden else value, hidden))
        if len(rows) == ROWS_AT_MOST:
            break
    return rows


def support_text(submission: Submission, attempts: list[Attempt]) -> str:
    """What Oceafin's support needs to find these requests, and nothing about a person."""
    lines = [
        f"{submission.method} {submission.path_url}",
        f"Idempotency-Key: {submission.key}",
        f"Body SHA-256: {submission.body_sha256}",
    ]
    for attempt in attempts:
        at = attempt.opened_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        answer = " ".join(str(part) for part in (attempt.status_code, attempt.code) if part) or "no answer"
        line = f"{at} {attempt.purpose} X-Request-Id {attempt.request_id}: {answer}"
        theirs = f", requestId {attempt.oceafin_request_id}" if attempt.oceafin_request_id else ""
        lines.append(line + theirs)
    return "\n".join(lines)


def _leaves(value: Any, key: str, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value and depth < DEEPEST:
        for name, inner in value.items():
            yield from _leaves(inner, f"{key}.{name}" if key else str(name), depth + 1)
    elif isinstance(value, list) and value and depth < DEEPEST:
        for place, inner in enumerate(value):
            yield from _leaves(inner, f"{key}[{place}]", depth + 1)
    elif value is None or value == {} or value == []:
        yield key, "–"
    else:
        yield key, str(value)[:TEXT_AT_MOST]
