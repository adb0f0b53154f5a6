"""Beneficiaries over the intake API. What it shows is safe for the customer."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import (
    OpenApiParameter,
    extend_schema,
)
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.rest.pages import PageQuery, answer_page
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
from payments import services
from payments.beneficiaries import FIELDS
from payments.models import BankAccount, HolderType

CUSTOMER = OpenApiParameter("partner_customer_ref", str, OpenApiParameter.PATH)


class BankAccountRequest(StrictSerializer):
    """Either `iban` or `accountNumber`."""

    bankAccountRef = Reference()
    accountHolderName = Text(max_length=200)
    accountNumber = optional_text(default="")
    iban = optional_text(default="")
    bankName = optional_text(default="")
    swiftCode = optional_text(default="")
    routingNumber = optional_text(default="")
    country = Text(max_length=2, help_text="ISO 3166-1 alpha-2.")
    currency = Text(max_length=3, help_text="ISO 4217.")
    holderType = Choice(choices=HolderType.choices)
    replaces = Reference(
        required=False, help_text="The bankAccountRef of this customer's that it takes the place of."
    )


class BankAccountAnswer(serializers.ModelSerializer):
    bankAccountRef = serializers.CharField(source="bank_account_ref")
    partnerCustomerRef = serializers.CharField(source="customer.partner_customer_ref")
    bankAccountId = serializers.CharField(source="oceafin_bank_account_id", allow_null=True)
    status = serializers.SerializerMethodField(help_text="Oceafin's status as it came; null until known.")
    maskedNumber = serializers.CharField(source="masked_number")
    holderType = serializers.CharField(source="holder_type")
    replaces = serializers.SlugRelatedField(slug_field="bank_account_ref", read_only=True)
    confirmed = serializers.BooleanField(
        source="is_confirmed", help_text="Whether a second person confirmed it with evidence."
    )
    createdAt = serializers.DateTimeField(source="created_at")

    class Meta:
        model = BankAccount
        fields = (
            "bankAccountRef",
            "partnerCustomerRef",
            "bankAccountId",
            "status",
            "maskedNumber",
            "country",
            "currency",
            "holderType",
            "replaces",
            "confirmed",
            "createdAt",
        )

    def get_status(self, account: BankAccount) -> str | None:
        return account.oceafin_status or ("REJECTED" if account.refusal else None)


class BankAccountList(serializers.Serializer):
    items = BankAccountAnswer(many=True)
    nextCursor = serializers.CharField(allow_null=True)


class BankAccountsView(ApiView):
    required_scope = Scope.PAYMENTS

    @extend_schema(
        operation_id="addBankAccount",
        summary="Add a beneficiary bank account",
        description="It never changes, and goes to Oceafin once the customer is approved there.",
        parameters=[CUSTOMER],
        request=BankAccountRequest,
        responses={201: BankAccountAnswer, 200: BankAccountAnswer},
    )
    def post(self, request: Request, partner_customer_ref: str) -> Response:
        customer = get_object_or_404(Customer, partner_customer_ref=partner_customer_ref)
        asked = read_body(request, BankAccountRequest)
        account, is_new = services.add_bank_account(
            customer=customer,
            bank_account_ref=asked["bankAccountRef"],
            details={name: asked.get(name) or "" for name in FIELDS},
            country=asked["country"],
            currency=asked["currency"],
            holder_type=asked["holderType"],
            replaces=asked.get("replaces") or "",
            actor=self.actor,
            now=timezone.now(),
        )
        return Response(BankAccountAnswer(account).data, status=201 if is_new else 200)

    @extend_schema(
        operation_id="listBankAccounts",
        summary="List a customer's bank accounts, newest first",
        parameters=[CUSTOMER, PageQuery],
        responses=BankAccountList,
    )
    def get(self, request: Request, partner_customer_ref: str) -> Response:
        customer = get_object_or_404(Customer, partner_customer_ref=partner_customer_ref)
        asked = read_query(request, PageQuery)
        rows = customer.bank_accounts.select_related("customer", "replaces")
        return answer_page(rows, asked, BankAccountList)


class BankAccountView(ApiView):
    required_scope = Scope.PAYMENTS

    @extend_schema(
        operation_id="getBankAccount",
        summary="Read a bank account",
        parameters=[CUSTOMER, OpenApiParameter("bank_account_ref", str, OpenApiParameter.PATH)],
        responses=BankAccountAnswer,
    )
    def get(self, request: Request, partner_customer_ref: str, bank_account_ref: str) -> Response:
        account = get_object_or_404(
            BankAccount.objects.select_related("customer", "replaces"),
            customer__partner_customer_ref=partner_customer_ref,
            bank_account_ref=bank_account_ref,
        )
        return Response(BankAccountAnswer(account).data)
