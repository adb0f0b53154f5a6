"""What Oceafin tells us, contract section 5.

An event is a row, written in the transaction of the change that it tells of. Its deliveries are made by
the threads of `postman`, so that no answer of the API ever waits for one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .clock import Clock, instant_of
from .faults import Faults
from .problems import to_json
from .resources import Resource, Resources
from .signatures import event_signature
from .store import Store

PENDING = "PENDING"  # to be delivered when it is due
DELIVERED = "DELIVERED"  # answered 2xx
FAILED = "FAILED"  # given up
LOST = "LOST"  # by a fault: never sent by itself
HELD = "HELD"  # by a fault: waits for the others of its bunch
NO_ENDPOINT = "NO_ENDPOINT"  # there was nowhere to send it

RETRY_AFTER = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)


@dataclass(frozen=True)
class Letter:
    """One delivery attempt, signed."""

    body: bytes
    timestamp: str
    nonce: str
    headers: dict[str, str]


class Events:
    def __init__(
        self, store: Store, clock: Clock, faults: Faults, resources: Resources, *, secret: str, url: str
    ) -> None:
        self._store = store
        self._clock = clock
        self._faults = faults
        self._resources = resources
        self._secret = secret
        self._url = url
        self.ring: Callable[[], None] = lambda: None
        # A bunch that a fault held is forgotten with the process; its events are not.
        self._store.run("UPDATE events SET state = ? WHERE state = ?", PENDING, HELD)

    @property
    def url(self) -> str:
        return str(self._store.setting("webhook_url", self._url))

    def tell(
        self,
        event_type: str,
        *,
        customer: Resource,
        resource_type: str,
        resource_id: str,
        occurred_at: str,
        data: dict[str, Any] | None = None,
    ) -> str:
        """Writes one event and returns its id; it is sent after the transaction around it is committed."""
        event_id = self._resources.new_id()
        event = {
            "eventId": event_id,
            "eventType": event_type,
            "customer": {"customerId": customer.id, "partnerCustomerRef": customer.ref},
            "resource": {"resourceType": resource_type, "resourceId": resource_id},
            "occurredAt": occurred_at,
            "data": data or {},
        }
        self._store.insert(
            "events",
            event_id=event_id,
            event_type=event_type,
            resource_type=resource_type,
            resource_id=resource_id,
            body=to_json(event),
            state=PENDING if self.url else NO_ENDPOINT,
            due_at=self._clock.now(),
            occurred_at=occurred_at,
        )
        if self.url:
            self._spoil(event_id, {"eventType": event_type, "resourceType": resource_type})
        self._store.after_commit(self.ring)
        return event_id

    def _spoil(self, event_id: str, facts: dict[str, str]) -> None:
        fault = self._faults.take({"lose_event", "delay_event", "reorder_events"}, facts)
        if fault is None:
            return
        if fault.name == "lose_event":
            self._store.run("UPDATE events SET state = ? WHERE event_id = ?", LOST, event_id)
        elif fault.name == "delay_event":
            later = self._clock.now() + fault.seconds(5)
            self._store.run("UPDATE events SET due_at = ? WHERE event_id = ?", later, event_id)
        else:
            self._store.run("UPDATE events SET state = ? WHERE event_id = ?", HELD, event_id)
            fault.held.append(event_id)
            if len(fault.held) >= int(fault.options.get("count", 2)):
                self._release_last_first(fault.held, fault.seconds(0.2))

    def _release_last_first(self, held: list[str], gap: float) -> None:
        for place, event_id in enumerate(reversed(held)):
            due_at = self._clock.now() + place * gap
            self._store.run("UPDATE events SET state=?, due_at=? WHERE event_id=?", PENDING, due_at, event_id)
        held.clear()

    def sign(
        self,
        body: bytes,
        *,
        age: float = 0,
        secret: str = "",
        nonce: str = "",
        timestamp: str = "",
        signature: str = "",
    ) -> Letter:
        """A signed delivery of these bytes; every part of it can be made wrong on purpose."""
        timestamp = timestamp or instant_of(self._clock.wire_now() - age)
        nonce = nonce or self._resources.new_id()
        key = secret or str(self._store.setting("webhook_secret", self._secret))
        right = event_signature(key, timestamp=timestamp, nonce=nonce, body=body)
        headers = {
            "Content-Type": "application/json",
            "X-Oceafin-Webhook-Timestamp": timestamp,
            "X-Oceafin-Webhook-Nonce": nonce,
            "X-Oceafin-Webhook-Signature": signature or right,
        }
        return Letter(body, timestamp, nonce, headers)
