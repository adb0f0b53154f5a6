"""Conversions: a quote, and a conversion that runs once it is created (contract section 4).

The fee is taken out of what is sold: what is left of it is changed at the rate. Rates stand still until the setting
`conversionRates` moves them; `conversionSlip` makes what is carried out worse than its quote by so many percent.
"""

from decimal import ROUND_DOWN, ROUND_UP, Context, Decimal
from typing import Any

from ..call import Call
from ..clock import instant_of, seconds_of
from ..money import DECIMALS, NETWORKS, plain, read_amount, read_currency_or_asset
from ..problems import Answer, Problem, answer, invalid
from ..reading import text
from ..resources import CONVERSION, CONVERSION_QUOTE, Resource
from ..world import World
from .customers import approved, customer_of
from .evidence import check_authorization, script_in
from .withdrawals import QUOTE_LIFETIME

FEE_PERCENT = "0.20"
# What one unit is worth in EUR.
WORTH = {
    "EUR": "1",
    "USD": "0.92",
    "GBP": "1.16",
    "CHF": "1.05",
    "JPY": "0.0061",
    "USDC": "0.92",
    "USDT": "0.92",
    "BTC": "60000",
    "ETH": "2500",
}
EXACT = Context(prec=60)


def quote(world: World, call: Call) -> Answer:
    """One side is given, the other is what it comes to; nothing moves."""
    customer = approved(customer_of(world, call))
    sell, buy = (read_currency_or_asset(call.data, name) for name in ("sellCurrency", "buyCurrency"))
    if sell == buy:
        raise invalid("buyCurrency", "must be another currency than what is sold")
    if ("sellAmount" in call.data) == ("buyAmount" in call.data):
        raise invalid("sellAmount", "is given, or buyAmount, and not both")
    rate = _rate(world, sell, buy)
    part = Decimal(str(world.store.setting("conversion_fee_percent", FEE_PERCENT))) / 100
    if "sellAmount" in call.data:
        sold = read_amount(call.data, sell, "sellAmount")
        fee = _rounded(sold * part, sell, ROUND_UP)
        bought = _rounded((sold - fee) * rate, buy, ROUND_DOWN)
    else:
        bought = read_amount(call.data, buy, "buyAmount")
        changed = _rounded(EXACT.divide(bought, rate), sell, ROUND_UP)
        fee = _rounded(changed * part, sell, ROUND_UP)
        sold = changed + fee
    if bought <= 0:
        raise invalid("sellAmount", f"is too little to buy any {buy}")
    lifetime = float(world.store.setting("quote_lifetime", QUOTE_LIFETIME))
    made = world.resources.add(
        CONVERSION_QUOTE,
        status="OPEN",
        customer_id=customer.id,
        sellCurrency=sell,
        sellAmount=plain(sold, sell),
        buyCurrency=buy,
        buyAmount=plain(bought, buy),
        rate=format(rate, "f"),
        feeAmount=plain(fee, sell),
        feeCurrency=sell,
        expiresAt=instant_of(world.clock.now() + lifetime),
    )
    return answer(201, _shown_quote(made))


def quotes(world: World, call: Call) -> Answer:
    found, cursor = world.resources.page(CONVERSION_QUOTE, call.ids["customerId"], call.query)
    return answer(200, {"items": [_shown_quote(offered) for offered in found], "nextCursor": cursor})


def one_quote(world: World, call: Call) -> Answer:
    offered = world.resources.find(CONVERSION_QUOTE, call.ids["quoteId"])
    if offered is None:
        raise Problem("PARTNER_RESOURCE_NOT_FOUND", "There is no such quote.")
    return answer(200, _shown_quote(offered))


def create(world: World, call: Call) -> Answer:
    """Here the money moves: what is sold leaves at once, what is bought comes in when it is COMPLETED."""
    customer = approved(customer_of(world, call))
    ref = text(call.data, "conversionRef", longest=128)
    operation_hash = check_authorization(call.data.get("operationAuthorization"))
    offered = _usable_quote(world, text(call.data, "quoteId"), customer)
    terms = {**offered.fields, **_slipped(world, offered)}
    sold = Decimal(terms["sellAmount"])
    network = _network_with(world, customer, terms["sellCurrency"], sold)
    # A quote serves one conversion; a second one on it finds it used.
    offered.status = "USED"
    world.resources.save(offered)
    made = world.resources.add(
        CONVERSION,
        status="CREATED",
        ref=ref,
        customer_id=customer.id,
        script=script_in(ref),
        quoteId=offered.id,
        sellNetwork=network,
        buyNetwork=next(iter(NETWORKS.get(terms["buyCurrency"], ())), None),
        operationHash=operation_hash,
        **{name: value for name, value in terms.items() if name != "expiresAt"},
    )
    world.book.take(customer, made, call.key)
    world.walk.move(made, "CREATED")
    return answer(201, shown(made))


def page(world: World, call: Call) -> Answer:
    found, cursor = world.resources.page(CONVERSION, call.ids["customerId"], call.query)
    return answer(200, {"items": [shown(made) for made in found], "nextCursor": cursor})


def one(world: World, call: Call) -> Answer:
    made = world.resources.find(CONVERSION, call.ids["conversionId"])
    if made is None:
        raise Problem("PARTNER_RESOURCE_NOT_FOUND", "There is no such conversion.")
    return answer(200, shown(made))


def shown(made: Resource) -> dict[str, Any]:
    names = (
        "quoteId",
        "sellCurrency",
        "sellAmount",
        "buyCurrency",
        "buyAmount",
        "rate",
        "feeAmount",
        "feeCurrency",
    )
    return {
        "conversionId": made.id,
        "conversionRef": made.ref,
        "status": made.status,
        **{name: made.fields[name] for name in names},
        "failureCode": made.fields.get("failureCode"),
        "failureReason": made.fields.get("failureReason"),
        "createdAt": made.created_at,
        "updatedAt": made.updated_at,
    }


def _shown_quote(offered: Resource) -> dict[str, Any]:
    return {"quoteId": offered.id, **offered.fields}


def _rate(world: World, sell: str, buy: str) -> Decimal:
    """How much of what is bought one unit of what is sold gives, to ten digits."""
    moved = world.store.setting("conversion_rates", {})
    if f"{sell}/{buy}" in moved:
        return Decimal(str(moved[f"{sell}/{buy}"]))
    if sell not in WORTH or buy not in WORTH:
        raise invalid("sellCurrency", f"is not changed into {buy} here")
    exact = EXACT.divide(Decimal(WORTH[sell]), Decimal(WORTH[buy]))
    return exact.quantize(Decimal("1.0000000000"), rounding=ROUND_DOWN).normalize(EXACT)


def _slipped(world: World, offered: Resource) -> dict[str, str]:
    slip = Decimal(str(world.store.setting("conversion_slip", "0"))) / 100
    buy = offered.fields["buyCurrency"]
    less = Decimal(offered.fields["buyAmount"]) * (1 - slip)
    return {"buyAmount": plain(_rounded(less, buy, ROUND_DOWN), buy)} if slip else {}


def _network_with(world: World, customer: Resource, currency: str, amount: Decimal) -> str | None:
    """Where the customer has enough of it; money in accounts has no network."""
    for network in NETWORKS.get(currency, (None,)):
        if world.book.available(customer.id, currency, network) >= amount:
            return network
    raise Problem("PARTNER_RESOURCE_STATE_INVALID", f"The balance in {currency} is too small.")


def _usable_quote(world: World, quote_id: str, customer: Resource) -> Resource:
    offered = world.resources.find(CONVERSION_QUOTE, quote_id)
    if offered is None or offered.customer_id != customer.id:
        raise Problem("PARTNER_RESOURCE_NOT_FOUND", "There is no such quote of this customer.")
    if offered.status != "OPEN" or (seconds_of(offered.fields["expiresAt"]) or 0) <= world.clock.now():
        raise Problem("PARTNER_QUOTE_EXPIRED", "The quote is used or has expired.")
    return offered


def _rounded(amount: Decimal, currency: str, rounding: str) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-DECIMALS[currency]), rounding=rounding, context=EXACT)
