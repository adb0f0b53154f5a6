"""Collection wallets and what came in there over the intake API. What it shows is safe for the customer."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.rest.pages import PageQuery, answer_page, picked
from backoffice.rest.problems import answers
from backoffice.rest.reading import Reference, StrictSerializer, Text, read_body, read_query
from backoffice.rest.views import ApiView
from backoffice.staff.models import Scope
from customers.models import Customer
from payments.accounts.collections import errors, services, telling
from payments.accounts.collections.models import Collection, CollectionWallet

answers(errors.Unfit, status=400)

CUSTOMER = OpenApiParameter("partner_customer_ref", str, OpenApiParameter.PATH)
WALLET = {"collectionWalletRef": "cw-1", "asset": "USDC", "network": "ETHEREUM", "label": "Shop"}


class CollectionWalletRequest(StrictSerializer):
    collectionWalletRef = Reference()
    asset = Text(max_length=16, help_text="The token's symbol, such as USDC.")
    network = Text(max_length=40, help_text="The network's name at Oceafin, such as ETHEREUM.")
    label = Text(
        required=False, allow_blank=True, allow_null=True, default="", max_length=services.LONGEST_LABEL
    )


class CollectionWalletAnswer(serializers.ModelSerializer):
    collectionWalletRef = serializers.CharField(source="collection_wallet_ref", allow_null=True)
    partnerCustomerRef = serializers.CharField(source="customer.partner_customer_ref")
    walletId = serializers.CharField(source="wallet_id", allow_null=True)
    status = serializers.SerializerMethodField(help_text="Oceafin's status as it came; null until known.")
    address = serializers.SerializerMethodField(
        help_text="Where payers pay in; null until the wallet is usable."
    )
    refusal = serializers.SerializerMethodField(help_text="Why Oceafin did not make it; null if it did.")
    createdAt = serializers.DateTimeField(source="created_at")
    updatedAt = serializers.DateTimeField(source="status_since")

    class Meta:
        model = CollectionWallet
        fields = (
            "collectionWalletRef",
            "partnerCustomerRef",
            "walletId",
            "asset",
            "network",
            "label",
            "status",
            "address",
            "refusal",
            "createdAt",
            "updatedAt",
        )

    def get_status(self, wallet: CollectionWallet) -> str | None:
        return telling.status_of(wallet)

    def get_address(self, wallet: CollectionWallet) -> str | None:
        return wallet.address if wallet.is_usable else None

    def get_refusal(self, wallet: CollectionWallet) -> str | None:
        return wallet.refusal or None


class CollectionWalletList(serializers.Serializer):
    items = CollectionWalletAnswer(many=True)
    nextCursor = serializers.CharField(allow_null=True)


class CollectionWalletQuery(PageQuery):
    status = Text(required=False, max_length=64)
    asset = Text(required=False, max_length=16)
    network = Text(required=False, max_length=40)


class CollectionAnswer(serializers.ModelSerializer):
    collectionId = serializers.CharField(source="collection_id")
    partnerCustomerRef = serializers.CharField(source="customer.partner_customer_ref")
    walletId = serializers.SerializerMethodField()
    collectionWalletRef = serializers.SerializerMethodField()
    feeAmount = serializers.SerializerMethodField()
    amount = serializers.CharField(help_text="Decimal text, digit by digit as Oceafin gave it.")
    transactionHash = serializers.SerializerMethodField()
    confirmations = serializers.SerializerMethodField()
    failureCode = serializers.SerializerMethodField()
    failureReason = serializers.SerializerMethodField()
    occurredAt = serializers.DateTimeField(source="occurred_at", allow_null=True)
    updatedAt = serializers.DateTimeField(source="status_since")

    class Meta:
        model = Collection
        fields = (
            "collectionId",
            "partnerCustomerRef",
            "walletId",
            "collectionWalletRef",
            "asset",
            "network",
            "amount",
            "feeAmount",
            "status",
            "transactionHash",
            "confirmations",
            "failureCode",
            "failureReason",
            "occurredAt",
            "updatedAt",
        )

    def get_walletId(self, collection: Collection) -> str | None:
        return collection.wallet_id_told or None

    def get_collectionWalletRef(self, collection: Collection) -> str | None:
        return collection.wallet.collection_wallet_ref if collection.wallet else None

    def get_feeAmount(self, collection: Collection) -> str | None:
        return collection.fee_amount or None

    def get_transactionHash(self, collection: Collection) -> str | None:
        return collection.transaction_hash or None

    def get_confirmations(self, collection: Collection) -> str | None:
        return collection.confirmations or None

    def get_failureCode(self, collection: Collection) -> str | None:
        return collection.failure_code or None

    def get_failureReason(self, collection: Collection) -> str | None:
        return collection.failure_reason or None


class CollectionList(serializers.Serializer):
    items = CollectionAnswer(many=True)
    nextCursor = serializers.CharField(allow_null=True)


class CustomersCollectionQuery(PageQuery):
    status = Text(required=False, max_length=64)
    asset = Text(required=False, max_length=16)
    walletId = Text(required=False, max_length=64)


class CollectionQuery(CustomersCollectionQuery):
    partnerCustomerRef = Reference(required=False)


class CollectionWalletsView(ApiView):
    required_scope = Scope.PAYMENTS

    @extend_schema(
        operation_id="createCollectionWallet",
        summary="Ask for a collection wallet",
        description="It goes to Oceafin once the customer is approved there. The same again is answered 200.",
        parameters=[CUSTOMER],
        request=CollectionWalletRequest,
        responses={201: CollectionWalletAnswer, 200: CollectionWalletAnswer},
        examples=[OpenApiExample("A wallet", value=WALLET, request_only=True)],
    )
    def post(self, request: Request, partner_customer_ref: str) -> Response:
        customer = get_object_or_404(Customer, partner_customer_ref=partner_customer_ref)
        asked = read_body(request, CollectionWalletRequest)
        wallet, is_new = services.create_wallet(
            customer=customer,
            collection_wallet_ref=asked["collectionWalletRef"],
            asset=asked["asset"],
            network=asked["network"],
            label=asked["label"] or "",
            actor=self.actor,
            now=timezone.now(),
        )
        return Response(CollectionWalletAnswer(wallet).data, status=201 if is_new else 200)

    @extend_schema(
        operation_id="listCollectionWallets",
        summary="List a customer's collection wallets, newest first",
        parameters=[CUSTOMER, CollectionWalletQuery],
        responses=CollectionWalletList,
    )
    def get(self, request: Request, partner_customer_ref: str) -> Response:
        customer = get_object_or_404(Customer, partner_customer_ref=partner_customer_ref)
        asked = read_query(request, CollectionWalletQuery)
        rows = customer.collection_wallets.select_related("customer")
        rows = rows.filter(**picked(asked, "status", "asset", "network"))
        return answer_page(rows, asked, CollectionWalletList)


class CollectionWalletView(ApiView):
    required_scope = Scope.PAYMENTS

    @extend_schema(
        operation_id="getCollectionWallet",
        summary="Read a collection wallet",
        parameters=[CUSTOMER, OpenApiParameter("collection_wallet_ref", str, OpenApiParameter.PATH)],
        responses=CollectionWalletAnswer,
    )
    def get(self, request: Request, partner_customer_ref: str, collection_wallet_ref: str) -> Response:
        wallet = get_object_or_404(
            CollectionWallet.objects.select_related("customer"),
            customer__partner_customer_ref=partner_customer_ref,
            collection_wallet_ref=collection_wallet_ref,
        )
        return Response(CollectionWalletAnswer(wallet).data)


class CustomersCollectionsView(ApiView):
    required_scope = Scope.PAYMENTS

    @extend_schema(
        operation_id="listCustomerCollections",
        summary="List what came in for a customer, newest first",
        parameters=[CUSTOMER, CustomersCollectionQuery],
        responses=CollectionList,
    )
    def get(self, request: Request, partner_customer_ref: str) -> Response:
        customer = get_object_or_404(Customer, partner_customer_ref=partner_customer_ref)
        asked = read_query(request, CustomersCollectionQuery)
        return answer_page(_collections(asked).filter(customer=customer), asked, CollectionList)


class CollectionsView(ApiView):
    required_scope = Scope.PAYMENTS

    @extend_schema(
        operation_id="listCollections",
        summary="List what came in to collection wallets, newest first",
        parameters=[CollectionQuery],
        responses=CollectionList,
    )
    def get(self, request: Request) -> Response:
        asked = read_query(request, CollectionQuery)
        return answer_page(_collections(asked), asked, CollectionList)


class CollectionView(ApiView):
    required_scope = Scope.PAYMENTS

    @extend_schema(
        operation_id="getCollection",
        summary="Read what came in",
        parameters=[OpenApiParameter("collection_id", str, OpenApiParameter.PATH)],
        responses=CollectionAnswer,
    )
    def get(self, request: Request, collection_id: str) -> Response:
        rows = Collection.objects.select_related("customer", "wallet")
        return Response(CollectionAnswer(get_object_or_404(rows, collection_id=collection_id)).data)


def _collections(asked: dict[str, Any]) -> QuerySet[Collection]:
    columns = {"wallet_id_told": "walletId", "customer__partner_customer_ref": "partnerCustomerRef"}
    rows = Collection.objects.select_related("customer", "wallet")
    return rows.filter(**picked(asked, "status", "asset", **columns))
