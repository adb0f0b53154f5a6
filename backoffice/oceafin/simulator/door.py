"""Who is it, and was this key seen before: contract section 1."""

import sqlite3

from .call import Call
from .clock import seconds_of
from .problems import Answer, Problem, invalid
from .signatures import equal, request_signature, sha256_hex
from .world import World

AUTH_HEADERS = ("X-Partner-Client-Id", "X-Partner-Timestamp", "X-Partner-Nonce", "X-Partner-Signature")
SHORTEST_NONCE = 16
# Decisions of a product are remembered. What was never decided (malformed, not allowed, unavailable) is not.
REMEMBERED = {200, 201, 202, 404, 409}


def authenticate(world: World, call: Call) -> None:
    """Checks headers, client, freshness, signature, nonce, in this order; burns the nonce. Raises Problem."""
    client, timestamp, nonce, signature = (call.header(name) for name in AUTH_HEADERS)
    missing = [name for name in AUTH_HEADERS if not call.header(name)]
    if missing:
        raise Problem("PARTNER_AUTH_FAILED", f"The header {missing[0]} is missing.")
    if client != world.options.client_id:
        raise Problem("PARTNER_AUTH_FAILED", "The client is unknown or not active.")
    if len(nonce) < SHORTEST_NONCE:
        raise Problem("PARTNER_AUTH_FAILED", f"The nonce must have at least {SHORTEST_NONCE} characters.")
    signed_at = seconds_of(timestamp)
    if signed_at is None:
        raise Problem("PARTNER_AUTH_FAILED", "The timestamp is not an offset date-time.")
    if abs(world.clock.wire_now() - signed_at) > world.options.freshness:
        raise Problem("PARTNER_SIGNATURE_EXPIRED", "The timestamp is outside the freshness window.")
    expected = request_signature(
        world.options.client_secret,
        method=call.method,
        target=call.target,
        body=call.body,
        timestamp=timestamp,
        nonce=nonce,
        key=call.key,
    )
    if not equal(expected, signature):
        raise Problem("PARTNER_SIGNATURE_INVALID", "The signature does not match the request.")
    try:
        world.store.insert("nonces", client=client, nonce=nonce)
    except sqlite3.IntegrityError:
        raise Problem("PARTNER_NONCE_REPLAYED", "The nonce was used before.") from None
    if not call.header("X-Request-Id"):
        raise invalid("X-Request-Id", "the header is missing")
    if call.method != "GET" and not 1 <= len(call.key) <= 255:
        raise invalid("Idempotency-Key", "the header is missing or too long")


def recall(world: World, call: Call) -> Answer | None:
    """The stored answer of this key; None if the key is new. Raises PARTNER_IDEMPOTENCY_CONFLICT."""
    since = world.clock.now() - world.options.key_lifetime
    world.store.run(
        "DELETE FROM remembered WHERE client=? AND key=? AND at<?", _client(call), call.key, since
    )
    row = world.store.row("SELECT * FROM remembered WHERE client=? AND key=?", _client(call), call.key)
    if row is None:
        return None
    same = (row["method"], row["path"], row["body_sha256"]) == (
        call.method,
        call.target,
        sha256_hex(call.body),
    )
    if not same:
        raise Problem("PARTNER_IDEMPOTENCY_CONFLICT", "The key was used before with another request.")
    return Answer(row["status"], row["body"], row["content_type"])


def remember(world: World, call: Call, answer: Answer) -> None:
    """Keeps the answer for the next request with this key, in the transaction that did the work."""
    if answer.status not in REMEMBERED:
        return
    world.store.insert(
        "remembered",
        client=_client(call),
        key=call.key,
        method=call.method,
        path=call.target,
        body_sha256=sha256_hex(call.body),
        status=answer.status,
        content_type=answer.content_type,
        body=answer.body,
        at=world.clock.now(),
    )


def _client(call: Call) -> str:
    return call.header("X-Partner-Client-Id")
