"""What is written on an event, read from its verified bytes. Pure. Nothing in them can make this fail."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backoffice.oceafin.ids import small
from backoffice.oceafin.signing import parse_timestamp

LONGEST = 255


@dataclass(frozen=True, slots=True)
class Envelope:
    """`dead` says why the event has no id of its own; it is then kept under the hash of its bytes."""

    event_id: str
    body_sha256: str
    event_type: str = ""
    resource_type: str = ""
    resource_id: str = ""
    oceafin_customer_id: str = ""
    partner_customer_ref: str = ""
    occurred_at: datetime | None = None
    dead: str = ""


class _Number(str):
    """A number as it was written. Not a text, and never too large to be read."""

    __slots__ = ()


def open_envelope(body: bytes) -> Envelope:
    """The event's id and what it is about. Fields that are no text are left empty; the body has them."""
    sha256 = hashlib.sha256(body).hexdigest()
    nameless = f"sha256:{sha256}"
    try:
        event = json.loads(body, parse_int=_Number, parse_float=_Number, parse_constant=_Number)
    except RecursionError:
        return Envelope(nameless, sha256, dead="It is nested too deep to be read.")
    except ValueError:
        return Envelope(nameless, sha256, dead="It is not JSON.")
    if type(event) is not dict:
        return Envelope(nameless, sha256, dead="It is JSON, but not an object.")
    event_id, dead = _event_id(event.get("eventId"))
    customer, resource = _object(event.get("customer")), _object(event.get("resource"))
    return Envelope(
        event_id or nameless,
        sha256,
        _text(event.get("eventType")),
        _text(resource.get("resourceType")),
        small(_text(resource.get("resourceId"))),
        small(_text(customer.get("customerId"))),
        _text(customer.get("partnerCustomerRef")),
        _instant(event.get("occurredAt")),
        dead,
    )


def _event_id(value: Any) -> tuple[str, str]:
    if type(value) is not str:
        return "", "It has no eventId that is a text."
    if not value.strip():
        return "", "Its eventId is empty."
    if not value.isascii() or not value.isprintable():
        return "", "Its eventId holds characters that no id has."
    if len(value) > LONGEST:
        return f"id-sha256:{hashlib.sha256(value.encode()).hexdigest()}", ""
    return value, ""


def _object(value: Any) -> dict[str, Any]:
    return value if type(value) is dict else {}


def _text(value: Any) -> str:
    """A text that the database can hold: it takes neither NUL nor half a surrogate pair."""
    if type(value) is not str:
        return ""
    text: str = value if value.isascii() else value.encode("utf-8", "replace").decode()
    return text[:LONGEST].replace("\0", "�")


def _instant(value: Any) -> datetime | None:
    return parse_timestamp(value) if type(value) is str else None
