"""What a customer may open, its accounts and where to pay in, over the intake API."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.rest.pages import PageQuery, answer_page, picked
from backoffice.rest.reading import Text, read_query
from backoffice.rest.views import ApiView
from backoffice.staff.models import Scope
from customers.models import Customer
from payments.accounts.fiat.models import (
    DETAILS,
    DepositInstruction,
    FiatAccount,
    FiatAccountCapability,
)

CUSTOMER = OpenApiParameter("partner_customer_ref", str, OpenApiParameter.PATH)


class MissingItem(serializers.Serializer):
    """What Oceafin wants to know, in its words."""

    code = serializers.CharField(allow_blank=True)
    message = serializers.CharField(allow_blank=True)
    documentType = serializers.CharField(allow_blank=True)


class CapabilityAnswer(serializers.ModelSerializer):
    capabilityId = serializers.CharField(source="capability_id")
    requiredInfo = serializers.SerializerMethodField()
    readAt = serializers.DateTimeField(source="read_at")

    class Meta:
        model = FiatAccountCapability
        fields = ("capabilityId", "status", "currency", "country", "requiredInfo", "readAt")

    @extend_schema_field(MissingItem(many=True))
    def get_requiredInfo(self, capability: FiatAccountCapability) -> Any:
        return capability.required


class CapabilityList(serializers.Serializer):
    items = CapabilityAnswer(many=True)
    nextCursor = serializers.CharField(allow_null=True)


class AccountAnswer(serializers.ModelSerializer):
    """The number is masked here; where to pay in is read from the deposit instructions."""

    fiatAccountId = serializers.CharField(source="fiat_account_id")
    partnerCustomerRef = serializers.CharField(source="customer.partner_customer_ref")
    maskedNumber = serializers.CharField(source="masked_number")
    applicationRef = serializers.SerializerMethodField()
    createdAt = serializers.DateTimeField(source="opened_at", allow_null=True)
    updatedAt = serializers.DateTimeField(source="updated_at", allow_null=True)
    readAt = serializers.DateTimeField(source="read_at")

    class Meta:
        model = FiatAccount
        fields = (
            "fiatAccountId",
            "partnerCustomerRef",
            "status",
            "currency",
            "country",
            "maskedNumber",
            "applicationRef",
            "createdAt",
            "updatedAt",
            "readAt",
        )

    def get_applicationRef(self, account: FiatAccount) -> str | None:
        application = getattr(account, "application", None)
        return application.application_ref if application else None


class AccountQuery(PageQuery):
    status = Text(required=False, max_length=64)
    currency = Text(required=False, max_length=16)


class AccountList(serializers.Serializer):
    items = AccountAnswer(many=True)
    nextCursor = serializers.CharField(allow_null=True)


class InstructionAnswer(serializers.Serializer):
    """Where to pay in, in full, by the contract's names; a field that Oceafin left out is null."""

    fiatAccountId = serializers.CharField(allow_null=True)
    currency = serializers.CharField()
    accountHolderName = serializers.CharField(allow_null=True)
    iban = serializers.CharField(allow_null=True)
    accountNumber = serializers.CharField(allow_null=True)
    routingNumber = serializers.CharField(allow_null=True)
    swiftCode = serializers.CharField(allow_null=True)
    bankName = serializers.CharField(allow_null=True)
    country = serializers.CharField(allow_null=True)
    paymentReference = serializers.CharField(allow_null=True)
    updatedAt = serializers.DateTimeField(allow_null=True)
    readAt = serializers.DateTimeField()

    def to_representation(self, instruction: DepositInstruction) -> dict[str, Any]:
        details = instruction.details
        return {
            "fiatAccountId": instruction.fiat_account_id or None,
            "currency": instruction.currency,
            **{name: details.get(name) for name in DETAILS},
            "updatedAt": instruction.updated_at,
            "readAt": instruction.read_at,
        }


class InstructionQuery(PageQuery):
    fiatAccountId = Text(required=False, max_length=64)
    currency = Text(required=False, max_length=16)


class InstructionList(serializers.Serializer):
    items = InstructionAnswer(many=True)
    nextCursor = serializers.CharField(allow_null=True)


class CapabilitiesView(ApiView):
    required_scope = Scope.PAYMENTS

    @extend_schema(
        operation_id="listFiatAccountCapabilities",
        summary="List which accounts a customer may open",
        description="As Oceafin listed them at `readAt`.",
        parameters=[CUSTOMER, PageQuery],
        responses=CapabilityList,
    )
    def get(self, request: Request, partner_customer_ref: str) -> Response:
        customer = get_object_or_404(Customer, partner_customer_ref=partner_customer_ref)
        asked = read_query(request, PageQuery)
        rows = FiatAccountCapability.objects.filter(customer=customer).select_related("customer")
        return answer_page(rows, asked, CapabilityList)


class AccountsView(ApiView):
    required_scope = Scope.PAYMENTS

    @extend_schema(
        operation_id="listFiatAccounts",
        summary="List a customer's accounts, newest first",
        parameters=[CUSTOMER, AccountQuery],
        responses=AccountList,
    )
    def get(self, request: Request, partner_customer_ref: str) -> Response:
        customer = get_object_or_404(Customer, partner_customer_ref=partner_customer_ref)
        asked = read_query(request, AccountQuery)
        rows = customer.fiat_accounts.select_related("customer", "application")
        return answer_page(rows.filter(**picked(asked, "status", "currency")), asked, AccountList)


class InstructionsView(ApiView):
    required_scope = Scope.PAYMENTS

    @extend_schema(
        operation_id="listFiatDepositInstructions",
        summary="List where a customer pays in",
        description="In full, for handing on to the customer. What Oceafin no longer lists is left out.",
        parameters=[CUSTOMER, InstructionQuery],
        responses=InstructionList,
    )
    def get(self, request: Request, partner_customer_ref: str) -> Response:
        customer = get_object_or_404(Customer, partner_customer_ref=partner_customer_ref)
        asked = read_query(request, InstructionQuery)
        rows = customer.deposit_instructions.filter(is_listed=True).select_related("customer")
        filters = picked(asked, "currency", fiat_account_id="fiatAccountId")
        return answer_page(rows.filter(**filters), asked, InstructionList)
