"""From a decision to frozen bytes: what is enqueued is what every retry sends."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Model

from backoffice import vault
from backoffice.audit import Actor, NoTransaction, record
from backoffice.oceafin import bell, kinds, rows
from backoffice.oceafin.models import BODY_CONTEXT, Submission

JSON = "application/json"


class KeyTaken(Exception):
    """The same idempotency key was already used for other bytes: a defect of ours, nothing is sent."""


@dataclass(frozen=True)
class FrozenFile:
    """A multipart body around a stored file: exact bytes before and after it, its hash, the hash of the whole."""

    head: bytes
    tail: bytes
    storage_name: str
    file_sha256: str
    file_bytes: int
    body_sha256: str
    content_type: str


def enqueue(
    *,
    kind: str,
    subject: Model,
    key: str,
    path_url: str,
    body: dict[str, Any] | bytes | FrozenFile,
    vault_key: UUID,
    customer_ref: str,
    now: datetime,
    due_at: datetime | None = None,
) -> Submission:
    """Write the letter in the transaction of the decision; it leaves after the commit, by itself.

    The body is serialised here, once (amounts are strings already); bytes are JSON that was frozen before, and
    is sent again as it was. The same key with the same bytes
    returns the row that stands; with other bytes it raises KeyTaken (contract section 1, idempotency).
    """
    if not connection.in_atomic_block:
        raise NoTransaction(f"{kind} must be written in the transaction of the decision.")
    terms = kinds.named(kind)
    content_type, plain, digest = _frozen(body)
    submission = Submission(
        key=key,
        kind=kind,
        lane=terms.lane,
        moves_money=terms.moves_money,
        subject_type=subject._meta.label,
        subject_id=str(subject.pk),
        customer_ref=customer_ref,
        path_url=path_url,
        content_type=content_type,
        vault_key=vault_key,
        body_sealed=vault.seal(vault_key, plain, context=BODY_CONTEXT),
        body_sha256=digest,
        state_since=now,
        due_at=due_at or now,
        created_at=now,
        **_file_columns(body),
    )
    is_new = rows.insert(submission)
    if not is_new:
        submission = Submission.objects.get(key=key)
    if not is_new and (submission.body_sha256, submission.path_url) != (digest, path_url):
        raise KeyTaken(f"The key {key} already stands for another request. Nothing was sent.")
    if is_new:
        _remember(submission, subject, now)
        bell.ring_after_commit(submission.lane)
    return submission


def serialised(body: dict[str, Any]) -> bytes:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _remember(submission: Submission, subject: Model, now: datetime) -> None:
    facts = {"submission": submission.pk, "kind": submission.kind, "key": submission.key}
    facts["body_sha256"] = submission.body_sha256
    record(actor=Actor.system("outbox"), verb="submission.enqueued", subject=subject, now=now, facts=facts)


def _frozen(body: dict[str, Any] | bytes | FrozenFile) -> tuple[str, bytes, str]:
    if isinstance(body, FrozenFile):
        return body.content_type, body.head + body.tail, body.body_sha256
    plain = body if isinstance(body, bytes) else serialised(body)
    return JSON, plain, hashlib.sha256(plain).hexdigest()


def _file_columns(body: dict[str, Any] | bytes | FrozenFile) -> dict[str, Any]:
    if not isinstance(body, FrozenFile):
        return {}
    return {
        "file_head_bytes": len(body.head),
        "file_storage_name": body.storage_name,
        "file_sha256": body.file_sha256,
        "file_bytes": body.file_bytes,
    }
