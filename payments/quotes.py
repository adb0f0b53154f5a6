"""A quote as it came. What cannot be read stays empty, and is never guessed."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from backoffice.oceafin.kinds import Resource
from backoffice.oceafin.signing import parse_timestamp
from payments.models import PaymentRequest, Quote, QuotePurpose
from payments.money import DECIMAL_PLACES, read_decimal


def read_quote(
    payment: PaymentRequest, resource: Resource, *, number: int, purpose: QuotePurpose, now: datetime
) -> Quote:
    expires, rate = resource.get("expiresAt"), resource.get("rate")
    return Quote(
        payment=payment,
        number=number,
        purpose=purpose,
        oceafin_quote_id=str(resource["quoteId"])[:64],
        fee=storable(resource.get("feeAmount")),
        fee_currency=_currency(resource.get("feeCurrency")),
        receives=storable(resource.get("receiveAmount")),
        receive_currency=_currency(resource.get("receiveCurrency")),
        rate="" if rate is None else str(rate)[:60],
        expires_at=parse_timestamp(expires) if isinstance(expires, str) else None,
        received_at=now,
    )


def fee_of(draft: Resource, currency: str) -> dict[str, Any]:
    """The columns of a payment that the fee in a draft would make its terms; {} where it cannot be read."""
    fee, fee_currency = storable(draft.get("feeAmount")), _currency(draft.get("feeCurrency") or currency)
    if fee is None or fee < 0 or not fee_currency:
        return {}
    return {"highest_fee": fee, "fee_currency": fee_currency}


def storable(value: object) -> Decimal | None:
    """A number of Oceafin's that our columns hold exactly; None for anything else."""
    found = read_decimal(value)
    if found is None or abs(found) >= 10**16 or -int(found.as_tuple().exponent) > DECIMAL_PLACES:
        return None
    return found


def _currency(value: object) -> str:
    return value if isinstance(value, str) and 3 <= len(value) <= 16 else ""
