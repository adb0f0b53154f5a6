"""One statement, one commit: a genuine event becomes a row before it is answered."""

from dataclasses import dataclass
from typing import Any, NoReturn

import psycopg
from django.db import Error as DjangoDatabaseError
from django.db import connection as django_connection

from backoffice import vault
from webhooks.envelope import Envelope
from webhooks.models import BODY_CONTEXT

# Of many deliveries of one event, however they meet, one row stays: the unique id decides, not a read before.
_INSERT = """
INSERT INTO webhooks_event (event_id, event_type, resource_type, resource_id, oceafin_customer_id,
    partner_customer_ref, occurred_at, state, reason, vault_key, body_sealed, body_sha256, timestamp, nonce,
    signature)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
ON CONFLICT (event_id) DO NOTHING
"""

# Its type is that of every database; this module is about one.
connection: Any = django_connection

_AWAY = (psycopg.Error, DjangoDatabaseError, vault.KeyDestroyed, vault.SealBroken)


class NotStored(Exception):
    """The event is not safe with us; whoever sent it has to send it again."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """The raw bytes and the headers that prove them."""

    body: bytes
    timestamp: str
    nonce: str
    signature: str


def store(delivery: Delivery, envelope: Envelope) -> bool:
    """Write the event, commit, and say whether it is new. Raises NotStored, and then nothing was promised."""
    kept_open = connection.connection is not None
    # The check that Django makes before a kept connection is used again costs a round trip per event. A
    # connection that the server has dropped shows by failing here; then the event goes over a new one.
    connection.health_check_done = True
    try:
        return _insert(delivery, envelope)
    except _AWAY as error:
        if not kept_open or not _dropped():
            _give_up(error)
    try:
        return _insert(delivery, envelope)
    except _AWAY as error:
        _give_up(error)


def _insert(delivery: Delivery, envelope: Envelope) -> bool:
    key = vault.door_key().pk
    sealed = vault.seal(key, delivery.body, context=BODY_CONTEXT)
    connection.ensure_connection()
    # Django's own cursor binds on the client's side and prepares nothing.
    with psycopg.RawCursor(connection.connection) as cursor:
        cursor.execute(
            _INSERT,
            (
                envelope.event_id,
                envelope.event_type,
                envelope.resource_type,
                envelope.resource_id,
                envelope.oceafin_customer_id,
                envelope.partner_customer_ref,
                envelope.occurred_at,
                "DEAD" if envelope.dead else "RECEIVED",
                envelope.dead,
                key,
                sealed,
                envelope.body_sha256,
                delivery.timestamp,
                delivery.nonce,
                delivery.signature,
            ),
            prepare=True,
        )
        return cursor.rowcount == 1


def _dropped() -> bool:
    if connection.in_atomic_block or (connection.connection is not None and connection.is_usable()):
        return False
    connection.close()
    return True


def _give_up(error: Exception) -> NoReturn:
    if not connection.in_atomic_block:
        connection.close()
    raise NotStored(type(error).__name__) from error
