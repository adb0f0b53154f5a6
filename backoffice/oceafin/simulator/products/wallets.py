"""Beneficiary wallets: contract section 4 (assumed)."""

import re
from typing import Any

from ..call import Call
from ..money import read_asset
from ..problems import Answer, Problem, answer, invalid
from ..reading import choice, optional_text, text
from ..resources import WALLET_ADDRESS, Resource
from ..world import World
from .customers import approved, customer_of

# How an address of each network looks; its checksum is for whoever sends to it.
_BASE58 = "[1-9A-HJ-NP-Za-km-z]"
LOOKS = {
    "BITCOIN": re.compile(rf"bc1[0-9a-z]{{8,87}}|[13]{_BASE58}{{25,34}}"),
    "TRON": re.compile(rf"T{_BASE58}{{33}}"),
    "SOLANA": re.compile(rf"{_BASE58}{{32,44}}"),
}
EVM = re.compile(r"0x[0-9A-Fa-f]{40}")


def create(world: World, call: Call) -> Answer:
    customer = approved(customer_of(world, call))
    data = call.data
    asset, network = read_asset(data)
    address = text(data, "address", longest=128)
    if not LOOKS.get(network, EVM).fullmatch(address):
        raise invalid("address", f"is no address of {network}")
    if "holderType" in data:
        choice(data, "holderType", "SAME_NAME", "THIRD_PARTY")
    holder = optional_text(data, "holderName") or ""
    made = world.resources.add(
        WALLET_ADDRESS,
        status="PENDING",
        ref=text(data, "walletAddressRef", longest=128),
        customer_id=customer.id,
        script="reject" if holder.lower().rstrip(")]").endswith("reject") else "approve",
        asset=asset,
        network=network,
        address=address,
        memo=optional_text(data, "memo"),
        label=optional_text(data, "label"),
        holderType=data.get("holderType"),
    )
    world.walk.start(made)
    return answer(201, shown(made))


def page(world: World, call: Call) -> Answer:
    found, cursor = world.resources.page(WALLET_ADDRESS, call.ids["customerId"], call.query)
    return answer(200, {"items": [shown(wallet) for wallet in found], "nextCursor": cursor})


def shown(wallet: Resource) -> dict[str, Any]:
    return {
        "walletAddressId": wallet.id,
        "walletAddressRef": wallet.ref,
        "status": wallet.status,
        **wallet.fields,
        "createdAt": wallet.created_at,
        "updatedAt": wallet.updated_at,
    }


def active(world: World, wallet_id: str, customer: Resource, asset: str, network: str) -> Resource:
    """The customer's own wallet, ready for this token on this network; raises a Problem otherwise."""
    wallet = world.resources.find(WALLET_ADDRESS, wallet_id)
    if wallet is None or wallet.customer_id != customer.id:
        raise Problem("PARTNER_RESOURCE_NOT_FOUND", "There is no such wallet of this customer.")
    if wallet.status != "ACTIVE":
        raise Problem("PARTNER_RESOURCE_STATE_INVALID", "The wallet is not active.")
    if (wallet.fields["asset"], wallet.fields["network"]) != (asset, network):
        raise invalid("network", "is not what the wallet takes")
    return wallet
