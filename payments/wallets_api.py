"""Wallets to pay coins to, over the intake API. What it shows is safe for the customer."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_field
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
from payments import crypto_withdrawal, services
from payments.models import Custody, HolderType, WalletAddress

CUSTOMER = OpenApiParameter("partner_customer_ref", str, OpenApiParameter.PATH)
WALLET = {
    "walletAddressRef": "wallet-1",
    "asset": "USDC",
    "network": "ETHEREUM",
    "address": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "holderType": "THIRD_PARTY",
    "holderName": "Alex Example",
    "beneficiaryVasp": {"name": "Example VASP", "country": "DE"},
}


class BeneficiaryVasp(StrictSerializer):
    name = Text(max_length=140)
    country = optional_text(2, help_text="ISO 3166-1 alpha-2.")
    lei = optional_text(40)


class WalletAddressRequest(StrictSerializer):
    """What the Travel Rule asks of who receives can be left out here; then nothing is paid to the wallet."""

    walletAddressRef = Reference()
    asset = Text(max_length=16, help_text="A token's symbol, such as USDC.")
    network = Text(max_length=40)
    address = Text(max_length=200, help_text="Checked by the checksum of its network.")
    memo = optional_text(64)
    label = optional_text(80)
    holderType = Choice(choices=HolderType.choices, required=False, allow_null=True)
    holderName = optional_text(140, help_text="Who receives.")
    beneficiaryVasp = BeneficiaryVasp(
        required=False, allow_null=True, help_text="The provider that holds the wallet. Not sent to Oceafin."
    )
    selfHosted = serializers.BooleanField(required=False, allow_null=True, default=None)
    replaces = Reference(
        required=False, help_text="The walletAddressRef of this customer's that it takes the place of."
    )
    walletOwnershipProof = optional_text(
        3500, help_text="Of a self-hosted wallet: how it is known whose it is. Not sent to Oceafin."
    )


class WalletAddressAnswer(serializers.ModelSerializer):
    walletAddressRef = serializers.CharField(source="wallet_address_ref")
    partnerCustomerRef = serializers.CharField(source="customer.partner_customer_ref")
    walletAddressId = serializers.CharField(source="oceafin_wallet_address_id", allow_null=True)
    status = serializers.SerializerMethodField(help_text="Oceafin's status as it came; null until known.")
    maskedAddress = serializers.CharField(source="masked_address")
    replaces = serializers.SlugRelatedField(slug_field="wallet_address_ref", read_only=True)
    holderType = serializers.SerializerMethodField()
    selfHosted = serializers.SerializerMethodField(help_text="Null as long as that is not known.")
    missing = serializers.SerializerMethodField(
        help_text="What must be known of it before anything is paid to it, and is not."
    )
    confirmed = serializers.BooleanField(
        source="is_confirmed", help_text="Whether a second person confirmed it with evidence."
    )
    createdAt = serializers.DateTimeField(source="created_at")

    class Meta:
        model = WalletAddress
        fields = (
            "walletAddressRef",
            "partnerCustomerRef",
            "walletAddressId",
            "status",
            "asset",
            "network",
            "maskedAddress",
            "replaces",
            "holderType",
            "selfHosted",
            "missing",
            "confirmed",
            "createdAt",
        )

    def get_status(self, wallet: WalletAddress) -> str | None:
        return wallet.oceafin_status or ("REJECTED" if wallet.refusal else None)

    def get_holderType(self, wallet: WalletAddress) -> str | None:
        return wallet.holder_type or None

    def get_selfHosted(self, wallet: WalletAddress) -> bool | None:
        return wallet.custody == Custody.SELF_HOSTED if wallet.custody else None

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_missing(self, wallet: WalletAddress) -> list[str]:
        return crypto_withdrawal.lacks(wallet)


class WalletAddressList(serializers.Serializer):
    items = WalletAddressAnswer(many=True)
    nextCursor = serializers.CharField(allow_null=True)


class WalletAddressesView(ApiView):
    required_scope = Scope.PAYMENTS

    @extend_schema(
        operation_id="addCryptoWalletAddress",
        summary="Add a wallet to pay coins to",
        description="It never changes, and goes to Oceafin once the customer is approved there.",
        parameters=[CUSTOMER],
        request=WalletAddressRequest,
        responses={201: WalletAddressAnswer, 200: WalletAddressAnswer},
        examples=[OpenApiExample("At a provider", value=WALLET, request_only=True)],
    )
    def post(self, request: Request, partner_customer_ref: str) -> Response:
        customer = get_object_or_404(Customer, partner_customer_ref=partner_customer_ref)
        asked = read_body(request, WalletAddressRequest)
        vasp = asked.get("beneficiaryVasp") or {}
        names = ("memo", "label", "holderName", "walletOwnershipProof")
        details = {name: asked.get(name) or "" for name in names}
        details |= {f"vasp{name.capitalize()}": vasp.get(name) or "" for name in ("name", "country", "lei")}
        wallet, is_new = services.add_wallet_address(
            customer=customer,
            wallet_address_ref=asked["walletAddressRef"],
            asset=asked["asset"],
            network=asked["network"],
            address=asked["address"],
            details=details,
            holder_type=asked.get("holderType") or "",
            self_hosted=asked.get("selfHosted"),
            replaces=asked.get("replaces") or "",
            actor=self.actor,
            now=timezone.now(),
        )
        return Response(WalletAddressAnswer(wallet).data, status=201 if is_new else 200)

    @extend_schema(
        operation_id="listCryptoWalletAddresses",
        summary="List a customer's wallets, newest first",
        parameters=[CUSTOMER, PageQuery],
        responses=WalletAddressList,
    )
    def get(self, request: Request, partner_customer_ref: str) -> Response:
        customer = get_object_or_404(Customer, partner_customer_ref=partner_customer_ref)
        asked = read_query(request, PageQuery)
        rows = customer.wallet_addresses.select_related("customer", "replaces")
        return answer_page(rows, asked, WalletAddressList)


class WalletAddressView(ApiView):
    required_scope = Scope.PAYMENTS

    @extend_schema(
        operation_id="getCryptoWalletAddress",
        summary="Read a wallet",
        parameters=[CUSTOMER, OpenApiParameter("wallet_address_ref", str, OpenApiParameter.PATH)],
        responses=WalletAddressAnswer,
    )
    def get(self, request: Request, partner_customer_ref: str, wallet_address_ref: str) -> Response:
        wallet = get_object_or_404(
            WalletAddress.objects.select_related("customer", "replaces"),
            customer__partner_customer_ref=partner_customer_ref,
            wallet_address_ref=wallet_address_ref,
        )
        return Response(WalletAddressAnswer(wallet).data)
