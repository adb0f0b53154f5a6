"""Crypto withdrawals, from the quote to the submit that moves coins: contract section 4 (assumed)."""

from decimal import Decimal
from typing import Any

from ..call import Call
from ..clock import instant_of, seconds_of
from ..money import NETWORKS, plain, read_amount, read_asset
from ..problems import Answer, Problem, answer, invalid
from ..reading import optional_text, text
from ..resources import CRYPTO_QUOTE, CRYPTO_WITHDRAWAL, CUSTOMER, Resource
from ..world import World
from .customers import approved, customer_of
from .evidence import check_authorization, script_in
from .wallets import active
from .withdrawals import MISSING, QUOTE_LIFETIME

# What the network costs, in the asset itself: it is part of the amount.
FEES = {"BTC": "0.0001", "ETH": "0.001", "USDC": "1", "USDT": "1"}


def quote(world: World, call: Call) -> Answer:
    """A fee in the asset is part of the amount; one in another token is taken beside it, and all of it arrives."""
    customer = approved(customer_of(world, call))
    asset, network = read_asset(call.data)
    amount = read_amount(call.data, asset)
    wallet = active(world, text(call.data, "walletAddressId"), customer, asset, network)
    fee, fee_currency = _fee(world, asset, network)
    receives = amount - fee if fee_currency == asset else amount
    if receives <= 0:
        raise invalid("amount", f"does not exceed the fee of {plain(fee, asset)} {asset}")
    lifetime = float(world.store.setting("quote_lifetime", QUOTE_LIFETIME))
    made = world.resources.add(
        CRYPTO_QUOTE,
        status="OPEN",
        customer_id=customer.id,
        walletAddressId=wallet.id,
        asset=asset,
        network=network,
        amount=plain(amount, asset),
        feeAmount=plain(fee, fee_currency),
        feeCurrency=fee_currency,
        receiveAmount=plain(receives, asset),
        receiveCurrency=asset,
        rate=None,
        expiresAt=instant_of(world.clock.now() + lifetime),
    )
    return answer(201, {"quoteId": made.id, **made.fields})


def _fee(world: World, asset: str, network: str) -> tuple[Decimal, str]:
    """The setting `cryptoFee` is an amount with its token, such as "0.002 ETH"."""
    amount, _, currency = str(world.store.setting("crypto_fee", "") or f"{FEES[asset]} {asset}").partition(
        " "
    )
    if network not in NETWORKS.get(currency, ()):
        raise Problem("PARTNER_PROCESSING_UNAVAILABLE", f"A fee in {currency} cannot be taken on {network}.")
    return Decimal(amount), currency


def draft(world: World, call: Call) -> Answer:
    """Makes the withdrawal of an approved operation. Nothing moves before it is submitted."""
    customer = approved(customer_of(world, call))
    data = call.data
    ref = text(data, "withdrawalRef", longest=128)
    asset, network = read_asset(data)
    amount = read_amount(data, asset)
    wallet = active(world, text(data, "walletAddressId"), customer, asset, network)
    script = script_in(optional_text(data, "purpose"), optional_text(data, "paymentReference"))
    operation_hash = check_authorization(data.get("operationAuthorization"))
    offered = _usable_quote(world, text(data, "quoteId"), customer)
    asked = {
        "amount": plain(amount, asset),
        "asset": asset,
        "network": network,
        "walletAddressId": wallet.id,
    }
    for name, wanted in asked.items():
        if offered.fields[name] != wanted:
            raise invalid(name, "is not what the quote says")
    # A quote serves one withdrawal; a second draft on it finds it used.
    offered.status = "USED"
    world.resources.save(offered)
    terms = {name: offered.fields[name] for name in ("feeAmount", "feeCurrency", "receiveAmount")}
    withdrawal = world.resources.add(
        CRYPTO_WITHDRAWAL,
        status="DRAFT",
        ref=ref,
        customer_id=customer.id,
        script=script,
        quoteId=offered.id,
        **asked,
        **terms,
        operationHash=operation_hash,
    )
    world.walk.tell(withdrawal, "crypto_withdrawal.created")
    return answer(201, shown(withdrawal))


def submit(world: World, call: Call) -> Answer:
    """Here the coins move: one entry in the book, and one for a fee in another token."""
    withdrawal = own(world, call)
    customer = approved(world.resources.find(CUSTOMER, withdrawal.customer_id))
    terms = withdrawal.fields
    if withdrawal.status != "DRAFT":
        sentence = f"A withdrawal that is {withdrawal.status} cannot be submitted."
        raise Problem("PARTNER_RESOURCE_STATE_INVALID", sentence)
    offered = world.resources.find(CRYPTO_QUOTE, terms["quoteId"])
    if offered is None or _expired(world, offered):
        raise Problem("PARTNER_QUOTE_EXPIRED", "The quote has expired.")
    active(world, terms["walletAddressId"], customer, terms["asset"], terms["network"])
    _expect_covered(world, customer, terms["asset"], terms["network"], terms["amount"])
    if terms["feeCurrency"] != terms["asset"]:
        _expect_covered(world, customer, terms["feeCurrency"], terms["network"], terms["feeAmount"])
    world.book.take(customer, withdrawal, call.key)
    world.walk.move(withdrawal, "SUBMITTED")
    return answer(200, shown(withdrawal))


def _expect_covered(world: World, customer: Resource, asset: str, network: str, amount: str) -> None:
    if world.book.available(customer.id, asset, network) < Decimal(amount):
        raise Problem("PARTNER_RESOURCE_STATE_INVALID", f"The balance in {asset} on {network} is too small.")


def page(world: World, call: Call) -> Answer:
    found, cursor = world.resources.page(CRYPTO_WITHDRAWAL, call.ids["customerId"], call.query)
    return answer(200, {"items": [shown(withdrawal) for withdrawal in found], "nextCursor": cursor})


def one(world: World, call: Call) -> Answer:
    return answer(200, shown(own(world, call)))


def own(world: World, call: Call) -> Resource:
    withdrawal = world.resources.find(CRYPTO_WITHDRAWAL, call.ids["withdrawalId"])
    if withdrawal is None:
        raise Problem("PARTNER_RESOURCE_NOT_FOUND", "There is no such withdrawal.")
    return withdrawal


def shown(withdrawal: Resource) -> dict[str, Any]:
    fields = withdrawal.fields
    names = ("asset", "network", "amount", "feeAmount", "feeCurrency", "walletAddressId", "quoteId")
    return {
        "withdrawalId": withdrawal.id,
        "withdrawalRef": withdrawal.ref,
        "status": withdrawal.status,
        **{name: fields[name] for name in names},
        "transactionHash": fields.get("transactionHash"),
        "confirmations": fields.get("confirmations"),
        "missing": MISSING if withdrawal.status == "MISSING_INFO_REQUIRED" else None,
        "failureCode": fields.get("failureCode"),
        "failureReason": fields.get("failureReason"),
        "createdAt": withdrawal.created_at,
        "updatedAt": withdrawal.updated_at,
    }


def _usable_quote(world: World, quote_id: str, customer: Resource) -> Resource:
    offered = world.resources.find(CRYPTO_QUOTE, quote_id)
    if offered is None or offered.customer_id != customer.id:
        raise Problem("PARTNER_RESOURCE_NOT_FOUND", "There is no such quote of this customer.")
    if offered.status != "OPEN" or _expired(world, offered):
        raise Problem("PARTNER_QUOTE_EXPIRED", "The quote is used or has expired.")
    return offered


def _expired(world: World, offered: Resource) -> bool:
    return (seconds_of(offered.fields["expiresAt"]) or 0) <= world.clock.now()
