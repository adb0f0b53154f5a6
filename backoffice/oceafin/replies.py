"""From status, headers and bytes to a typed reply (contract section 2). What is not believed is NoAnswer."""

import json
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

from backoffice.oceafin.ids import small_in
from backoffice.oceafin.wire import Answer, FieldError, NoAnswer, Problem, Reply

LONGEST_TEXT = 2000
MOST_ERRORS = 100
MOST_ZEROS = 30


def read_reply(status: int, headers: Mapping[str, str], body: bytes, **known: Any) -> Reply:
    """The typed reply of one whole exchange; `known` is what the attempt knows of itself (see wire)."""
    server_date = _http_date(headers.get("Date", ""))
    if 200 <= status < 300:
        data = _json(body) if body else ({} if _declared_empty(status, headers) else None)
        if isinstance(data, dict | list):
            return Answer(
                status,
                dict(headers),
                body,
                data,
                oceafin_request_id=_text(headers.get("X-Request-Id")),
                server_date=server_date,
                **known,
            )
        return NoAnswer(
            "It may have arrived: the answer is not in the form of Oceafin's answers.",
            True,
            status,
            server_date=server_date,
            body=body,
            **known,
        )
    if 400 <= status < 600:
        return _problem(status, headers, body, server_date, known)
    return NoAnswer(
        f"It may have arrived: the answer was status {status}, which Oceafin does not use.",
        True,
        status,
        server_date=server_date,
        body=body,
        **known,
    )


def unpacked(body: bytes, encoding: str, *, most: int) -> bytes:
    """The body without its Content-Encoding of gzip or deflate, which we never ask for and a proxy may still use.

    It is given back as it came, and so not believed, where it is broken or becomes longer than `most` bytes.
    """
    if encoding.strip().lower() not in {"gzip", "x-gzip", "deflate"}:
        return body
    # 32: its own first bytes say whether it is gzip or zlib.
    stream = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        plain = stream.decompress(body, most)
    except zlib.error:
        return body
    return plain if stream.eof and not stream.unused_data else body


def _problem(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    server_date: datetime | None,
    known: dict[str, Any],
) -> Problem:
    data = _json(body)
    fields = data if isinstance(data, dict) else {}
    code = _text(fields.get("code"))
    return Problem(
        status,
        code,
        _text(fields.get("title")),
        _text(fields.get("detail")),
        oceafin_request_id=_text(fields.get("requestId")) or _text(headers.get("X-Request-Id")),
        errors=_errors(fields.get("errors")),
        retry_after=_retry_after(headers.get("Retry-After", ""), server_date or known.get("sent_at")),
        server_date=server_date,
        readable=bool(code),
        headers=dict(headers),
        body=body,
        **known,
    )


def _declared_empty(status: int, headers: Mapping[str, str]) -> bool:
    # A reply that was cut after its status line also looks empty: only a declared emptiness is believed.
    return status in {204, 205} or headers.get("Content-Length", "").strip() == "0"


def _json(body: bytes) -> Any:
    """The JSON value, amounts exact; None when it is not JSON, or nested beyond anything of Oceafin's."""
    try:
        value = json.loads(
            small_in(body).decode("utf-8-sig"), parse_float=_written_out, parse_constant=_refuse
        )
    except (ValueError, RecursionError):
        return None
    # PostgreSQL stores neither NUL nor half a surrogate pair; a reply that carries one must still be settled.
    return _storable(value) if b"\\u" in body else value


def _written_out(number: str) -> str:
    """A JSON number digit by digit, as it came: of a very small one many writers make 1e-07. What would need a page
    of zeros is left as it is."""
    if "e" not in number and "E" not in number:
        return number
    exact = Decimal(number)
    return f"{exact:f}" if -MOST_ZEROS <= exact.adjusted() <= MOST_ZEROS else number


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON.")


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return _storable_text(value)
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {_storable_text(key): _storable(item) for key, item in value.items()}
    return value


def _storable_text(text: str) -> str:
    return "".join("�" if char == "\0" or "\ud800" <= char <= "\udfff" else char for char in text)


def _text(value: object) -> str:
    """A text field as it came, shortened; "" for anything that is no text."""
    return _storable_text(value[:LONGEST_TEXT]) if isinstance(value, str) else ""


def _errors(value: object) -> tuple[FieldError, ...]:
    """Field errors in any of the shapes that occur: objects, bare texts, or a table of texts by field."""
    if isinstance(value, dict):
        value = [{"field": name, "message": message} for name, message in value.items()]
    if not isinstance(value, list):
        return ()
    found = []
    for item in value[:MOST_ERRORS]:
        if isinstance(item, dict):
            error = FieldError(_text(item.get("field")), _text(item.get("message")))
        else:
            error = FieldError("", _text(item))
        if error.field or error.message:
            found.append(error)
    return tuple(found)


def _retry_after(value: str, reference: datetime | None) -> timedelta | None:
    """Seconds or an HTTP date (counted from the server's own clock where it told it) as a time to wait."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(int(value[:9]), 86_400))
    moment = _http_date(value)
    if moment is None or reference is None:
        return None
    return min(max(moment - reference, timedelta()), timedelta(days=1))


def _http_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
