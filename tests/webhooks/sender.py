"""Signs and sends deliveries as Oceafin does, written from the contract and not from our own code."""

import hashlib
import hmac
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client

PATH = "/webhooks/oceafin/"
SECRET = "test-webhook-secret"  # as in tests/environment.py


def event(**changes: Any) -> dict[str, Any]:
    """The contract's example, with an id of its own."""
    return {
        "eventId": str(uuid.uuid4()),
        "eventType": "thing.updated",
        "customer": {"customerId": str(uuid.uuid4()), "partnerCustomerRef": "cust-100001"},
        "resource": {"resourceType": "thing", "resourceId": str(uuid.uuid4())},
        "occurredAt": "2026-06-28T00:00:00Z",
        "data": {},
        **changes,
    }


def to_bytes(value: Any) -> bytes:
    return json.dumps(value).encode()


def signed(
    body: bytes, *, secret: str = SECRET, age: timedelta = timedelta(0), nonce: str = ""
) -> dict[str, str]:
    """The three headers of one delivery attempt."""
    timestamp = (datetime.now(UTC) - age).strftime("%Y-%m-%dT%H:%M:%SZ")
    nonce = nonce or uuid.uuid4().hex
    base = "\n".join([timestamp, nonce, hashlib.sha256(body).hexdigest()])
    return {
        "X-Oceafin-Webhook-Timestamp": timestamp,
        "X-Oceafin-Webhook-Nonce": nonce,
        "X-Oceafin-Webhook-Signature": hmac.new(secret.encode(), base.encode(), "sha256").hexdigest(),
    }


class Sender:
    def __init__(self, client: Client) -> None:
        self._client = client

    def send(self, body: Any, *, headers: dict[str, str] | None = None, **signing: Any) -> int:
        """Deliver an event (or bytes), signed unless headers are given; return the status."""
        raw = body if isinstance(body, bytes) else to_bytes(body)
        return self.post(raw, signed(raw, **signing) if headers is None else headers).status_code

    def post(self, raw: bytes, headers: dict[str, str], **extra: Any) -> Any:
        return self._client.post(PATH, raw, content_type="application/json", headers=headers, **extra)
