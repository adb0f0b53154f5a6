"""Announcing: an event becomes rows in the transaction of the act, one for each endpoint that wants it."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from backoffice import once, prepared, vault
from backoffice.oceafin import bell
from webhooks.outgoing import kinds
from webhooks.outgoing.models import BODY_CONTEXT, Delivery, Endpoint, Message

# What our own code sends must fit what receivers commonly take.
LARGEST_BODY = 64 * 1024
# Endpoints in force (`Endpoint.objects.in_force`); one without a choice of its own wants all.
_THAT_WANT = f"""
SELECT id FROM {Endpoint._meta.db_table} WHERE confirmed_at IS NOT NULL AND revoked_at IS NULL
  AND (event_types = '{{}}' OR event_types @> ARRAY[%s]::varchar[]) ORDER BY id
"""  # noqa: S608 (our own table)


class CannotAnnounce(Exception):
    """A mistake of the caller: no transaction, an unknown kind, or a body too large to be taken."""


def announce(
    event_type: str, customer_key: UUID | None, body: Mapping[str, Any], now: datetime
) -> Message | None:
    """Tell the partner's systems of something, once what is told is committed.

    `event_type` was registered with `register_kind`. `body` is safe for the customer to read: references, states,
    words meant for them; never staff, notes, screening or holds. It is sealed under `customer_key` (the door's key
    where nobody in particular is meant) and sent as `{"type", "timestamp", "data"}`. Returns the message, or None
    where no endpoint wants it or the customer was erased. Raises CannotAnnounce.
    """
    if not connection.in_atomic_block:
        raise CannotAnnounce(f"{event_type} must be announced in the transaction of the act.")
    if not kinds.known(event_type):
        raise CannotAnnounce(f"{event_type} is not registered as a kind of event.")
    endpoints = once.asked(("endpoints", event_type), lambda: _that_want(event_type))
    try:
        return _write(event_type, customer_key, body, endpoints, now) if endpoints else None
    except vault.KeyDestroyed:
        # Of who was erased nothing is told any more, and the act itself goes on.
        return None


def announce_to(endpoint: Endpoint, event_type: str, body: Mapping[str, Any], now: datetime) -> Delivery:
    """The same to one endpoint alone, whatever it wants: a test. Call it in a transaction."""
    message = _write(event_type, None, body, [endpoint.pk], now)
    return message.deliveries.get()


def _that_want(event_type: str) -> list[int]:
    """Written out, because it is asked with every step of every record."""
    with prepared.cursor() as cursor:
        cursor.execute(_THAT_WANT, [event_type])
        return [pk for (pk,) in cursor.fetchall()]


def _write(
    event_type: str,
    customer_key: UUID | None,
    body: Mapping[str, Any],
    endpoints: list[int],
    now: datetime,
) -> Message:
    stated = {"type": event_type, "timestamp": now.isoformat(), "data": body}
    plain = json.dumps(stated, ensure_ascii=False, separators=(",", ":")).encode()
    if len(plain) > LARGEST_BODY:
        raise CannotAnnounce(
            f"The body of {event_type} has {len(plain)} bytes; at most {LARGEST_BODY} are sent."
        )
    key = customer_key or vault.door_key().pk
    message = Message.objects.create(
        message_id=f"msg_{secrets.token_hex(16)}",
        event_type=event_type,
        announced_at=now,
        vault_key=key,
        body_sealed=vault.seal(key, plain, context=BODY_CONTEXT),
        body_sha256=hashlib.sha256(plain).hexdigest(),
    )
    Delivery.objects.bulk_create(
        [
            Delivery(message=message, endpoint_id=endpoint, state_since=now, due_at=now)
            for endpoint in endpoints
        ]
    )
    bell.ring_after_commit("webhooks")
    return message
