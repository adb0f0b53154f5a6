"""The body of a message as staff see it: every key, and values only where they are ids, states and instants."""

import json
from collections.abc import Iterator
from typing import Any

from backoffice import vault
from webhooks.outgoing.models import Message

# What a customer reads, and whatever a later kind adds, stays masked unless it is named here.
PLAIN = frozenset(
    {
        "type",
        "timestamp",
        "at",
        "by",
        "caseRef",
        "code",
        "customerId",
        "documentType",
        "dueAt",
        "endpoint",
        "isFallback",
        "itemId",
        "itemsLeftOut",
        "language",
        "messages",
        "partnerCustomerRef",
        "previousState",
        "previousStatus",
        "reminder",
        "state",
        "status",
        "wantedLanguage",
    }
)


def shown_rows(message: Message) -> tuple[list[tuple[str, str, bool]], bool]:
    """(key, value, hidden) of each field, and whether it was erased."""
    try:
        body = json.loads(message.body)
    except vault.KeyDestroyed:
        return [], True
    return [_row(key, value) for key, value in _leaves(body, "")], False


def _row(key: str, value: str) -> tuple[str, str, bool]:
    hidden = key.rpartition(".")[2] not in PLAIN and value not in {"", "–"}
    return key, vault.mask(value, keep=0) if hidden else value, hidden


def _leaves(value: Any, key: str) -> Iterator[tuple[str, str]]:
    if key.rpartition(".")[2] == "messages":
        # The languages that there are; their words are for the customer.
        yield key, ", ".join(value)
    elif isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _leaves(inner, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list) and value:
        for place, inner in enumerate(value, start=1):
            yield from _leaves(inner, f"{key} {place}")
    else:
        yield key, "–" if value is None or value in ({}, []) else str(value)
