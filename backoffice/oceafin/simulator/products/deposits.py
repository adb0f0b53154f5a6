"""Money that came in: fiat deposits, crypto deposits, collections. It comes by a control call, or with `--auto`."""

from typing import Any

from ..call import Call
from ..money import plain, read_amount, read_asset, read_currency
from ..problems import Answer, Problem, answer
from ..reading import choice, optional_text
from ..resources import (
    COLLECTION,
    COLLECTION_WALLET,
    CRYPTO_DEPOSIT,
    DEPOSIT_ADDRESS,
    FIAT_ACCOUNT,
    FIAT_DEPOSIT,
    Resource,
)
from ..world import World
from .opening import coin_address, coin_hash

ID_NAMES = {FIAT_DEPOSIT: "depositId", CRYPTO_DEPOSIT: "depositId", COLLECTION: "collectionId"}
HOMES = {
    FIAT_DEPOSIT: (FIAT_ACCOUNT, "fiatAccountId"),
    CRYPTO_DEPOSIT: (DEPOSIT_ADDRESS, "addressId"),
    COLLECTION: (COLLECTION_WALLET, "walletId"),
}
SCRIPTS = ("completed", "failed", "returned", "travel_rule")


def arrive(world: World, customer: Resource, data: dict[str, Any]) -> Resource:
    """A deposit appears, PENDING. `simulate` says how it goes on."""
    kind = choice(data, "kind", *ID_NAMES)
    script = choice({"simulate": data.get("simulate", "completed")}, "simulate", *SCRIPTS)
    fields = _fiat(data) if kind == FIAT_DEPOSIT else _coins(world, data)
    home, name = HOMES[kind]
    fields[name] = _home(world, home, customer, fields)
    deposit = world.resources.add(kind, status="PENDING", customer_id=customer.id, script=script, **fields)
    world.walk.start(deposit)
    if data.get("tell", True):
        world.walk.tell(deposit)
    return deposit


def _fiat(data: dict[str, Any]) -> dict[str, Any]:
    currency = read_currency(data)
    return {
        "currency": currency,
        "amount": plain(read_amount(data, currency), currency),
        "feeAmount": plain(read_amount({"amount": "1"}, currency) * 0, currency),
        "senderName": optional_text(data, "senderName"),
        "paymentReference": optional_text(data, "paymentReference"),
    }


def _coins(world: World, data: dict[str, Any]) -> dict[str, Any]:
    asset, network = read_asset(data)
    return {
        "asset": asset,
        "network": network,
        "amount": plain(read_amount(data, asset), asset),
        "senderAddress": optional_text(data, "senderAddress") or coin_address(world, network),
        "transactionHash": coin_hash(world),
        "confirmations": 1,
    }


def _home(world: World, kind: str, customer: Resource, fields: dict[str, Any]) -> str | None:
    """The newest account, address or wallet of the customer's that fits; None if it came without one."""
    for found in reversed(world.resources.of_customer(kind, customer.id)):
        if all(
            found.fields.get(name) == fields[name]
            for name in ("currency", "asset", "network")
            if name in fields
        ):
            return found.id
    return None


def fiat_page(world: World, call: Call) -> Answer:
    return _page(world, call, FIAT_DEPOSIT)


def crypto_page(world: World, call: Call) -> Answer:
    return _page(world, call, CRYPTO_DEPOSIT)


def collected_page(world: World, call: Call) -> Answer:
    return _page(world, call, COLLECTION)


def one_fiat(world: World, call: Call) -> Answer:
    return _one(world, FIAT_DEPOSIT, call.ids["depositId"])


def one_crypto(world: World, call: Call) -> Answer:
    return _one(world, CRYPTO_DEPOSIT, call.ids["depositId"])


def one_collected(world: World, call: Call) -> Answer:
    return _one(world, COLLECTION, call.ids["collectionId"])


def shown(deposit: Resource) -> dict[str, Any]:
    fields = {name: value for name, value in deposit.fields.items() if name != "informed"}
    return {
        ID_NAMES[deposit.type]: deposit.id,
        "status": deposit.status,
        **fields,
        "occurredAt": deposit.created_at,
        "createdAt": deposit.created_at,
        "updatedAt": deposit.updated_at,
    }


def _page(world: World, call: Call, kind: str) -> Answer:
    found, cursor = world.resources.page(kind, call.ids["customerId"], call.query)
    return answer(200, {"items": [shown(deposit) for deposit in found], "nextCursor": cursor})


def _one(world: World, kind: str, identity: str) -> Answer:
    deposit = world.resources.find(kind, identity)
    if deposit is None:
        raise Problem("PARTNER_RESOURCE_NOT_FOUND", "There is no such deposit.")
    return answer(200, shown(deposit))
