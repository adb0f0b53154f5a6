"""The event that every contestant is sent: as large as Oceafin's and Stripe's usually are. Standard library alone."""

import time
import uuid
from typing import Any


def fresh() -> dict[str, Any]:
    """One of Oceafin's, with `data` that makes it about 700 bytes."""
    return {
        "eventId": str(uuid.uuid4()),
        "eventType": "conversion.created",
        "customer": {"customerId": str(uuid.uuid4()), "partnerCustomerRef": "cust-100001"},
        "resource": {"resourceType": "bench", "resourceId": str(uuid.uuid4())},
        "occurredAt": "2026-06-28T00:00:00Z",
        "data": {"note": "x" * 350},
    }


def fresh_of_stripe() -> dict[str, Any]:
    """One of Stripe's, of a type that dj-stripe keeps and that needs no call to Stripe."""
    return {
        "id": f"evt_{uuid.uuid4().hex}",
        "object": "event",
        "api_version": "2024-06-20",
        "created": int(time.time()),
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": str(uuid.uuid4())},
        "type": "balance.available",
        "data": {"object": {"object": "balance", "livemode": False, "note": "x" * 250}},
    }
