"""`POST /webhooks/oceafin/`: the first thing that sees a request, before sessions, headers and every other layer.

1. Length before bytes, headers before the body, signature over the raw bytes before anything is parsed.
2. One statement and one commit keep the event; only then it is answered 202. A duplicate is 202 and nothing else.
3. Genuine bytes that cannot be read are kept as well (see envelope). What is not kept is answered 503.
4. A forged delivery leaves a counter: no row, no query, and none of its bytes in a log (see refusals).
"""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from backoffice.oceafin import bell
from webhooks import refusals
from webhooks.checking import Refused, refuse_body, refuse_headers
from webhooks.envelope import open_envelope
from webhooks.storing import Delivery, NotStored, store

PATH = "/webhooks/oceafin/"
LARGEST_BODY = 256 * 1024

SENTENCES = {
    Refused.HEADER_MISSING: "A timestamp, nonce or signature header is missing.",
    Refused.HEADER_UNREADABLE: "The timestamp or nonce header cannot be read.",
    Refused.STALE: "The timestamp is too old. Sign the delivery anew.",
    Refused.FROM_THE_FUTURE: "The timestamp lies in the future. Check the sender's clock.",
    Refused.SIGNATURE_WRONG: "The signature does not match these bytes.",
}

log = structlog.get_logger(__name__)

Environ = Mapping[str, Any]


class BodyRefused(Exception):
    """The body was not read, or not to its end."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class Door:
    """Takes Oceafin's deliveries as the first middleware; hands every other request on, untouched."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info != PATH:
            return self.get_response(request)
        return _answer(request.META)


def in_front_of(application: Application) -> Application:
    """The same door one step further out, for the web process: a delivery does not even become a request of
    Django's, which costs as much again as verifying it (see `make bench`)."""

    def door(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO") != PATH:
            return application(environ, start_response)
        response = _answer(environ)
        start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
        return [response.content]

    return door


def _answer(environ: Environ) -> HttpResponse:
    if environ["REQUEST_METHOD"] != "POST":
        response = _problem(405, "Deliveries are sent with POST.")
        response.headers["Allow"] = "POST"
        return response
    return receive(environ, now=datetime.now(UTC))


def receive(environ: Environ, *, now: datetime) -> HttpResponse:
    """Answer one delivery. `environ` is WSGI's: headers, and the body's stream not read yet."""
    timestamp = environ.get("HTTP_X_OCEAFIN_WEBHOOK_TIMESTAMP", "")
    nonce = environ.get("HTTP_X_OCEAFIN_WEBHOOK_NONCE", "")
    signature = environ.get("HTTP_X_OCEAFIN_WEBHOOK_SIGNATURE", "")
    try:
        refused = refuse_headers(
            timestamp=timestamp,
            nonce=nonce,
            signature=signature,
            now=now,
            freshness=settings.OCEAFIN_WEBHOOK_FRESHNESS,
        )
        length = _declared_length(environ)
        if refused is not None:
            return _refuse(refused, environ)
        body = _read_body(environ, length)
    except BodyRefused as error:
        return _problem(error.status, str(error))
    secrets = (
        settings.OCEAFIN_PARTNER_API_WEBHOOK_SECRET,
        settings.OCEAFIN_PARTNER_API_WEBHOOK_SECRET_PREVIOUS,
    )
    refused = refuse_body(timestamp=timestamp, nonce=nonce, signature=signature, body=body, secrets=secrets)
    if refused is not None:
        return _refuse(refused, environ)
    return _keep(Delivery(body, timestamp, nonce, signature))


def _keep(delivery: Delivery) -> HttpResponse:
    envelope = open_envelope(delivery.body)
    try:
        is_new = store(delivery, envelope)
    except NotStored as error:
        log.error("webhook.not_stored", event_id=envelope.event_id, error=str(error))
        return _problem(503, "The event could not be stored. Send it again.")
    if envelope.dead:
        log.warning("webhook.unreadable", event_id=envelope.event_id, reason=envelope.dead)
    elif is_new:
        bell.ring("events")
    response = HttpResponse(status=202)
    response.headers["Content-Length"] = "0"
    return response


def _refuse(reason: Refused, environ: Environ) -> HttpResponse:
    refusals.counter.add(reason, sender=environ.get("REMOTE_ADDR", ""))
    return _problem(401, SENTENCES[reason])


def _declared_length(environ: Environ) -> int | None:
    """The length that the sender declared, None for a body in chunks. Raises BodyRefused."""
    declared = environ.get("CONTENT_LENGTH") or ""
    if not declared:
        if not environ.get("HTTP_TRANSFER_ENCODING"):
            return 0
        if not environ.get("wsgi.input_terminated"):
            raise BodyRefused(411, "Say how long the body is.")
        return None
    if not declared.isascii() or not declared.isdigit():
        raise BodyRefused(400, "The length of the body cannot be read.")
    # Leading digits alone decide, so that a length of a thousand digits costs nothing.
    if len(declared.lstrip("0")) > 7 or int(declared) > LARGEST_BODY:
        raise BodyRefused(413, "The body is larger than 256 KiB.")
    return int(declared)


def _read_body(environ: Environ, length: int | None) -> bytes:
    """The whole body; of one in chunks never more than a byte above the limit. Raises BodyRefused."""
    stream = environ["wsgi.input"]
    wanted = LARGEST_BODY + 1 if length is None else length
    body = b""
    try:
        while len(body) < wanted:
            part = stream.read(wanted - len(body))
            if not part:
                break
            body = body + part if body else part
    except OSError as error:
        raise BodyRefused(400, "The body could not be read to its end.") from error
    if len(body) > LARGEST_BODY:
        raise BodyRefused(413, "The body is larger than 256 KiB.")
    if length is not None and len(body) < length:
        raise BodyRefused(400, "The body is shorter than its declared length.")
    return bytes(body)


def _problem(status: int, sentence: str) -> HttpResponse:
    body = json.dumps({"status": status, "title": sentence}).encode()
    response = HttpResponse(body, status=status, content_type="application/problem+json")
    response.headers["Content-Length"] = str(len(body))
    return response
