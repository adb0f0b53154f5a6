"""What an approval binds to, and what Oceafin is shown of it as evidence (design section 4, contract section 4)."""

import hashlib
import json
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from payments.models import PaymentRequest, Quote
from payments.money import format_amount


def digest_of(payment: PaymentRequest) -> str:
    """SHA-256 over the terms: kind, customer, amount, currency, beneficiary and its details, fee, receipt.

    Empty as long as fee and receipt are not known. The quote itself is not a term.
    """
    if payment.highest_fee is None or payment.least_received is None:
        return ""
    return hash_of(
        {
            "kind": payment.kind,
            "paymentRef": payment.payment_ref,
            "customer": payment.customer.partner_customer_ref,
            "amount": format_amount(payment.amount, payment.currency),
            "currency": payment.currency,
            "beneficiary": payment.beneficiary.bank_account_ref,
            "beneficiaryDetails": payment.beneficiary.details_hash,
            "highestFee": f"{payment.highest_fee:.4f}",
            "feeCurrency": payment.fee_currency,
            "leastReceived": f"{payment.least_received:.4f}",
            "receiveCurrency": payment.receive_currency,
        }
    )


def operation_hash(payment: PaymentRequest, quote: Quote) -> str:
    """`operationHash` (ASSUMED): SHA-256 of exactly this operation, with its live quote."""
    return hash_of(
        {
            "customerId": str(payment.customer.oceafin_customer_id),
            "kind": payment.kind,
            "amount": format_amount(payment.amount, payment.currency),
            "currency": payment.currency,
            "bankAccountId": payment.beneficiary.oceafin_bank_account_id,
            "quoteId": quote.oceafin_quote_id,
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
    if payment.highest_fee is None or payment.least_received is None:
        return _("Nothing was approved yet.")
    if fee is None or receives is None:
        return _("Oceafin does not say what it costs or what arrives.")
    if fee_currency != payment.fee_currency or fee > payment.highest_fee:
        return _("The fee is now %(new)s; approved was at most %(old)s.") % {
            "new": shown(fee, fee_currency),
            "old": shown(payment.highest_fee, payment.fee_currency),
        }
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


def shown(amount: Decimal | None, currency: str) -> str:
    """An amount with its currency as people read it, never rounded."""
    return "–" if amount is None else f"{digits(amount, currency)} {currency}"


def digits(amount: Decimal | None, currency: str) -> str:
    """An amount in its currency's precision; all of its own digits where it has more."""
    if amount is None:
        return ""
    try:
        return format_amount(amount, currency)
    except ValueError:
        return f"{amount.normalize():f}"
