"""Whether a delivery is Oceafin's, by its headers and raw bytes (contract section 5). Pure; parses nothing."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from backoffice.oceafin.signing import parse_timestamp, verify, webhook_base_string


class Refused(StrEnum):
    """Why a delivery was turned away."""

    HEADER_MISSING = "HEADER_MISSING"
    HEADER_UNREADABLE = "HEADER_UNREADABLE"
    STALE = "STALE"
    FROM_THE_FUTURE = "FROM_THE_FUTURE"
    SIGNATURE_WRONG = "SIGNATURE_WRONG"


def refuse_headers(
    *, timestamp: str, nonce: str, signature: str, now: datetime, freshness: timedelta
) -> Refused | None:
    """What can be said before the body is read: the reason to refuse, or None."""
    if not timestamp or not nonce or not signature:
        return Refused.HEADER_MISSING
    sent_at = parse_timestamp(timestamp)
    # A nonce with a line break could move the borders between the signed lines.
    if sent_at is None or not nonce.isascii() or not nonce.isprintable():
        return Refused.HEADER_UNREADABLE
    age = now - sent_at
    if age > freshness:
        return Refused.STALE
    if -age > freshness:
        return Refused.FROM_THE_FUTURE
    return None


def refuse_body(
    *, timestamp: str, nonce: str, signature: str, body: bytes, secrets: Sequence[str]
) -> Refused | None:
    """Whether one of the secrets signed exactly these bytes; None if so. Each comparison is constant-time."""
    base = webhook_base_string(timestamp=timestamp, nonce=nonce, body=body)
    for secret in secrets:
        if verify(secret, base, signature):
            return None
    return Refused.SIGNATURE_WRONG
