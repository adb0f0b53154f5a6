"""Addresses to pay coins in to, over the intake API, in the contract's names."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice import vault
from backoffice.rest.pages import PageQuery, answer_page
from backoffice.rest.reading import Reference, StrictSerializer, Text, optional_text, read_body, read_query
from backoffice.rest.views import ApiView
from backoffice.staff.models import Scope
from customers.models import Customer
from payments.accounts.deposits import services
from payments.accounts.deposits.models import DepositAddress

CUSTOMER = OpenApiParameter("partner_customer_ref", str, OpenApiParameter.PATH)


class DepositAddressRequest(StrictSerializer):
    addressRef = Reference()
    asset = Text(max_length=16, help_text="The token's symbol, such as BTC.")
    network = Text(max_length=40, help_text="Such as BITCOIN.")
    label = optional_text(64)


class DepositAddressAnswer(serializers.ModelSerializer):
    addressRef = serializers.CharField(source="address_ref", allow_null=True)
    partnerCustomerRef = serializers.CharField(source="customer.partner_customer_ref")
    addressId = serializers.CharField(source="address_id", allow_null=True)
    status = serializers.SerializerMethodField(help_text="Oceafin's status as it came; null until known.")
    address = serializers.SerializerMethodField(
        help_text="null until known, and while Oceafin contradicts itself."
    )
    memo = serializers.SerializerMethodField()
    createdAt = serializers.DateTimeField(source="created_at")

    class Meta:
        model = DepositAddress
        fields = (
            "addressRef",
            "partnerCustomerRef",
            "addressId",
            "status",
            "asset",
            "network",
            "address",
            "memo",
            "label",
            "createdAt",
        )

    def get_status(self, address: DepositAddress) -> str | None:
        return address.status or ("REJECTED" if address.refusal else None)

    def get_address(self, address: DepositAddress) -> str | None:
        return _where(address, "address")

    def get_memo(self, address: DepositAddress) -> str | None:
        return _where(address, "memo")


class DepositAddressList(serializers.Serializer):
    items = DepositAddressAnswer(many=True)
    nextCursor = serializers.CharField(allow_null=True)


class DepositAddressesView(ApiView):
    required_scope = Scope.PAYMENTS

    @extend_schema(
        operation_id="createCryptoDepositAddress",
        summary="Ask for an address to pay coins in to",
        description="Oceafin makes it once the customer is approved there; its `address` is null until then.",
        parameters=[CUSTOMER],
        request=DepositAddressRequest,
        responses={201: DepositAddressAnswer, 200: DepositAddressAnswer},
    )
    def post(self, request: Request, partner_customer_ref: str) -> Response:
        customer = get_object_or_404(Customer, partner_customer_ref=partner_customer_ref)
        asked = read_body(request, DepositAddressRequest)
        address, is_new = services.ask_for_address(
            customer=customer,
            address_ref=asked["addressRef"],
            asset=asked["asset"],
            network=asked["network"],
            label=asked.get("label") or "",
            actor=self.actor,
            now=timezone.now(),
        )
        return Response(DepositAddressAnswer(address).data, status=201 if is_new else 200)

    @extend_schema(
        operation_id="listCryptoDepositAddresses",
        summary="List a customer's addresses to pay coins in to, newest first",
        parameters=[CUSTOMER, PageQuery],
        responses=DepositAddressList,
    )
    def get(self, request: Request, partner_customer_ref: str) -> Response:
        customer = get_object_or_404(Customer, partner_customer_ref=partner_customer_ref)
        asked = read_query(request, PageQuery)
        rows = customer.deposit_addresses.select_related("customer")
        return answer_page(rows, asked, DepositAddressList)


def _where(address: DepositAddress, name: str) -> str | None:
    if address.contradiction:
        return None
    try:
        return address.where.get(name)
    except vault.KeyDestroyed:
        return None
