"""Addresses to pay coins in to, and the Travel Rule: contract section 4 (assumed)."""

from typing import Any

from ..call import Call
from ..money import read_asset
from ..problems import Answer, Problem, answer, invalid
from ..reading import choice, optional_text, section, text
from ..resources import CRYPTO_DEPOSIT, DEPOSIT_ADDRESS, Resource
from ..world import World
from .customers import approved, customer_of
from .deposits import shown as shown_deposit
from .opening import coin_address


def make_address(world: World, call: Call) -> Answer:
    customer = approved(customer_of(world, call))
    asset, network = read_asset(call.data)
    made = world.resources.add(
        DEPOSIT_ADDRESS,
        status="PENDING",
        ref=text(call.data, "addressRef", longest=128),
        customer_id=customer.id,
        asset=asset,
        network=network,
        address=coin_address(world, network),
        label=optional_text(call.data, "label"),
    )
    world.walk.start(made)
    return answer(201, _address(made))


def addresses(world: World, call: Call) -> Answer:
    found, cursor = world.resources.page(DEPOSIT_ADDRESS, call.ids["customerId"], call.query)
    return answer(200, {"items": [_address(each) for each in found], "nextCursor": cursor})


def add_travel_rule(world: World, call: Call) -> Answer:
    """Who sent the coins, and from whose wallet: a provider's, or their own with a proof."""
    deposit = world.resources.find(CRYPTO_DEPOSIT, call.ids["depositId"])
    if deposit is None:
        raise Problem("PARTNER_RESOURCE_NOT_FOUND", "There is no such deposit.")
    choice(call.data, "originatorType", "INDIVIDUAL", "CORPORATE")
    text(call.data, "originatorName")
    if call.data.get("selfHosted"):
        text(call.data, "walletOwnershipProof", longest=4000)
    elif "originatingVasp" in call.data:
        text(section(call.data, "originatingVasp"), "name")
    else:
        raise invalid("originatingVasp", "must be given, or selfHosted")
    if deposit.status != "PENDING_TRAVEL_RULE":
        raise Problem("PARTNER_RESOURCE_STATE_INVALID", "The deposit waits for no Travel Rule information.")
    deposit.fields["informed"] = True
    world.walk.move(deposit, "PROCESSING")
    return answer(200, shown_deposit(deposit))


def _address(made: Resource) -> dict[str, Any]:
    return {
        "addressId": made.id,
        "addressRef": made.ref,
        "status": made.status,
        **made.fields,
        "memo": None,
        "createdAt": made.created_at,
        "updatedAt": made.updated_at,
    }
