"""What an approval binds to, and what Oceafin is shown of it as evidence (design section 4, contract section 4)."""

import hashlib
import json
from decimal import ROUND_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _

from backoffice.oceafin.kinds import Resource
from payments.models import FixedSide, Kind, PaymentRequest, Quote
from payments.money import EXACT, format_amount, plain, read_decimal
from payments.way import Way


def digest_of(payment: PaymentRequest) -> str:
    """SHA-256 over the terms: kind, customer, amount, currency, where it goes, fee, receipt.

    Where it goes is the beneficiary and its details, or the source that is sent back. Empty as long as fee and
    receipt are not known. The quote itself is not a term.
    """
    payee = payment.payee
    if payment.highest_fee is None or (payment.kind != Kind.REFUND and payment.least_received is None):
        return ""
    return hash_of(
        {
            "kind": payment.kind,
            "paymentRef": payment.payment_ref,
            "customer": payment.customer.partner_customer_ref,
            "amount": format_amount(payment.amount, payment.currency, payment.network),
            "currency": payment.currency,
            "network": payment.network,
            "beneficiary": payee.ref if payee else None,
            "beneficiaryDetails": payee.details_hash if payee else None,
            "sourceType": payment.source_type,
            "sourceId": payment.source_id,
            "fixedSide": payment.fixed_side,
            "otherCurrency": payment.other_currency,
            "highestFee": plain(payment.highest_fee),
            "feeCurrency": payment.fee_currency,
            "leastReceived": None if payment.least_received is None else plain(payment.least_received),
            "receiveCurrency": payment.receive_currency,
            "mostPaid": None if payment.most_paid is None else plain(payment.most_paid),
        }
    )


def hash_of(canonical: dict[str, Any]) -> str:
    text = json.dumps(canonical, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def terms_of(quote: Quote) -> dict[str, Any]:
    """The columns of a payment that this quote would make its terms."""
    return {
        "highest_fee": quote.fee,
        "fee_currency": quote.fee_currency,
        "least_received": quote.receives,
        "receive_currency": quote.receive_currency,
        "most_paid": quote.pays,
    }


def is_whole(quote: Quote) -> bool:
    """Whether it says what the payment costs and what arrives: without that nobody can agree to it."""
    if quote.payment.fixed_side == FixedSide.BUY and not (quote.pays is not None and quote.pays > 0):
        return False
    return bool(
        quote.fee is not None
        and quote.fee >= 0
        and quote.fee_currency
        and quote.receives is not None
        and quote.receives > 0
        and quote.receive_currency
    )


def difference(
    payment: PaymentRequest,
    *,
    fee: Decimal | None,
    fee_currency: str,
    receives: Decimal | None,
    receive_currency: str,
    pays: Decimal | None = None,
) -> str:
    """In a sentence, how this is worse than the approved terms; empty if it lies inside them.

    Inside is what is worse by no more than the tolerance of the rules that the payment was asked for under.
    """
    if payment.highest_fee is None or not payment.terms_digest:
        return _("Nothing was approved yet.")
    if fee is None or (receives is None and payment.least_received is not None):
        return _("Oceafin does not say what it costs or what arrives.")
    if pays is None and payment.most_paid is not None:
        return _("Oceafin does not say what is sold.")
    slack = tolerance_of(payment)
    if fee_currency != payment.fee_currency or fee > _stretched(payment.highest_fee, slack):
        return _("The fee is now %(new)s; approved was at most %(old)s%(by)s.") % {
            "new": shown(fee, fee_currency, payment.network),
            "old": shown(payment.highest_fee, payment.fee_currency, payment.network),
            "by": _by(payment.highest_fee, fee) if fee_currency == payment.fee_currency else "",
        }
    if pays is not None and payment.most_paid is not None and pays > _stretched(payment.most_paid, slack):
        return _("Now %(new)s would be sold; approved was at most %(old)s%(by)s.") % {
            "new": shown(pays, payment.other_currency),
            "old": shown(payment.most_paid, payment.other_currency),
            "by": _by(payment.most_paid, pays),
        }
    if receives is None or payment.least_received is None:
        return ""
    least = _stretched(payment.least_received, -slack)
    if receive_currency != payment.receive_currency or receives < least:
        return _("Now %(new)s would arrive; approved was at least %(old)s%(by)s.") % {
            "new": shown(receives, receive_currency, payment.network),
            "old": shown(payment.least_received, payment.receive_currency, payment.network),
            "by": _by(payment.least_received, receives)
            if receive_currency == payment.receive_currency
            else "",
        }
    return ""


def tolerance_of(payment: PaymentRequest) -> Decimal:
    """By how many percent it may come out worse than was approved, by the rules that it was asked for under."""
    share = read_decimal(payment.policy.get("tolerance"))
    return (
        EXACT.multiply(share, Decimal(100)).normalize(EXACT)
        if share is not None and 0 <= share < 1
        else Decimal(0)
    )


def _stretched(amount: Decimal, percent: Decimal) -> Decimal:
    return EXACT.divide(EXACT.multiply(amount, 100 + percent), Decimal(100))


def _by(old: Decimal, new: Decimal) -> str:
    """The difference in percent, away from nothing: never shown as 0."""
    if not old:
        return ""
    percent = EXACT.divide(EXACT.multiply(EXACT.subtract(new, old), Decimal(100)), old)
    return f" ({percent.quantize(Decimal('0.01'), rounding=ROUND_UP, context=EXACT):+,f} %)"


def quote_difference(payment: PaymentRequest, quote: Quote) -> str:
    return difference(
        payment,
        fee=quote.fee,
        fee_currency=quote.fee_currency,
        receives=quote.receives,
        receive_currency=quote.receive_currency,
        pays=quote.pays,
    )


def draft_difference(way: Way, payment: PaymentRequest, quote: Quote | None, resource: Resource) -> str:
    """How the draft that Oceafin made is worse than what was approved.

    Fields that it lacks are the quote's; without a quote there is no fee and no promise of what arrives.
    """
    amount_name, currency_name = way.comes_to(payment)
    fee, amount = resource.get("feeAmount"), resource.get(amount_name)
    quoted_fee = quote.fee if quote else Decimal(0)
    found = quoted_fee if fee is None else read_decimal(fee)
    said: dict[str, Any] = {
        "receives": quote.receives if quote else None,
        "receive_currency": resource.get(currency_name) or (quote.receive_currency if quote else ""),
        "pays": quote.pays if quote else None,
    }
    if payment.fixed_side == FixedSide.BUY:
        said["receive_currency"] = payment.receive_currency
    if amount is not None:
        said["pays" if payment.fixed_side == FixedSide.BUY else "receives"] = read_decimal(amount)
    return difference(
        payment,
        fee=None if found is None or found < 0 else found,
        fee_currency=resource.get("feeCurrency") or (quote.fee_currency if quote else payment.fee_currency),
        **said,
    )


def shown(amount: Decimal | None, currency: str, network: str = "") -> str:
    """An amount with its currency as people read it: never rounded, its thousands set apart."""
    return "–" if amount is None else f"{Decimal(digits(amount, currency, network)):,f} {currency}"


def digits(amount: Decimal | None, currency: str, network: str = "") -> str:
    """An amount in the precision of its currency or token; all of its own digits where it has more."""
    if amount is None:
        return ""
    try:
        return format_amount(amount, currency, network)
    except ValueError:
        return plain(amount)
