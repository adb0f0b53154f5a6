"""CONVERSION: what a customer has in one currency becomes another (contract section 4).

One side is fixed, and Oceafin says in a quote what the other comes to. There is no submit: Oceafin carries it out once
it is created, so the draft is the instruction. A token stands by its symbol alone: Oceafin asks for no network.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backoffice.oceafin.kinds import Resource
from payments import errors, terms
from payments.models import FixedSide, Kind, PaymentRequest
from payments.money import BadAmount, UnknownCurrency, exponent, format_amount, parse_amount, storable
from payments.way import Asked, Operations, Way

SIDES = {FixedSide.SELL: ("sellAmount", "sellCurrency"), FixedSide.BUY: ("buyAmount", "buyCurrency")}
OTHER = {FixedSide.SELL: FixedSide.BUY, FixedSide.BUY: FixedSide.SELL}


def sides(payment: PaymentRequest) -> dict[FixedSide, str]:
    """The currency of each side."""
    fixed = FixedSide(payment.fixed_side)
    return {fixed: payment.currency, OTHER[fixed]: payment.other_currency}


def title(payment: PaymentRequest) -> str:
    """What is asked for, as a person says it."""
    words = {
        "amount": terms.shown(payment.amount, payment.currency),
        "other": payment.other_currency,
    }
    if payment.fixed_side == FixedSide.SELL:
        return _("Sell %(amount)s for %(other)s") % words
    return _("Buy %(amount)s with %(other)s") % words


def rate_in_words(payment: PaymentRequest, rate: str) -> str:
    """As many digits as came, with what they are of: one unit of what is sold."""
    of = sides(payment)
    return f"1 {of[FixedSide.SELL]} = {rate} {of[FixedSide.BUY]}"


def _prepare(payment: PaymentRequest, given: Asked) -> None:
    fixed = _fixed_side(given)
    for name in ("amount", "currency"):
        if given.get(name):
            sentence = _("A conversion names both sides: leave this empty, and say what is sold or bought.")
            raise errors.Unfit(name, sentence)
    for _amount, name in SIDES.values():
        try:
            exponent(given[name], any_network=True)
        except UnknownCurrency:
            raise errors.Unfit(
                name,
                _(
                    "Give a currency by its ISO 4217 code, such as EUR, or a token by its symbol, such as USDC. "
                    "Of others it is not known how many digits they have."
                ),
            ) from None
    if given["sellCurrency"] == given["buyCurrency"]:
        sentence = _("What is sold and what is bought are the same currency. Choose two.")
        raise errors.Unfit("buyCurrency", sentence)
    amount_name, currency_name = SIDES[fixed]
    try:
        payment.amount = parse_amount(given[amount_name], given[currency_name], any_network=True)
    except BadAmount as bad:
        raise errors.Unfit(amount_name, str(bad)) from None
    payment.fixed_side, payment.currency = fixed, given[currency_name]
    payment.other_currency = given[SIDES[OTHER[fixed]][1]]


def _fixed_side(given: Asked) -> FixedSide:
    fixed = [side for side, (amount, _currency) in SIDES.items() if given.get(amount)]
    if len(fixed) != 1:
        sentence = _("Give either what is sold or what is bought: one amount, not both.")
        raise errors.Unfit("sellAmount", sentence)
    return fixed[0]


def _currencies(payment: PaymentRequest) -> dict[str, Any]:
    return {SIDES[side][1]: currency for side, currency in sides(payment).items()}


def _amount(payment: PaymentRequest) -> dict[str, Any]:
    amount_name, _currency = SIDES[FixedSide(payment.fixed_side)]
    return {amount_name: format_amount(payment.amount, payment.currency)}


def _comes_to(payment: PaymentRequest) -> tuple[str, str]:
    return SIDES[OTHER[FixedSide(payment.fixed_side)]]


def _carried_out(resource: Resource) -> dict[str, Any]:
    """What it came to: only what Oceafin says, nothing of the quote."""
    found: dict[str, Any] = {
        "sold": storable(resource.get("sellAmount")),
        "bought": storable(resource.get("buyAmount")),
        "charged_fee": storable(resource.get("feeAmount")),
    }
    rate, currency = resource.get("rate"), resource.get("feeCurrency")
    known: dict[str, Any] = {name: amount for name, amount in found.items() if amount is not None}
    if isinstance(rate, str | int) and not isinstance(rate, bool):
        known["done_rate"] = str(rate)[:60]
    if isinstance(currency, str):
        known["charged_fee_currency"] = currency[:16]
    return known


def asked(payment: PaymentRequest) -> dict[str, str]:
    """What was asked for, in the API's names; {} of another kind."""
    return WAY.terms(payment) if payment.kind == Kind.CONVERSION else {}


def quoted(payment: PaymentRequest) -> dict[str, Decimal | datetime | str | None]:
    """What Oceafin last said that it would come to, as `done` says what it came to; {} until it has said so."""
    quote = payment.shown_quote if payment.kind == Kind.CONVERSION else None
    if quote is None:
        return {}
    of = sides(payment)
    other = quote.receives if payment.fixed_side == FixedSide.SELL else quote.pays
    amounts = {FixedSide(payment.fixed_side): payment.amount, OTHER[FixedSide(payment.fixed_side)]: other}
    return {
        "sellAmount": terms.digits(amounts[FixedSide.SELL], of[FixedSide.SELL]) or None,
        "buyAmount": terms.digits(amounts[FixedSide.BUY], of[FixedSide.BUY]) or None,
        "rate": quote.rate or None,
        "feeAmount": terms.digits(quote.fee, quote.fee_currency) or None,
        "feeCurrency": quote.fee_currency or None,
        "expiresAt": quote.expires_at,
    }


def done(payment: PaymentRequest) -> dict[str, Decimal | str | None]:
    """What it came to in the API's names, as text in the precision of each currency; {} until Oceafin says it."""
    if payment.bought is None and payment.sold is None:
        return {}
    of = sides(payment)
    return {
        "sellAmount": terms.digits(payment.sold, of[FixedSide.SELL]) or None,
        "buyAmount": terms.digits(payment.bought, of[FixedSide.BUY]) or None,
        "rate": payment.done_rate or None,
        "feeAmount": terms.digits(payment.charged_fee, payment.charged_fee_currency) or None,
        "feeCurrency": payment.charged_fee_currency or None,
    }


def _no_obstacle(payment: PaymentRequest) -> errors.NotReady | None:
    """It goes to nobody: the customer's own balances are all it needs."""
    return None


def _to(payment: PaymentRequest) -> str:
    if payment.fixed_side == FixedSide.SELL:
        return _("Sold for %(other)s") % {"other": payment.other_currency}
    return _("Bought with %(other)s") % {"other": payment.other_currency}


WAY = Way(
    kind=Kind.CONVERSION,
    letters="conversion",
    slug="conversion",
    resource_type="conversion",
    id_name="conversionId",
    ref_name="conversionRef",
    operations=Operations(
        quote="createConversionQuote",
        quotes="listConversionQuotes",
        one_quote="getConversionQuote",
        draft="createConversion",
        read="getConversion",
        list="listConversions",
    ),
    fields=("sellCurrency", "buyCurrency", "sellAmount", "buyAmount"),
    prepare=_prepare,
    target=_currencies,
    money=_amount,
    draft_says_terms=False,
    comes_to=_comes_to,
    carried_out=_carried_out,
    words=lambda payment: {},
    obstacle=_no_obstacle,
    to=_to,
    again=lambda payment: {**asked(payment), "fixed_side": payment.fixed_side},
)
