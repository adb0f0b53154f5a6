"""Payments over the intake API (design: fixed points). What it shows is safe for the customer."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import (
    OpenApiParameter,
    PolymorphicProxySerializer,
    extend_schema,
    extend_schema_field,
)
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.rest.pages import PageQuery, answer_page, picked
from backoffice.rest.problems import answers
from backoffice.rest.reading import Choice, Reference, read_body, read_query
from backoffice.rest.views import ApiView
from backoffice.staff.models import Scope
from customers.models import Customer
from payments import conversion, errors, requesting, services, telling
from payments.api_bodies import BODIES, EXAMPLES, PayoutRequestBody
from payments.models import Kind, PaymentRequest
from payments.money import format_amount
from payments.states import PaymentState
from payments.ways import WAYS

answers(errors.Unfit, status=400)

PAYMENT_REF = OpenApiParameter("payment_ref", str, OpenApiParameter.PATH)


WITHDRAWALS = (Kind.FIAT_WITHDRAWAL, Kind.CRYPTO_WITHDRAWAL)


class PaymentLine(serializers.Serializer):
    at = serializers.DateTimeField()
    state = serializers.ChoiceField(choices=PaymentState.choices())


class Converted(serializers.Serializer):
    """What a conversion came to. Amounts are decimal text; null is what Oceafin has not said."""

    sellAmount = serializers.CharField(allow_null=True)
    buyAmount = serializers.CharField(allow_null=True)
    rate = serializers.CharField(allow_null=True)
    feeAmount = serializers.CharField(allow_null=True)
    feeCurrency = serializers.CharField(allow_null=True)


class Quoted(Converted):
    """What a conversion would come to, as Oceafin last quoted it. It is converted at a fresh quote."""

    expiresAt = serializers.DateTimeField(allow_null=True)


class PaymentAnswer(serializers.ModelSerializer):
    paymentRef = serializers.CharField(source="payment_ref")
    kind = serializers.ChoiceField(choices=Kind.choices)
    partnerCustomerRef = serializers.CharField(source="customer.partner_customer_ref")
    amount = serializers.SerializerMethodField(help_text="Of a conversion, what is fixed.")
    network = serializers.SerializerMethodField(help_text="Of a token; null for money in accounts.")
    asset = serializers.SerializerMethodField(help_text="Of a crypto payout: its currency.")
    bankAccountRef = serializers.SerializerMethodField(help_text="Where a payout goes.")
    sellCurrency = serializers.SerializerMethodField(help_text="Of a conversion.")
    buyCurrency = serializers.SerializerMethodField(help_text="Of a conversion.")
    sellAmount = serializers.SerializerMethodField(help_text="Of a conversion, if it was asked for.")
    buyAmount = serializers.SerializerMethodField(help_text="Of a conversion, if it was asked for.")
    walletAddressRef = serializers.SerializerMethodField(help_text="Where a crypto payout goes.")
    sourceType = serializers.SerializerMethodField(help_text="What a refund sends back.")
    sourceId = serializers.SerializerMethodField()
    reason = serializers.SerializerMethodField(help_text="Of a refund.")
    purpose = serializers.SerializerMethodField()
    paymentReference = serializers.SerializerMethodField()
    requestedBy = serializers.CharField(source="requested_by")
    scheduledOn = serializers.DateField(source="scheduled_on", allow_null=True)
    replaces = serializers.SerializerMethodField()
    state = serializers.ChoiceField(choices=PaymentState.choices())
    waitingFor = serializers.SerializerMethodField(
        help_text="A sentence; `in review` for any hold; null at the end."
    )
    withdrawalId = serializers.SerializerMethodField(help_text="Of a payout; null until known.")
    conversionId = serializers.SerializerMethodField(help_text="Of a conversion; null until known.")
    refundId = serializers.SerializerMethodField(help_text="Of a refund; null until known.")
    transactionHash = serializers.SerializerMethodField(help_text="Of coins: who looks there finds them.")
    confirmations = serializers.IntegerField(allow_null=True)
    quoted = serializers.SerializerMethodField(
        help_text="Of a conversion: what it would come to; null until Oceafin has said so."
    )
    converted = serializers.SerializerMethodField(help_text="Of a conversion; null until known.")
    failureCode = serializers.SerializerMethodField()
    failureReason = serializers.SerializerMethodField()
    createdAt = serializers.DateTimeField(source="created_at")
    updatedAt = serializers.DateTimeField(source="state_since")
    timeline = serializers.SerializerMethodField()

    class Meta:
        model = PaymentRequest
        fields = (
            "paymentRef",
            "kind",
            "partnerCustomerRef",
            "amount",
            "currency",
            "asset",
            "network",
            "bankAccountRef",
            "walletAddressRef",
            "sellCurrency",
            "buyCurrency",
            "sellAmount",
            "buyAmount",
            "sourceType",
            "sourceId",
            "reason",
            "purpose",
            "paymentReference",
            "requestedBy",
            "scheduledOn",
            "replaces",
            "state",
            "waitingFor",
            "withdrawalId",
            "conversionId",
            "refundId",
            "transactionHash",
            "confirmations",
            "quoted",
            "converted",
            "failureCode",
            "failureReason",
            "createdAt",
            "updatedAt",
            "timeline",
        )

    def get_amount(self, payment: PaymentRequest) -> str:
        return format_amount(payment.amount, payment.currency, payment.network)

    def get_network(self, payment: PaymentRequest) -> str | None:
        return payment.network or None

    def get_bankAccountRef(self, payment: PaymentRequest) -> str | None:
        return payment.beneficiary.bank_account_ref if payment.beneficiary else None

    def get_asset(self, payment: PaymentRequest) -> str | None:
        return payment.currency if payment.kind == Kind.CRYPTO_WITHDRAWAL else None

    def get_walletAddressRef(self, payment: PaymentRequest) -> str | None:
        return payment.wallet.wallet_address_ref if payment.wallet else None

    def get_transactionHash(self, payment: PaymentRequest) -> str | None:
        return payment.transaction_hash or None

    def get_sellCurrency(self, payment: PaymentRequest) -> str | None:
        return conversion.asked(payment).get("sellCurrency")

    def get_buyCurrency(self, payment: PaymentRequest) -> str | None:
        return conversion.asked(payment).get("buyCurrency")

    def get_sellAmount(self, payment: PaymentRequest) -> str | None:
        return conversion.asked(payment).get("sellAmount")

    def get_buyAmount(self, payment: PaymentRequest) -> str | None:
        return conversion.asked(payment).get("buyAmount")

    def get_conversionId(self, payment: PaymentRequest) -> str | None:
        return payment.oceafin_id if payment.kind == Kind.CONVERSION else None

    @extend_schema_field(Quoted(allow_null=True))
    def get_quoted(self, payment: PaymentRequest) -> Any:
        quote = conversion.quoted(payment)
        return Quoted(quote).data if quote else None

    @extend_schema_field(Converted(allow_null=True))
    def get_converted(self, payment: PaymentRequest) -> Any:
        done = conversion.done(payment)
        return Converted(done).data if done else None

    def get_sourceType(self, payment: PaymentRequest) -> str | None:
        return payment.source_type or None

    def get_sourceId(self, payment: PaymentRequest) -> str | None:
        return payment.source_id or None

    def get_reason(self, payment: PaymentRequest) -> str | None:
        return payment.wording.get("reason")

    def get_withdrawalId(self, payment: PaymentRequest) -> str | None:
        return payment.oceafin_id if payment.kind in WITHDRAWALS else None

    def get_refundId(self, payment: PaymentRequest) -> str | None:
        return payment.oceafin_id if payment.kind == Kind.REFUND else None

    def get_purpose(self, payment: PaymentRequest) -> str:
        return payment.wording.get("purpose", "")

    def get_paymentReference(self, payment: PaymentRequest) -> str:
        return payment.wording.get("paymentReference", "")

    def get_replaces(self, payment: PaymentRequest) -> str | None:
        return payment.replaces.payment_ref if payment.replaces else None

    def get_waitingFor(self, payment: PaymentRequest) -> str | None:
        return telling.waiting_for_customer_words(payment)

    def get_failureCode(self, payment: PaymentRequest) -> str | None:
        return payment.failure_code or None

    def get_failureReason(self, payment: PaymentRequest) -> str | None:
        return payment.failure_reason or None

    @extend_schema_field(PaymentLine(many=True))
    def get_timeline(self, payment: PaymentRequest) -> Any:
        lines = [{"at": at, "state": state} for at, state in telling.safe_timeline(payment)]
        return PaymentLine(lines, many=True).data


class PaymentQuery(PageQuery):
    state = Choice(choices=PaymentState.choices(), required=False)
    kind = Choice(choices=Kind.choices, required=False)
    partnerCustomerRef = Reference(required=False)


class PaymentList(serializers.Serializer):
    items = PaymentAnswer(many=True)
    nextCursor = serializers.CharField(allow_null=True)


class PaymentsView(ApiView):
    required_scope = Scope.PAYMENTS

    @extend_schema(
        operation_id="requestPayment",
        summary="Ask for a payment",
        description="It waits for approval by staff. The same request again is answered 200 with the payment.",
        request=PolymorphicProxySerializer(
            component_name="PaymentRequestBody",
            serializers=BODIES,
            resource_type_field_name="kind",
        ),
        responses={201: PaymentAnswer, 200: PaymentAnswer},
        examples=EXAMPLES,
    )
    def post(self, request: Request) -> Response:
        # Before the fields: another kind has other fields, and the answer is that it is not offered.
        kind = request.data.get("kind") if isinstance(request.data, dict) else None
        if kind is not None:
            requesting.check_kind(str(kind))
        asked = read_body(request, BODIES.get(str(kind), PayoutRequestBody))
        payment, is_new = services.request_payment(
            payment_ref=asked["paymentRef"],
            kind=asked["kind"],
            customer=_customer(asked["partnerCustomerRef"]),
            amount=asked.get("amount", ""),
            currency=asked.get("currency") or asked.get("asset", ""),
            details={name: asked.get(name) or "" for name in WAYS[asked["kind"]].fields},
            purpose=asked["purpose"] or "",
            payment_reference=asked["paymentReference"] or "",
            requested_by=asked["requestedBy"] or "",
            replaces=_replaced(asked.get("replaces")),
            scheduled_on=asked["scheduledOn"] or "",
            actor=self.actor,
            now=timezone.now(),
        )
        return Response(PaymentAnswer(payment).data, status=201 if is_new else 200)

    @extend_schema(
        operation_id="listPayments",
        summary="List payments, newest first",
        parameters=[PaymentQuery],
        responses=PaymentList,
    )
    def get(self, request: Request) -> Response:
        asked = read_query(request, PaymentQuery)
        filters = picked(asked, "state", "kind", customer__partner_customer_ref="partnerCustomerRef")
        rows = PaymentRequest.objects.select_related("customer", "beneficiary", "wallet", "replaces").filter(
            **filters
        )
        return answer_page(rows, asked, PaymentList)


class PaymentView(ApiView):
    required_scope = Scope.PAYMENTS

    @extend_schema(
        operation_id="getPayment",
        summary="Read a payment",
        parameters=[PAYMENT_REF],
        responses=PaymentAnswer,
    )
    def get(self, request: Request, payment_ref: str) -> Response:
        payments = PaymentRequest.objects.select_related("customer", "beneficiary", "wallet", "replaces")
        return Response(PaymentAnswer(get_object_or_404(payments, payment_ref=payment_ref)).data)


def _customer(ref: str) -> Customer:
    customer = Customer.objects.filter(partner_customer_ref=ref).first()
    if customer is None:
        raise errors.Unfit("partnerCustomerRef", _("There is no customer of this reference."))
    return customer


def _replaced(ref: str | None) -> PaymentRequest | None:
    if not ref:
        return None
    payment = PaymentRequest.objects.filter(payment_ref=ref).first()
    if payment is None:
        raise errors.Unfit("replaces", _("Name a payment that has ended."))
    return payment
