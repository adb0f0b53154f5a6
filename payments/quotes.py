"""A quote as it came. What cannot be read stays empty, and is never guessed."""

from datetime import datetime
from typing import Any

from backoffice.oceafin.kinds import Resource
from backoffice.oceafin.signing import parse_timestamp
from payments.models import FixedSide, PaymentRequest, Quote, QuotePurpose
from payments.money import storable
from payments.way import Way


def read_quote(
    way: Way,
    payment: PaymentRequest,
    resource: Resource,
    *,
    number: int,
    purpose: QuotePurpose,
    now: datetime,
) -> Quote:
    expires, rate = resource.get("expiresAt"), resource.get("rate")
    return Quote(
        payment=payment,
        number=number,
        purpose=purpose,
        oceafin_quote_id=str(resource["quoteId"])[:64],
        fee=storable(resource.get("feeAmount")),
        fee_currency=_currency(resource.get("feeCurrency")),
        **_comes_to(way, payment, resource),
        rate="" if rate is None else str(rate)[:60],
        expires_at=parse_timestamp(expires) if isinstance(expires, str) else None,
        received_at=now,
    )


def _comes_to(way: Way, payment: PaymentRequest, resource: Resource) -> dict[str, Any]:
    """What arrives; where that is fixed it is exactly that, and Oceafin says what is sold for it."""
    amount, currency = way.comes_to(payment)
    if payment.fixed_side == FixedSide.BUY:
        pays = storable(resource.get(amount))
        return {"receives": payment.amount, "receive_currency": payment.currency, "pays": pays}
    said = _currency(resource.get(currency)) or payment.other_currency
    return {"receives": storable(resource.get(amount)), "receive_currency": said}


def fee_of(draft: Resource, currency: str) -> dict[str, Any]:
    """The columns of a payment that the fee in a draft would make its terms; {} where it cannot be read."""
    fee, fee_currency = storable(draft.get("feeAmount")), _currency(draft.get("feeCurrency") or currency)
    if fee is None or fee < 0 or not fee_currency:
        return {}
    return {"highest_fee": fee, "fee_currency": fee_currency}


def _currency(value: object) -> str:
    return value if isinstance(value, str) and 3 <= len(value) <= 16 else ""
