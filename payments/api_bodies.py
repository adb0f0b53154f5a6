"""What the intake API takes: a body for each kind of payment (design: fixed points)."""

from drf_spectacular.utils import OpenApiExample

from backoffice.rest.reading import Choice, Reference, StrictSerializer, Text, optional_text
from payments.models import Kind, SourceType

PAYOUT = {
    "paymentRef": "wd-9001",
    "kind": "FIAT_WITHDRAWAL",
    "partnerCustomerRef": "cust-100001",
    "amount": "1250.00",
    "currency": "EUR",
    "bankAccountRef": "ba-1",
    "purpose": "Invoice 2026-17",
    "paymentReference": "RF18 5390 0754 7034",
    "requestedBy": "ann@partner.example",
}
CRYPTO_PAYOUT = {
    "paymentRef": "cw-1",
    "kind": "CRYPTO_WITHDRAWAL",
    "partnerCustomerRef": "cust-100001",
    "asset": "USDC",
    "network": "ETHEREUM",
    "amount": "25.000000",
    "walletAddressRef": "wallet-1",
    "purpose": "Invoice 2026-18",
}
REFUND = {
    "paymentRef": "rf-1",
    "kind": "REFUND",
    "partnerCustomerRef": "cust-100001",
    "sourceType": "COLLECTION",
    "sourceId": "00000000-0000-4000-8000-000000000011",
    "amount": "5.000000",
    "currency": "USDC",
    "reason": "Order cancelled",
}


CONVERSION = {
    "paymentRef": "conv-7001",
    "kind": "CONVERSION",
    "partnerCustomerRef": "cust-100001",
    "sellCurrency": "EUR",
    "buyCurrency": "USD",
    "sellAmount": "1000.00",
}
EXAMPLES = [
    OpenApiExample("A payout", value=PAYOUT, request_only=True),
    OpenApiExample("A crypto payout", value=CRYPTO_PAYOUT, request_only=True),
    OpenApiExample("A conversion", value=CONVERSION, request_only=True),
    OpenApiExample("A refund", value=REFUND, request_only=True),
]


AMOUNT = 'Decimal text in the currency\'s own precision, such as "1250.00".'
CURRENCY = "ISO 4217, or a token's symbol."


class PaymentRequestBody(StrictSerializer):
    """What every kind has; each adds how much, and where it goes."""

    paymentRef = Reference()
    kind = Choice(choices=Kind.choices)
    partnerCustomerRef = Reference()
    purpose = optional_text(default="")
    paymentReference = optional_text(default="")
    requestedBy = optional_text(
        default="", help_text="The person at the partner who asks; they cannot approve it."
    )
    scheduledOn = optional_text(
        10,
        default="",
        help_text="The day on which it leaves, such as 2026-12-24, by the partner's business clock; else at once.",
    )
    replaces = Reference(required=False, help_text="An ended payment that this one tries again.")


class AmountRequestBody(PaymentRequestBody):
    amount = Text(trim_whitespace=False, max_length=40, help_text=AMOUNT)
    currency = Text(max_length=16, help_text=CURRENCY)


class PayoutRequestBody(AmountRequestBody):
    bankAccountRef = Reference()


class CryptoPayoutRequestBody(PaymentRequestBody):
    asset = Text(max_length=16, help_text="A token's symbol.")
    network = Text(max_length=40)
    amount = Text(trim_whitespace=False, max_length=40, help_text=AMOUNT)
    walletAddressRef = Reference()


class ConversionRequestBody(PaymentRequestBody):
    """Either `sellAmount` or `buyAmount`: Oceafin's quote says the other."""

    sellCurrency = Text(max_length=16, help_text=CURRENCY)
    buyCurrency = Text(max_length=16, help_text=CURRENCY)
    sellAmount = optional_text(40, default="", trim_whitespace=False, help_text=AMOUNT)
    buyAmount = optional_text(40, default="", trim_whitespace=False, help_text=AMOUNT)


class RefundRequestBody(AmountRequestBody):
    sourceType = Choice(choices=SourceType.choices)
    sourceId = Text(max_length=64, help_text="Oceafin's depositId or collectionId.")
    network = optional_text(
        40, default="", help_text="Of a token. It is the source's, and need not be given."
    )
    reason = Text(max_length=200, help_text="Oceafin is told.")


BODIES: dict[str, type[PaymentRequestBody]] = {
    Kind.FIAT_WITHDRAWAL.value: PayoutRequestBody,
    Kind.CRYPTO_WITHDRAWAL.value: CryptoPayoutRequestBody,
    Kind.CONVERSION.value: ConversionRequestBody,
    Kind.REFUND.value: RefundRequestBody,
}
