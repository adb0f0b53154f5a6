"""What the control calls show."""

import json
from typing import Any

from .resources import Resource
from .store import Store


def resource(found: Resource) -> dict[str, Any]:
    return {
        "resourceType": found.type,
        "resourceId": found.id,
        "customerId": found.customer_id,
        "ref": found.ref,
        "status": found.status,
        "script": found.script,
        "createdAt": found.created_at,
        "updatedAt": found.updated_at,
        "fields": found.fields,
    }


def requests(store: Store, query: dict[str, Any]) -> list[dict[str, Any]]:
    """What came in, oldest first; `since` leaves out what was seen before."""
    rows = store.rows("SELECT * FROM requests WHERE seq > ? ORDER BY seq", int(query.get("since", 0)))
    return [
        {
            "seq": row["seq"],
            "at": row["at"],
            "method": row["method"],
            "path": row["path"],
            "operation": row["operation"],
            "clientId": row["client"],
            "key": row["key"],
            "nonce": row["nonce"],
            "timestamp": row["timestamp"],
            "requestId": row["request_id"],
            "bodySha256": row["body_sha256"],
            "outcome": row["outcome"],
            "fault": row["fault"],
            "status": row["status"],
            "code": row["code"],
        }
        for row in rows
    ]


def events(store: Store, query: dict[str, Any]) -> list[dict[str, Any]]:
    """Each event with its deliveries and what was answered (0: nobody did); `state` shows those in it only."""
    wanted = str(query.get("state", ""))
    found = store.rows("SELECT * FROM events WHERE ? IN ('', state) ORDER BY seq", wanted)
    if not found:
        return []
    deliveries: dict[str, list[dict[str, Any]]] = {}
    for row in store.rows("SELECT * FROM deliveries ORDER BY seq"):
        delivery = {
            name: row[name] for name in ("nonce", "timestamp", "kind", "status", "error", "milliseconds")
        }
        deliveries.setdefault(row["event_id"], []).append(delivery)
    return [
        {
            "eventId": row["event_id"],
            "eventType": row["event_type"],
            "resourceType": row["resource_type"],
            "resourceId": row["resource_id"],
            "occurredAt": row["occurred_at"],
            "state": row["state"],
            "attempts": row["attempts"],
            "body": json.loads(row["body"]),
            "deliveries": deliveries.get(row["event_id"], []),
        }
        for row in found
    ]
