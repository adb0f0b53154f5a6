"""The one place that speaks HTTP to Oceafin (contract section 1): exact bytes out, a typed reply in.

It knows requests and replies, never records. It decides nothing about trying again; it says exactly whether a
request may have left, and hands over what came back.
"""

import ipaddress
import os
import time
import uuid
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

import requests
import structlog
from django.conf import settings
from django.db import connections
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError, NameResolutionError, SSLError

from backoffice.oceafin import signing
from backoffice.oceafin.replies import read_reply, unpacked
from backoffice.oceafin.transport import Call, Limits, OnceSession, Stopped, running
from backoffice.oceafin.wire import (
    PREFIX,
    Answer,
    NoAnswer,
    OpenBody,
    Problem,
    Reply,
    StreamedBody,
    WireRequest,
)

log = structlog.get_logger(__name__)


class BaseUrlRefused(ValueError):
    """The base URL in the settings is not one that requests may go to."""


class TransactionOpen(RuntimeError):
    """A call to Oceafin was begun inside a database transaction."""


class Client:
    """Sends signed requests to one Oceafin environment over one pool of connections.

    `send` never raises for what the network or Oceafin do: that is a Reply. It raises ValueError or TypeError
    for a request that cannot be signed, BodyChanged or BodyUnreadable for a stored document that is not the
    frozen one, and TransactionOpen when a database transaction is open.
    """

    def __init__(
        self, *, base_url: str, client_id: str, client_secret: str, limits: Limits | None = None
    ) -> None:
        self._base_url = checked_base_url(base_url)
        self._client_id = client_id
        self._secret = client_secret
        self._limits = limits or Limits()
        self._session = OnceSession()
        # An empty secret, or a client id that no header can hold, is found at the start.
        signing.sign(client_secret, "")
        if not client_id or not client_id.isascii() or not client_id.isprintable():
            raise ValueError("OCEAFIN_PARTNER_API_CLIENT_ID must be printable ASCII text.")

    def __repr__(self) -> str:
        return f"<Client of {self._base_url}>"

    @classmethod
    def from_settings(cls) -> "Client":
        """The client of this installation. Raises BaseUrlRefused for a wrong setting."""
        return cls(
            base_url=settings.OCEAFIN_PARTNER_API_BASE_URL,
            client_id=settings.OCEAFIN_PARTNER_API_CLIENT_ID,
            client_secret=settings.OCEAFIN_PARTNER_API_CLIENT_SECRET,
        )

    def get(self, path_url: str, *, now: datetime, request_id: str = "") -> Reply:
        """Reads `path_url` (path and query from /partner/v1/ on)."""
        return self.send(WireRequest("GET", path_url), now=now, request_id=request_id)

    def send(self, request: WireRequest, *, now: datetime, request_id: str = "") -> Reply:
        """Signs and sends one request once, with a new nonce and the timestamp `now`."""
        refuse_open_transaction()
        if isinstance(request.body, bytes):
            return self._send(request, request.body, self._limits.total, now, request_id)
        opened = request.body.open()
        try:
            return self._send(request, opened, self._limits.total_file, now, request_id)
        finally:
            opened.close()

    def close(self) -> None:
        """Closes the pooled connections."""
        self._session.close()

    def _send(
        self, request: WireRequest, body: bytes | OpenBody, seconds: float, now: datetime, request_id: str
    ) -> Reply:
        auth = _Signature(self._client_id, self._secret, request, now, request_id or str(uuid.uuid4()))
        prepared = self._prepare(request, body, auth)
        call = Call(limits=self._limits, seconds=seconds)
        running.call = call
        try:
            reply = self._exchange(prepared, call, auth, now)
        finally:
            running.call = None
        self._log(prepared, reply, call)
        return reply

    def _prepare(
        self, request: WireRequest, body: bytes | OpenBody, auth: "_Signature"
    ) -> requests.PreparedRequest:
        headers = {
            "User-Agent": "oceafin-backoffice",
            "Accept": "application/json, application/problem+json",
            # A compressed reply of a few bytes could unpack to gigabytes.
            "Accept-Encoding": "identity",
        }
        if request.method != "GET":
            headers["Content-Type"] = request.content_type
        prepared = self._session.prepare_request(
            requests.Request(
                request.method,
                self._base_url + request.path_url,
                headers=headers,
                data=body,
                auth=auth,
            )
        )
        if not prepared.path_url.startswith(PREFIX):
            raise ValueError(f"The path of a request to Oceafin must stay below {PREFIX}.")
        return prepared

    def _exchange(
        self, prepared: requests.PreparedRequest, call: Call, auth: "_Signature", now: datetime
    ) -> Reply:
        response = None
        status = 0
        known: dict[str, Any] = {"request_id": auth.request_id, "nonce": auth.nonce, "sent_at": now}
        try:
            response = self._session.send(
                prepared, stream=True, allow_redirects=False, timeout=(call.limits.connect, call.limits.read)
            )
            status = response.status_code
            body = b"".join(response.raw.stream(64 * 1024, decode_content=False))
        except (requests.RequestException, HTTPError, HTTPException, OSError, ValueError) as error:
            took = timedelta(seconds=time.monotonic() - call.began)
            return NoAnswer(_reason(error, call), call.left, status, took=took, **known)
        finally:
            if response is not None:
                response.close()
        body = unpacked(body, response.headers.get("Content-Encoding", ""), most=call.limits.reply_bytes)
        took = timedelta(seconds=time.monotonic() - call.began)
        return read_reply(status, response.headers, body, took=took, **known)

    def _log(self, prepared: requests.PreparedRequest, reply: Reply, call: Call) -> None:
        facts: dict[str, Any] = {
            "method": prepared.method,
            "path": prepared.path_url.partition("?")[0],
            "request_id": reply.request_id,
            "status": reply.status,
            "ms": round(reply.took.total_seconds() * 1000),
        }
        match reply:
            case Answer():
                log.info("oceafin_answered", **facts)
            case Problem():
                log.warning("oceafin_refused", code=reply.code, **facts)
            case NoAnswer():
                log.warning("oceafin_silent", reason=reply.reason, left=call.left, **facts)


class _Signature(AuthBase):
    """Adds the contract's headers over the path and the bytes as the HTTP library will really send them."""

    def __init__(
        self, client_id: str, secret: str, request: WireRequest, now: datetime, request_id: str
    ) -> None:
        self._client_id = client_id
        self._secret = secret
        self._request = request
        self._timestamp = signing.format_timestamp(now)
        self.nonce = signing.new_nonce()
        self.request_id = request_id

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        request = self._request
        if isinstance(request.body, StreamedBody):
            body_sha256 = request.body.sha256
        else:
            body_sha256 = signing.body_sha256(_bytes(prepared.body))
        base = signing.base_string_of_hash(
            method=prepared.method or "",
            path_url=prepared.path_url,
            body_sha256=body_sha256,
            timestamp=self._timestamp,
            nonce=self.nonce,
            idempotency_key=request.idempotency_key,
        )
        prepared.headers["X-Partner-Client-Id"] = self._client_id
        prepared.headers["X-Partner-Timestamp"] = self._timestamp
        prepared.headers["X-Partner-Nonce"] = self.nonce
        prepared.headers["X-Partner-Signature"] = signing.sign(self._secret, base)
        prepared.headers["X-Request-Id"] = self.request_id
        if request.idempotency_key:
            prepared.headers["Idempotency-Key"] = request.idempotency_key
        return prepared


def _bytes(body: Any) -> bytes:
    if body is None:
        return b""
    if not isinstance(body, bytes):
        raise TypeError("The body of a request to Oceafin must be bytes: only exact bytes can be signed.")
    return body


def checked_base_url(base_url: str) -> str:
    """Scheme, host and port. Raises BaseUrlRefused: https always, plain http only to this machine itself."""
    name = "OCEAFIN_PARTNER_API_BASE_URL"
    try:
        url = urlsplit(base_url)
        host, _port = url.hostname or "", url.port
    except ValueError:
        raise BaseUrlRefused(f"{name} is not a URL.") from None
    if url.scheme not in {"http", "https"} or not host:
        raise BaseUrlRefused(f"{name} must look like https://api.oceafin.com.")
    if url.username or url.password or url.query or url.fragment or url.path.strip("/"):
        raise BaseUrlRefused(
            f"{name} must be scheme and host alone, such as https://api.oceafin.com. We add /partner/v1."
        )
    if url.scheme == "http" and not _is_loopback(host):
        raise BaseUrlRefused(f"{name} must begin with https://. Plain http is only for this machine itself.")
    return f"{url.scheme}://{url.netloc}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def refuse_open_transaction() -> None:
    """Raises TransactionOpen when a database transaction is open: a slow network must never hold locks."""
    if any(connection.in_atomic_block for connection in connections.all(initialized_only=True)):
        raise TransactionOpen("A call to Oceafin must not be made while a database transaction is open.")


def _reason(error: Exception, call: Call) -> str:
    """What happened, as a sentence without anything of the request or the reply in it."""
    cause: BaseException | None = error
    kinds: list[type[BaseException]] = []
    while cause is not None and len(kinds) < 12:
        kinds.append(type(cause))
        inner = getattr(cause, "reason", None) or next(
            (a for a in cause.args if isinstance(a, BaseException)), None
        )
        cause = inner if isinstance(inner, BaseException) else cause.__cause__

    def is_any(*wanted: type[BaseException]) -> bool:
        return any(issubclass(kind, wanted) for kind in kinds)

    timed_out = is_any(Stopped, TimeoutError, requests.Timeout)
    if not call.left:
        if is_any(NameResolutionError):
            return "Oceafin could not be reached: its address was not found."
        if is_any(SSLError, requests.exceptions.SSLError):
            return "Oceafin could not be reached: the secure connection failed."
        if timed_out:
            return "Oceafin could not be reached in time."
        return "Oceafin could not be reached."
    if call.received > call.limits.reply_bytes:
        return "It may have arrived: the answer was too large to be one of Oceafin's."
    if timed_out and call.is_over():
        return f"It may have arrived: there was no whole answer within {call.seconds:g} seconds."
    if timed_out:
        return f"It may have arrived: nothing came back for {call.limits.read:g} seconds."
    return "It may have arrived: the connection broke off before the whole answer was here."


_clients: dict[tuple[int, str, str, str], Client] = {}


def client() -> Client:
    """The client of this process. A forked process, or changed settings, get a new one."""
    key = (
        os.getpid(),
        settings.OCEAFIN_PARTNER_API_BASE_URL,
        settings.OCEAFIN_PARTNER_API_CLIENT_ID,
        settings.OCEAFIN_PARTNER_API_CLIENT_SECRET,
    )
    found = _clients.get(key)
    if found is None:
        _clients.clear()
        found = _clients[key] = Client.from_settings()
    return found


def reset_clients() -> None:
    """Forgets this process's client; the next call makes a new one."""
    _clients.clear()
