"""What follows by itself when something was opened: an account after its application, and with `--auto` first money."""

from decimal import Decimal
from typing import TYPE_CHECKING

from ..resources import (
    COLLECTION,
    COLLECTION_WALLET,
    CRYPTO_DEPOSIT,
    CUSTOMER,
    DEPOSIT_ADDRESS,
    FIAT_ACCOUNT,
    FIAT_APPLICATION,
    FIAT_DEPOSIT,
    Resource,
)

if TYPE_CHECKING:
    from ..world import World

BANKS = {"EUR": ("DE", "Oceafin Bank Specimen"), "GBP": ("GB", "Oceafin Bank Specimen UK")}
FIRST_DEPOSIT = Decimal("1250.00")
FIRST_COINS = {
    "BTC": Decimal("0.015"),
    "ETH": Decimal("0.4"),
    "USDC": Decimal(750),
    "USDT": Decimal(750),
}


def follow(world: "World", resource: Resource) -> None:
    """Called after each move of a resource."""
    if (resource.type, resource.status) == (FIAT_APPLICATION, "APPROVED"):
        account = _open_account(world, resource)
        if world.options.auto:
            _pay_in(world, account)
    if resource.status == "ACTIVE" and world.options.auto:
        if resource.type == DEPOSIT_ADDRESS:
            _send_coins(world, resource, CRYPTO_DEPOSIT, script="travel_rule", addressId=resource.id)
        if resource.type == COLLECTION_WALLET:
            _send_coins(world, resource, COLLECTION, script="", walletId=resource.id)


def coin_address(world: "World", network: str) -> str:
    """Looks like an address of the network; nobody has its key."""
    chance = world.resources.chance
    if network == "BITCOIN":
        return "bc1q" + "".join(chance.choices("023456789acdefghjklmnpqrstuvwxyz", k=38))
    if network in {"TRON", "SOLANA"}:
        letters = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
        return ("T" if network == "TRON" else "") + "".join(
            chance.choices(letters, k=33 if network == "TRON" else 44)
        )
    return f"0x{chance.getrandbits(160):040x}"


def confirm(world: "World", withdrawal: Resource) -> None:
    """Coins that are being sent have a transaction of their network, and once they are, its blocks behind it."""
    if withdrawal.status == "PROCESSING":
        hashed = withdrawal.fields.get("transactionHash") or coin_hash(world)
        withdrawal.fields |= {"transactionHash": hashed, "confirmations": 1}
    elif withdrawal.status == "COMPLETED" and withdrawal.fields.get("transactionHash"):
        withdrawal.fields["confirmations"] = 12


def coin_hash(world: "World") -> str:
    return f"0x{world.resources.chance.getrandbits(256):064x}"


def _open_account(world: "World", application: Resource) -> Resource:
    customer = world.resources.find(CUSTOMER, application.customer_id)
    holder = str(customer.fields.get("displayName", "")) if customer else ""
    currency = application.fields["currency"]
    country, bank = BANKS.get(currency, ("US", "Oceafin Bank Specimen US"))
    number = "".join(world.resources.chance.choices("0123456789", k=18))
    iban = f"{country}00{number}" if currency in BANKS else None
    account = world.resources.add(
        FIAT_ACCOUNT,
        status="ACTIVE",
        ref=application.ref,
        customer_id=application.customer_id,
        currency=currency,
        accountHolderName=holder,
        iban=iban,
        accountNumber=None if iban else number[:10],
        bankName=bank,
        swiftCode="OCEASPEC",
        routingNumber=None if iban else "021000021",
        country=country,
        paymentReference=f"OCF-{number[:8]}",
    )
    application.fields["fiatAccountId"] = account.id
    world.resources.save(application)
    return account


def _pay_in(world: "World", account: Resource) -> None:
    deposit = world.resources.add(
        FIAT_DEPOSIT,
        status="PENDING",
        customer_id=account.customer_id,
        currency=account.fields["currency"],
        amount=str(FIRST_DEPOSIT),
        fiatAccountId=account.id,
        senderName=account.fields["accountHolderName"],
        paymentReference=account.fields["paymentReference"],
    )
    world.walk.start(deposit)
    world.walk.tell(deposit)


def _send_coins(world: "World", opened: Resource, kind: str, *, script: str, **where: str) -> None:
    from ..money import plain

    asset = opened.fields["asset"]
    made = world.resources.add(
        kind,
        status="PENDING",
        customer_id=opened.customer_id,
        script=script,
        asset=asset,
        network=opened.fields["network"],
        amount=plain(FIRST_COINS[asset], asset),
        senderAddress=coin_address(world, opened.fields["network"]),
        transactionHash=coin_hash(world),
        confirmations=1,
        **where,
    )
    world.walk.start(made)
    world.walk.tell(made)
