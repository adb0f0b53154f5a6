"""From a frozen row to the request that is sent: exactly the bytes that were decided on."""

import uuid
from typing import BinaryIO, cast

from django.core.files.storage import default_storage

from backoffice.oceafin.models import Submission
from backoffice.oceafin.wire import StreamedBody, WireRequest


def new_request_id() -> str:
    return str(uuid.uuid4())


def request_for(submission: Submission) -> WireRequest:
    """The request of one try; the same bytes and the same key each time."""
    body = _streamed(submission) if submission.carries_file else submission.body
    return WireRequest(
        method=submission.method,
        path_url=submission.path_url,
        body=body,
        content_type=submission.content_type,
        idempotency_key=submission.key,
    )


def _streamed(submission: Submission) -> StreamedBody:
    frozen = submission.body
    name = submission.file_storage_name

    def open_file() -> BinaryIO:
        return cast(BinaryIO, default_storage.open(name, "rb"))

    return StreamedBody(
        head=frozen[: submission.file_head_bytes],
        open_file=open_file,
        tail=frozen[submission.file_head_bytes :],
        length=len(frozen) + (submission.file_bytes or 0),
        sha256=submission.body_sha256,
    )
