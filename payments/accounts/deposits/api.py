"""Deposits over the API, in the contract's names. What it shows is safe for the customer."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice import vault
from backoffice.rest.pages import PageQuery, answer_page, picked
from backoffice.rest.reading import Reference, Text, read_query
from backoffice.rest.views import ApiView
from backoffice.staff.models import Scope
from customers.models import Customer
from payments.accounts.deposits.models import Deposit, Kind
from payments.accounts.deposits.states import DepositState
from payments.accounts.models import FoundBy
from payments.accounts.travel_rule.models import TravelRuleTask
from payments.accounts.travel_rule.states import TravelRuleState

CUSTOMER = OpenApiParameter("partner_customer_ref", str, OpenApiParameter.PATH)
DEPOSIT = OpenApiParameter("deposit_id", str, OpenApiParameter.PATH)


class TravelRuleAnswer(serializers.Serializer):
    """Where the Travel Rule of a deposit stands."""

    state = serializers.ChoiceField(choices=TravelRuleState.choices())
    askedAt = serializers.DateTimeField(source="asked_at")
    dueAt = serializers.DateTimeField(source="due_at")
    answers = serializers.SerializerMethodField(help_text="How often it was answered.")
    outcome = serializers.SerializerMethodField(help_text="Of the last answer; null while it is on its way.")
    outcomeReason = serializers.SerializerMethodField()

    def get_answers(self, task: TravelRuleTask) -> int:
        return len(task.answers.all())

    def get_outcome(self, task: TravelRuleTask) -> str | None:
        last = _last(task)
        return (last.outcome or None) if last else None

    def get_outcomeReason(self, task: TravelRuleTask) -> str | None:
        last = _last(task)
        return (last.outcome_words or None) if last else None


class _DepositAnswer(serializers.ModelSerializer):
    depositId = serializers.CharField(source="deposit_id")
    partnerCustomerRef = serializers.CharField(source="customer.partner_customer_ref")
    status = serializers.CharField(help_text="Oceafin's status as it came.")
    amount = serializers.SerializerMethodField(help_text="Decimal text, digit by digit as it came.")
    occurredAt = serializers.DateTimeField(source="occurred_at", allow_null=True)
    failureCode = serializers.SerializerMethodField()
    failureReason = serializers.SerializerMethodField()
    foundBy = serializers.ChoiceField(
        source="found_by", choices=FoundBy.choices, help_text="READ: no event told of it."
    )
    createdAt = serializers.DateTimeField(source="found_at")
    updatedAt = serializers.DateTimeField(source="status_since")

    def get_amount(self, deposit: Deposit) -> str | None:
        return deposit.amount or None

    def get_failureCode(self, deposit: Deposit) -> str | None:
        return deposit.failure_code or None

    def get_failureReason(self, deposit: Deposit) -> str | None:
        return deposit.failure_reason or None


class FiatDepositAnswer(_DepositAnswer):
    feeAmount = serializers.SerializerMethodField()
    fiatAccountId = serializers.SerializerMethodField()
    senderName = serializers.SerializerMethodField()
    paymentReference = serializers.SerializerMethodField()

    class Meta:
        model = Deposit
        fields = (
            "depositId",
            "partnerCustomerRef",
            "status",
            "currency",
            "amount",
            "feeAmount",
            "fiatAccountId",
            "senderName",
            "paymentReference",
            "occurredAt",
            "failureCode",
            "failureReason",
            "foundBy",
            "createdAt",
            "updatedAt",
        )

    def get_feeAmount(self, deposit: Deposit) -> str | None:
        return deposit.fee_amount or None

    def get_fiatAccountId(self, deposit: Deposit) -> str | None:
        return deposit.home_id or None

    def get_senderName(self, deposit: Deposit) -> str | None:
        return _private(deposit, "senderName")

    def get_paymentReference(self, deposit: Deposit) -> str | None:
        return _private(deposit, "paymentReference")


class CryptoDepositAnswer(_DepositAnswer):
    asset = serializers.CharField(source="currency")
    addressId = serializers.SerializerMethodField()
    senderAddress = serializers.SerializerMethodField()
    transactionHash = serializers.SerializerMethodField()
    confirmations = serializers.SerializerMethodField()
    travelRule = serializers.SerializerMethodField(help_text="null where Oceafin never asked who sent it.")

    class Meta:
        model = Deposit
        fields = (
            "depositId",
            "partnerCustomerRef",
            "status",
            "asset",
            "network",
            "amount",
            "addressId",
            "senderAddress",
            "transactionHash",
            "confirmations",
            "occurredAt",
            "failureCode",
            "failureReason",
            "foundBy",
            "createdAt",
            "updatedAt",
            "travelRule",
        )

    def get_addressId(self, deposit: Deposit) -> str | None:
        return deposit.home_id or None

    def get_senderAddress(self, deposit: Deposit) -> str | None:
        return _private(deposit, "senderAddress")

    def get_transactionHash(self, deposit: Deposit) -> str | None:
        return deposit.transaction_hash or None

    def get_confirmations(self, deposit: Deposit) -> int | None:
        text = deposit.confirmations
        return int(text) if text.isascii() and text.isdecimal() else None

    @extend_schema_field(TravelRuleAnswer(allow_null=True))
    def get_travelRule(self, deposit: Deposit) -> Any:
        task = getattr(deposit, "travel_rule", None)
        return TravelRuleAnswer(task).data if task else None


class FiatDepositList(serializers.Serializer):
    items = FiatDepositAnswer(many=True)
    nextCursor = serializers.CharField(allow_null=True)


class CryptoDepositList(serializers.Serializer):
    items = CryptoDepositAnswer(many=True)
    nextCursor = serializers.CharField(allow_null=True)


class DepositQuery(PageQuery):
    status = Text(required=False, max_length=64, help_text="Oceafin's status, such as COMPLETED.")
    partnerCustomerRef = Reference(required=False)


class FiatDepositQuery(DepositQuery):
    currency = Text(required=False, max_length=16)


class CryptoDepositQuery(DepositQuery):
    asset = Text(required=False, max_length=16)
    network = Text(required=False, max_length=40)


class _Deposits(ApiView):
    required_scope = Scope.PAYMENTS
    kind: ClassVar[Kind]
    query: ClassVar[type[DepositQuery]]
    answer: ClassVar[type[serializers.Serializer]]

    def page(self, request: Request, partner_customer_ref: str = "") -> Response:
        asked = read_query(request, self.query)
        rows = _deposits(self.kind)
        if partner_customer_ref:
            rows = rows.filter(
                customer=get_object_or_404(Customer, partner_customer_ref=partner_customer_ref)
            )
        coin = {"currency": "asset"} if self.kind == Kind.CRYPTO else {}
        whose = {"customer__partner_customer_ref": "partnerCustomerRef"}
        rows = rows.filter(**picked(asked, "status", "currency", "network", **coin, **whose))
        return answer_page(rows, asked, self.answer)


class FiatDepositsView(_Deposits):
    kind, query, answer = Kind.FIAT, FiatDepositQuery, FiatDepositList

    @extend_schema(
        operation_id="listFiatDeposits",
        summary="List deposits of money, newest first",
        parameters=[FiatDepositQuery],
        responses=FiatDepositList,
    )
    def get(self, request: Request) -> Response:
        return self.page(request)


class FiatDepositsOfCustomerView(_Deposits):
    kind, query, answer = Kind.FIAT, FiatDepositQuery, FiatDepositList

    @extend_schema(
        operation_id="listFiatDepositsOfCustomer",
        summary="List a customer's deposits of money, newest first",
        parameters=[CUSTOMER, FiatDepositQuery],
        responses=FiatDepositList,
    )
    def get(self, request: Request, partner_customer_ref: str) -> Response:
        return self.page(request, partner_customer_ref)


class CryptoDepositsView(_Deposits):
    kind, query, answer = Kind.CRYPTO, CryptoDepositQuery, CryptoDepositList

    @extend_schema(
        operation_id="listCryptoDeposits",
        summary="List deposits of coins, newest first",
        parameters=[CryptoDepositQuery],
        responses=CryptoDepositList,
    )
    def get(self, request: Request) -> Response:
        return self.page(request)


class CryptoDepositsOfCustomerView(_Deposits):
    kind, query, answer = Kind.CRYPTO, CryptoDepositQuery, CryptoDepositList

    @extend_schema(
        operation_id="listCryptoDepositsOfCustomer",
        summary="List a customer's deposits of coins, newest first",
        parameters=[CUSTOMER, CryptoDepositQuery],
        responses=CryptoDepositList,
    )
    def get(self, request: Request, partner_customer_ref: str) -> Response:
        return self.page(request, partner_customer_ref)


class FiatDepositView(ApiView):
    required_scope = Scope.PAYMENTS

    @extend_schema(
        operation_id="getFiatDeposit",
        summary="Read a deposit of money",
        parameters=[DEPOSIT],
        responses=FiatDepositAnswer,
    )
    def get(self, request: Request, deposit_id: str) -> Response:
        return Response(FiatDepositAnswer(deposit_of(Kind.FIAT, deposit_id)).data)


class CryptoDepositView(ApiView):
    required_scope = Scope.PAYMENTS

    @extend_schema(
        operation_id="getCryptoDeposit",
        summary="Read a deposit of coins",
        parameters=[DEPOSIT],
        responses=CryptoDepositAnswer,
    )
    def get(self, request: Request, deposit_id: str) -> Response:
        return Response(CryptoDepositAnswer(deposit_of(Kind.CRYPTO, deposit_id)).data)


def _deposits(kind: Kind) -> QuerySet[Deposit]:
    """Those whose customer is certain: money that may be somebody else's is told to nobody."""
    rows = Deposit.objects.filter(kind=kind, state=DepositState.MATCHED)
    return rows.select_related("customer", "travel_rule").prefetch_related("travel_rule__answers")


def deposit_of(kind: Kind, deposit_id: str) -> Deposit:
    return get_object_or_404(_deposits(kind), deposit_id=deposit_id)


def _last(task: TravelRuleTask) -> Any:
    return max(task.answers.all(), key=lambda answer: answer.version, default=None)


def _private(deposit: Deposit, name: str) -> str | None:
    try:
        return deposit.private.get(name)
    except vault.KeyDestroyed:
        return None
