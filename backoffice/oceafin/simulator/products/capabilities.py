"""What may be paid out, currency by currency, and its activation: contract section 4.

Everything offered is active, unless the control call `settings` says otherwise.
"""

import uuid
from typing import Any

from ..call import Call
from ..money import read_currency
from ..problems import Answer, Problem, answer, invalid
from ..reading import text
from ..resources import CAPABILITY, Resource
from ..world import World
from .customers import approved, customer_of

OFFERED = {"EUR": "DE", "GBP": "GB", "USD": "US"}
MISSING = [
    {"code": "EXPECTED_VOLUME", "message": "How much will be paid out in a month?", "documentType": None},
]


def page(world: World, call: Call) -> Answer:
    customer = customer_of(world, call)
    return answer(200, {"items": [_shown(world, customer.id, each) for each in OFFERED], "nextCursor": None})


def activate(world: World, call: Call) -> Answer:
    """What it plays is in the setting: `{"GBP": "missing"}` asks for more first, "rejected" ends badly."""
    customer = approved(customer_of(world, call))
    currency = read_currency(call.data)
    if currency not in OFFERED:
        raise invalid("currency", "is not one that is paid out in")
    ref = text(call.data, "capabilityRef", longest=160)
    if _asked_for(world, customer.id, currency) is not None or is_active(world, customer.id, currency):
        raise Problem("PARTNER_RESOURCE_STATE_INVALID", "This capability is not to be activated.")
    made = world.resources.add(
        CAPABILITY,
        status="PENDING",
        ref=ref,
        customer_id=customer.id,
        script=_inactive(world)[currency],
        currency=currency,
    )
    world.walk.start(made)
    return answer(201, _shown(world, customer.id, currency))


def add_info(world: World, call: Call) -> Answer:
    found = _of_id(world, call.ids["capabilityId"])
    if found is None:
        raise Problem("PARTNER_RESOURCE_NOT_FOUND", "There is no such capability.")
    if not call.data:
        raise invalid("body", "must carry the information that was asked for")
    if found.status != "MISSING_INFO_REQUIRED":
        raise Problem("PARTNER_RESOURCE_STATE_INVALID", "Nothing was asked for.")
    found.fields["informed"] = True
    world.walk.move(found, "PENDING")
    return answer(200, _shown(world, found.customer_id, found.fields["currency"]))


def is_active(world: World, customer_id: str, currency: str) -> bool:
    return bool(_status(world, customer_id, currency) == "ACTIVE")


def _status(world: World, customer_id: str, currency: str) -> str:
    asked_for = _asked_for(world, customer_id, currency)
    if asked_for is not None:
        return asked_for.status
    return "AVAILABLE" if currency in _inactive(world) else "ACTIVE"


def _inactive(world: World) -> dict[str, str]:
    return dict(world.store.setting("inactive_capabilities", {}))


def _asked_for(world: World, customer_id: str, currency: str) -> Resource | None:
    found = world.resources.of_customer(CAPABILITY, customer_id)
    return next((each for each in found if each.fields["currency"] == currency), None)


def _of_id(world: World, capability_id: str) -> Resource | None:
    return next(
        (
            each
            for each in world.resources.all(CAPABILITY)
            if _id(each.customer_id, each.fields["currency"]) == capability_id
        ),
        None,
    )


def _id(customer_id: str, currency: str) -> str:
    return str(uuid.uuid5(uuid.UUID(customer_id), f"withdrawal:{currency}"))


def _shown(world: World, customer_id: str, currency: str) -> dict[str, Any]:
    status = _status(world, customer_id, currency)
    asked_for = _asked_for(world, customer_id, currency)
    return {
        "capabilityId": _id(customer_id, currency),
        "capabilityRef": asked_for.ref if asked_for else None,
        "status": status,
        "currency": currency,
        "country": OFFERED[currency],
        "missing": MISSING if status == "MISSING_INFO_REQUIRED" else None,
        "updatedAt": asked_for.updated_at if asked_for else None,
    }
