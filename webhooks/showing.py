"""The body of an event as a person may see it: every key, and values only where they are no personal data."""

from collections.abc import Iterator
from typing import Any

from backoffice import vault
from webhooks.models import Event

ROWS_AT_MOST = 200
TEXT_AT_MOST = 4000
DEEPEST = 12
# The envelope, which holds ids; what `data` and unknown fields hold may be about a person.
PLAIN = frozenset(
    {
        "eventId",
        "eventType",
        "customer.customerId",
        "customer.partnerCustomerRef",
        "resource.resourceType",
        "resource.resourceId",
        "occurredAt",
        "data.status",
        "data.updatedAt",
    }
)


def rows_of(event: Event, *, personal: bool) -> list[tuple[str, str, bool]]:
    """(key, value, hidden) of each field, in Oceafin's order; values masked unless `personal`.

    A body that is no object is one row of text. Raises vault.KeyDestroyed when it was erased.
    """
    payload = event.payload
    if not payload:
        text = event.body[:TEXT_AT_MOST].decode("utf-8", "replace")
        return [("", text, False)] if personal else [("", vault.mask(text, keep=0), True)]
    rows = []
    for key, value in _leaves(payload, "", 0):
        hidden = not personal and key not in PLAIN and value not in {"", "–"}
        rows.append((key, vault.mask(value) if hidden else value, hidden))
        if len(rows) == ROWS_AT_MOST:
            break
    return rows


def _leaves(value: Any, key: str, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value and depth < DEEPEST:
        for name, inner in value.items():
            yield from _leaves(inner, f"{key}.{name}" if key else str(name), depth + 1)
    elif isinstance(value, list) and value and depth < DEEPEST:
        for place, inner in enumerate(value):
            yield from _leaves(inner, f"{key}[{place}]", depth + 1)
    elif value is None or value == {} or value == []:
        yield key, "–"
    else:
        yield key, str(value)[:TEXT_AT_MOST]
