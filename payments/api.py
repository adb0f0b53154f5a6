"""Payments over the intake API (design: fixed points). What it shows is safe for the customer."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import (
    OpenApiExample,
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
from backoffice.rest.reading import (
    Choice,
    Reference,
    StrictSerializer,
    Text,
    optional_text,
    read_body,
    read_query,
)
from backoffice.rest.views import ApiView
from backoffice.staff.models import Scope
from customers.models import Customer
from payments import errors, requesting, services, telling
from payments.models import Kind, PaymentRequest, SourceType
from payments.money import format_amount
from payments.states import PaymentState
from payments.ways import WAYS

answers(errors.Unfit, status=400)

PAYMENT_REF = OpenApiParameter("payment_ref", str, OpenApiParameter.PATH)
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


class PaymentRequestBody(StrictSerializer):
    """What every kind has; each adds where it goes."""

    paymentRef = Reference()
    kind = Choice(choices=Kind.choices)
    partnerCustomerRef = Reference()
    amount = Text(
        trim_whitespace=False,
        max_length=40,
        help_text='Decimal text in the currency\'s own precision, such as "1250.00".',
    )
    currency = Text(max_length=16, help_text="ISO 4217, or a token's symbol.")
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


class PayoutRequestBody(PaymentRequestBody):
    bankAccountRef = Reference()


class RefundRequestBody(PaymentRequestBody):
    sourceType = Choice(choices=SourceType.choices)
    sourceId = Text(max_length=64, help_text="Oceafin's depositId or collectionId.")
    network = optional_text(
        40, default="", help_text="Of a token. It is the source's, and need not be given."
    )
    reason = Text(max_length=200, help_text="Oceafin is told.")


BODIES: dict[str, type[PaymentRequestBody]] = {
    Kind.FIAT_WITHDRAWAL.value: PayoutRequestBody,
    Kind.REFUND.value: RefundRequestBody,
}


class PaymentLine(serializers.Serializer):
    at = serializers.DateTimeField()
    state = serializers.ChoiceField(choices=PaymentState.choices())


class PaymentAnswer(serializers.ModelSerializer):
    paymentRef = serializers.CharField(source="payment_ref")
    kind = serializers.ChoiceField(choices=Kind.choices)
    partnerCustomerRef = serializers.CharField(source="customer.partner_customer_ref")
    amount = serializers.SerializerMethodField()
    network = serializers.SerializerMethodField(help_text="Of a token; null for money in accounts.")
    bankAccountRef = serializers.SerializerMethodField(help_text="Where a payout goes.")
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
    refundId = serializers.SerializerMethodField(help_text="Of a refund; null until known.")
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
            "network",
            "bankAccountRef",
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
            "refundId",
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

    def get_sourceType(self, payment: PaymentRequest) -> str | None:
        return payment.source_type or None

    def get_sourceId(self, payment: PaymentRequest) -> str | None:
        return payment.source_id or None

    def get_reason(self, payment: PaymentRequest) -> str | None:
        return payment.wording.get("reason")

    def get_withdrawalId(self, payment: PaymentRequest) -> str | None:
        return payment.oceafin_id if payment.kind == Kind.FIAT_WITHDRAWAL else None

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
        examples=[
            OpenApiExample("A payout", value=PAYOUT, request_only=True),
            OpenApiExample("A refund", value=REFUND, request_only=True),
        ],
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
            amount=asked["amount"],
            currency=asked["currency"],
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
        rows = PaymentRequest.objects.select_related("customer", "beneficiary", "replaces").filter(**filters)
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
        payments = PaymentRequest.objects.select_related("customer", "beneficiary", "replaces")
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
