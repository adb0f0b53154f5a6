"""Signatures of the Oceafin Partner API: base strings, HMAC, nonces, timestamps (contract sections 1, 5).

Pure: no Django, no settings, no clock. Whoever calls passes the secret, the exact bytes and the time.
"""

import hashlib
import hmac
import re
import secrets
from datetime import UTC, datetime

EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()

_compare = hmac.compare_digest
_digest = hmac.digest
_sha256 = hashlib.sha256

# RFC 3339, which lets T and Z be small. Seconds may be missing: so Java prints the offset date-time of a full minute.
_OFFSET_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def body_sha256(body: bytes) -> str:
    """Lowercase hex SHA-256 of the exact body bytes; of no body, that of the empty string."""
    return _sha256(body).hexdigest()


def base_string(
    *, method: str, path_url: str, body: bytes, timestamp: str, nonce: str, idempotency_key: str = ""
) -> str:
    """The six lines that a request's signature covers, joined by LF (contract section 1).

    `path_url` is path and query exactly as they go over the wire, from `/partner/v1` on.
    Raises ValueError when a part contains a line break: two requests could then share one signature.
    """
    return base_string_of_hash(
        method=method,
        path_url=path_url,
        body_sha256=_sha256(body).hexdigest(),
        timestamp=timestamp,
        nonce=nonce,
        idempotency_key=idempotency_key,
    )


def base_string_of_hash(
    *, method: str, path_url: str, body_sha256: str, timestamp: str, nonce: str, idempotency_key: str = ""
) -> str:
    """As `base_string`, for a body that is streamed and whose lowercase hex SHA-256 is already known."""
    base = f"{method}\n{path_url}\n{body_sha256}\n{timestamp}\n{nonce}\n{idempotency_key}"
    if base.count("\n") != 5:
        raise ValueError("No part of a signed request may contain a line break.")
    return base


def webhook_base_string(*, timestamp: str, nonce: str, body: bytes) -> str:
    """The three lines that a webhook's signature covers, over the raw body (contract section 5)."""
    return f"{timestamp}\n{nonce}\n{_sha256(body).hexdigest()}"


def sign(secret: str, base: str) -> str:
    """Lowercase hex HMAC-SHA256 of the base string. Raises ValueError for an empty secret."""
    if not secret:
        raise ValueError("The secret is empty. Nothing can be signed with it.")
    return _digest(secret.encode(), base.encode(), "sha256").hex()


def verify(secret: str, base: str, signature: str) -> bool:
    """Whether `signature` is that of the base string under `secret`, compared in constant time.

    Never true for an empty secret. Hostile text is only false, never an error.
    """
    if not secret:
        return False
    expected = _digest(secret.encode(), base.encode("utf-8", "surrogatepass"), "sha256").hex()
    return _compare(expected.encode(), signature.encode("utf-8", "surrogatepass"))


def format_timestamp(now: datetime) -> str:
    """`2026-06-28T00:00:00Z`: UTC, whole seconds. Raises ValueError for a naive datetime."""
    if now.tzinfo is None:
        raise ValueError("A timestamp needs a time zone.")
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_timestamp(text: str) -> datetime | None:
    """An offset date-time as an aware datetime in UTC; None for anything else (no offset, no such day)."""
    if not _OFFSET_DATE_TIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def new_nonce() -> str:
    """A fresh random value for one attempt: 32 lowercase hex digits, 128 bits."""
    return secrets.token_hex(16)
