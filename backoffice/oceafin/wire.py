"""What goes out to Oceafin and what comes back: requests and the three kinds of reply.

None of these shows a body, a header value or a secret when it is printed or logged.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, BinaryIO

PREFIX = "/partner/v1/"
BLOCK = 64 * 1024


class BodyChanged(Exception):
    """A stored document is not the one that was frozen. The request broke off before its last byte."""


class BodyUnreadable(Exception):
    """A stored document could not be opened or read to its end. What left of it is no whole request."""


@dataclass(frozen=True, slots=True)
class StreamedBody:
    """A body around a stored file: frozen head and tail bytes, and the file between them.

    `length` and `sha256` (lowercase hex) are those of the whole body; both are checked while it is sent.
    """

    head: bytes = field(repr=False)
    open_file: Callable[[], BinaryIO] = field(repr=False)
    tail: bytes = field(repr=False)
    length: int
    sha256: str

    def open(self) -> "OpenBody":
        """Opens the file. Raises BodyUnreadable; nothing has been sent then."""
        try:
            return OpenBody(self, self.open_file())
        except Exception as error:
            raise BodyUnreadable(
                "The stored document could not be opened. It will be tried again; "
                "if this stays, check the document storage."
            ) from error


class OpenBody:
    """One reading of a StreamedBody, in blocks.

    The last block is held back until length and hash are proven, so that a document that was changed in the
    storage never reaches Oceafin whole.
    """

    def __init__(self, body: StreamedBody, file: BinaryIO) -> None:
        self._body = body
        self._file = file

    def __len__(self) -> int:
        return self._body.length

    def __iter__(self) -> Iterator[bytes]:
        digest, length, held = hashlib.sha256(), 0, b""
        for block in self._blocks():
            digest.update(block)
            length += len(block)
            if length > self._body.length:
                break
            if held:
                yield held
            held = block
        if length != self._body.length or digest.hexdigest() != self._body.sha256:
            raise BodyChanged(
                "The stored document is not the one that was handed in. It was not sent. "
                "Compare it with the original and upload it again."
            )
        yield held

    def close(self) -> None:
        self._file.close()

    def _blocks(self) -> Iterator[bytes]:
        yield self._body.head
        try:
            while block := self._file.read(BLOCK):
                yield block
        except Exception as error:
            # Not an OSError any longer: the HTTP library would take that for one of its own connection.
            raise BodyUnreadable("The stored document could not be read to its end.") from error
        if self._body.tail:
            yield self._body.tail


@dataclass(frozen=True, slots=True, repr=False)
class WireRequest:
    """One request as it will stand on the wire. Raises ValueError or TypeError where it cannot be one.

    `path_url` is path and query from `/partner/v1/` on. A GET carries neither body nor key; everything else
    carries a key.
    """

    method: str
    path_url: str
    body: bytes | StreamedBody = b""
    content_type: str = "application/json"
    idempotency_key: str = ""

    def __repr__(self) -> str:
        return f"<WireRequest {self.method} {self.path_url.partition('?')[0]}>"

    def __post_init__(self) -> None:
        if self.method not in {"GET", "POST", "PUT", "PATCH", "DELETE"}:
            raise ValueError("The method of a request to Oceafin must be an HTTP method in capitals.")
        if not isinstance(self.body, bytes | StreamedBody):
            raise TypeError("The body of a request to Oceafin must be bytes: only exact bytes can be signed.")
        if not self.path_url.startswith(PREFIX):
            raise ValueError(f"The path of a request to Oceafin must begin with {PREFIX}.")
        key = self.idempotency_key
        if self.method == "GET" and (key or self.body):
            raise ValueError("A GET carries neither a body nor an idempotency key.")
        if self.method != "GET" and not key:
            raise ValueError("Every request that changes something at Oceafin needs an idempotency key.")
        if not (key + self.content_type).isascii() or not (key + self.content_type).isprintable():
            raise ValueError("An idempotency key and a content type are printable ASCII text.")
        if key != key.strip():
            raise ValueError("An idempotency key neither begins nor ends with a space.")


@dataclass(frozen=True, slots=True)
class FieldError:
    """One item of a problem's `errors`; `field` is empty where Oceafin names none."""

    field: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """What every reply knows of its attempt: our request id, the nonce, the signed time, the duration."""

    request_id: str = ""
    nonce: str = ""
    sent_at: datetime | None = None
    took: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Answer(_Sent):
    """A whole 2xx reply whose body is a JSON object or array; of a declared empty one `data` is {}.

    Numbers with a fraction or an exponent are text in `data`, digit by digit as Oceafin wrote them; whole
    numbers are int. NUL and lone surrogates are replaced in `data` and kept in `body`.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    data: dict[str, Any] | list[Any] = field(repr=False)
    oceafin_request_id: str = ""
    server_date: datetime | None = None


@dataclass(frozen=True, slots=True)
class Problem(_Sent):
    """A whole 4xx or 5xx reply.

    `readable` is False, and `code` empty, where it is no problem of Oceafin's own (HTML of something in
    between, another shape). `retry_after` counts from the reply.
    """

    status: int
    code: str = ""
    title: str = ""
    detail: str = field(default="", repr=False)
    oceafin_request_id: str = ""
    errors: tuple[FieldError, ...] = field(default=(), repr=False)
    retry_after: timedelta | None = None
    server_date: datetime | None = None
    readable: bool = True
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class NoAnswer(_Sent):
    """No reply that can be believed. `left` False: not one byte of the request left this machine.

    `left` True: it may have arrived, and whether it took effect is open. `status` is 0 without a status line.
    """

    reason: str
    left: bool
    status: int = 0
    server_date: datetime | None = None
    body: bytes = field(default=b"", repr=False)


Reply = Answer | Problem | NoAnswer
