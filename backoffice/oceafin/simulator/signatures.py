"""Signatures as contract section 1 and section 5 word them, written a second time and shared with nobody."""

import hashlib
import hmac


def sha256_hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def request_signature(
    secret: str, *, method: str, target: str, body: bytes, timestamp: str, nonce: str, key: str
) -> str:
    """What `X-Partner-Signature` must be; `target` is path and query as they stood on the wire."""
    lines = [method, target, sha256_hex(body), timestamp, nonce, "" if method == "GET" else key]
    return _hmac_hex(secret, lines)


def event_signature(secret: str, *, timestamp: str, nonce: str, body: bytes) -> str:
    """What `X-Oceafin-Webhook-Signature` is."""
    return _hmac_hex(secret, [timestamp, nonce, sha256_hex(body)])


def equal(ours: str, theirs: str) -> bool:
    return hmac.compare_digest(ours.encode(), theirs.encode("utf-8", "replace"))


def _hmac_hex(secret: str, lines: list[str]) -> str:
    message = "\n".join(lines).encode("utf-8", "surrogateescape")
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
