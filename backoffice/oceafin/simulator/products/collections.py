"""Collection wallets: contract section 4 (the resource is stated, its paths are assumed)."""

from typing import Any

from ..call import Call
from ..money import read_asset
from ..problems import Answer, Problem, answer
from ..reading import optional_text, text
from ..resources import COLLECTION_WALLET, Resource
from ..world import World
from .customers import approved, customer_of
from .opening import coin_address


def make_wallet(world: World, call: Call) -> Answer:
    customer = approved(customer_of(world, call))
    asset, network = read_asset(call.data)
    wallet = world.resources.add(
        COLLECTION_WALLET,
        status="PENDING",
        ref=text(call.data, "collectionWalletRef", longest=128),
        customer_id=customer.id,
        asset=asset,
        network=network,
        address=coin_address(world, network),
        label=optional_text(call.data, "label"),
    )
    world.walk.start(wallet)
    world.walk.tell(wallet)
    return answer(201, shown(wallet))


def wallets(world: World, call: Call) -> Answer:
    found, cursor = world.resources.page(COLLECTION_WALLET, call.ids["customerId"], call.query)
    return answer(200, {"items": [shown(wallet) for wallet in found], "nextCursor": cursor})


def one_wallet(world: World, call: Call) -> Answer:
    wallet = world.resources.find(COLLECTION_WALLET, call.ids["walletId"])
    if wallet is None:
        raise Problem("PARTNER_RESOURCE_NOT_FOUND", "There is no such collection wallet.")
    return answer(200, shown(wallet))


def shown(wallet: Resource) -> dict[str, Any]:
    return {
        "walletId": wallet.id,
        "collectionWalletRef": wallet.ref,
        "status": wallet.status,
        **wallet.fields,
        "createdAt": wallet.created_at,
        "updatedAt": wallet.updated_at,
    }
