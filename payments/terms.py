"""What an approval binds to, and what Oceafin is shown of it as evidence (design section 4, contract section 4)."""

import hashlib
import json
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backoffice.oceafin.kinds import Resource
from payments.models import PaymentRequest, Quote
from payments.money import format_amount, plain, read_decimal


def digest_of(payment: PaymentRequest) -> str:
    """SHA-256 over the terms: kind, customer, amount, currency, where it goes, fee, receipt.

    Where it goes is the beneficiary and its details, or the source that is sent back. Empty as long as fee and
    receipt are not known. The quote itself is not a term.
    """
    payee = payment.beneficiary
    if payment.highest_fee is None or (payee is not None and payment.least_received is None):
        return ""
    return hash_of(
        {
            "kind": payment.kind,
            "paymentRef": payment.payment_ref,
            "customer": payment.customer.partner_customer_ref,
            "amount": format_amount(payment.amount, payment.currency, payment.network),
            "currency": payment.currency,
            "network": payment.network,
            "beneficiary": payee.bank_account_ref if payee else None,
            "beneficiaryDetails": payee.details_hash if payee else None,
            "sourceType": payment.source_type,
            "sourceId": payment.source_id,
            "highestFee": plain(payment.highest_fee),
            "feeCurrency": payment.fee_currency,
            "leastReceived": None if payment.least_received is None else plain(payment.least_received),
            "receiveCurrency": payment.receive_currency,
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
    }


def is_whole(quote: Quote) -> bool:
    """Whether it says what the payment costs and what arrives: without that nobody can agree to it."""
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
) -> str:
    """In a sentence, how this is worse than the approved terms; empty if it lies inside them."""
    if payment.highest_fee is None or not payment.terms_digest:
        return _("Nothing was approved yet.")
    if fee is None or (receives is None and payment.least_received is not None):
        return _("Oceafin does not say what it costs or what arrives.")
    if fee_currency != payment.fee_currency or fee > payment.highest_fee:
        return _("The fee is now %(new)s; approved was at most %(old)s.") % {
            "new": shown(fee, fee_currency, payment.network),
            "old": shown(payment.highest_fee, payment.fee_currency, payment.network),
        }
    if receives is None or payment.least_received is None:
        return ""
    if receive_currency != payment.receive_currency or receives < payment.least_received:
        return _("Now %(new)s would arrive; approved was at least %(old)s.") % {
            "new": shown(receives, receive_currency),
            "old": shown(payment.least_received, payment.receive_currency),
        }
    return ""


def quote_difference(payment: PaymentRequest, quote: Quote) -> str:
    return difference(
        payment,
        fee=quote.fee,
        fee_currency=quote.fee_currency,
        receives=quote.receives,
        receive_currency=quote.receive_currency,
    )


def draft_difference(payment: PaymentRequest, quote: Quote | None, resource: Resource) -> str:
    """How the draft that Oceafin made is worse than what was approved.

    Fields that it lacks are the quote's; without a quote there is no fee and no promise of what arrives.
    """
    fee, receives = resource.get("feeAmount"), resource.get("receiveAmount")
    quoted_fee = quote.fee if quote else Decimal(0)
    quoted_receipt = quote.receives if quote else None
    found = quoted_fee if fee is None else read_decimal(fee)
    return difference(
        payment,
        fee=None if found is None or found < 0 else found,
        fee_currency=resource.get("feeCurrency") or (quote.fee_currency if quote else payment.fee_currency),
        receives=quoted_receipt if receives is None else read_decimal(receives),
        receive_currency=resource.get("receiveCurrency") or (quote.receive_currency if quote else ""),
    )


def shown(amount: Decimal | None, currency: str, network: str = "") -> str:
    """An amount with its currency as people read it, never rounded."""
    return "–" if amount is None else f"{digits(amount, currency, network)} {currency}"


def digits(amount: Decimal | None, currency: str, network: str = "") -> str:
    """An amount in the precision of its currency or token; all of its own digits where it has more."""
    if amount is None:
        return ""
    try:
        return format_amount(amount, currency, network)
    except ValueError:
        return plain(amount)
