"""Customers and their documents over the intake API (design: fixed points)."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.references import request_digest
from backoffice.rest.pages import PageQuery, answer_page, picked
from backoffice.rest.problems import answers
from backoffice.rest.reading import (
    Choice,
    FormParser,
    Reference,
    StrictSerializer,
    Text,
    read_body,
    read_query,
)
from backoffice.rest.views import ApiView, created_or_same
from backoffice.staff.models import Scope
from customers import rendering, rules, scanning, services, storing
from customers.files import DocumentType
from customers.models import Customer, CustomerType, Document

answers(rules.Unfit, status=400)
answers(services.NotUsable, status=400, field="file")
for away in (storing.StorageAway, scanning.ScannerAway, rendering.TooBusy):
    answers(away, status=503)

REFERENCE = OpenApiParameter(
    "partner_customer_ref", str, OpenApiParameter.PATH, description="The partner's reference of the customer."
)
EXAMPLE = {
    "partnerCustomerRef": "cust-100001",
    "customerType": "INDIVIDUAL",
    "displayName": "Ada Example",
    "metadata": {"segment": "retail"},
}


class CustomerRequest(StrictSerializer):
    partnerCustomerRef = Reference()
    customerType = Choice(choices=CustomerType.choices)
    displayName = Text(max_length=rules.MAX_NAME)
    metadata = serializers.DictField(
        child=Text(allow_blank=True, trim_whitespace=False, max_length=rules.MAX_VALUE),
        required=False,
        default=dict,
        help_text="Text to text, up to 50 entries; passed on to Oceafin.",
        error_messages={"not_a_dict": gettext_lazy("Send an object of text to text.")},
    )

    def validate_displayName(self, name: str) -> str:
        return _fits(rules.checked_name, name)

    def validate_metadata(self, metadata: dict[str, str]) -> dict[str, str]:
        return _fits(rules.checked_metadata, metadata)


class CustomerAnswer(serializers.ModelSerializer):
    partnerCustomerRef = serializers.CharField(source="partner_customer_ref")
    customerType = serializers.ChoiceField(source="customer_type", choices=CustomerType.choices)
    displayName = serializers.CharField(source="display_name")
    metadata = serializers.DictField(child=serializers.CharField(allow_blank=True))
    status = serializers.SerializerMethodField(help_text="Oceafin's status as it came; null until known.")
    customerId = serializers.UUIDField(
        source="oceafin_customer_id", allow_null=True, help_text="Oceafin's id; null until known."
    )
    createdAt = serializers.DateTimeField(source="created_at")
    updatedAt = serializers.DateTimeField(source="updated_at")

    class Meta:
        model = Customer
        fields = (
            "partnerCustomerRef",
            "customerType",
            "displayName",
            "metadata",
            "status",
            "customerId",
            "createdAt",
            "updatedAt",
        )

    def get_status(self, customer: Customer) -> str | None:
        return customer.oceafin_status or None


class CustomerQuery(PageQuery):
    status = serializers.CharField(required=False, max_length=64, help_text="Oceafin's status.")
    customerType = Choice(choices=CustomerType.choices, required=False)


class CustomerList(serializers.Serializer):
    items = CustomerAnswer(many=True)
    nextCursor = serializers.CharField(allow_null=True)


class DocumentRequest(StrictSerializer):
    file = serializers.FileField(
        allow_empty_file=True, help_text="A PDF, or a picture as JPEG, PNG, WebP or HEIC, up to 20 MB."
    )
    documentType = Choice(choices=DocumentType.choices())


class DocumentAnswer(serializers.ModelSerializer):
    documentId = serializers.UUIDField(source="document_id")
    documentType = serializers.ChoiceField(source="document_type", choices=DocumentType.choices())
    fileName = serializers.CharField(source="file_name", help_text="A name made by us.")
    contentType = serializers.CharField(source="content_type", help_text="Read from the bytes.")
    sizeBytes = serializers.IntegerField(source="size")
    pages = serializers.IntegerField()
    version = serializers.IntegerField(help_text="2 and more: it came again in place of `replaces`.")
    replaces = serializers.UUIDField(source="replaces.document_id", default=None, allow_null=True)
    createdAt = serializers.DateTimeField(source="uploaded_at")

    class Meta:
        model = Document
        fields = (
            "documentId",
            "documentType",
            "fileName",
            "contentType",
            "sizeBytes",
            "sha256",
            "pages",
            "version",
            "replaces",
            "createdAt",
        )


class CustomersView(ApiView):
    required_scope = Scope.CUSTOMERS

    @extend_schema(
        operation_id="createCustomer",
        summary="Take a customer in",
        description="Oceafin is told by itself; nothing is submitted. The same request again is answered 200.",
        request=CustomerRequest,
        responses={201: CustomerAnswer, 200: CustomerAnswer},
        examples=[OpenApiExample("A person", value=EXAMPLE, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        asked = read_body(request, CustomerRequest)
        customer, status = created_or_same(
            lambda: services.create_customer(
                partner_customer_ref=asked["partnerCustomerRef"],
                customer_type=asked["customerType"],
                display_name=asked["displayName"],
                metadata=asked["metadata"],
                actor=self.actor,
                now=timezone.now(),
            ),
            digest=request_digest(asked),
        )
        return Response(CustomerAnswer(customer).data, status=status)

    @extend_schema(
        operation_id="listCustomers",
        summary="List customers, newest first",
        parameters=[CustomerQuery],
        responses=CustomerList,
    )
    def get(self, request: Request) -> Response:
        asked = read_query(request, CustomerQuery)
        filters = picked(asked, oceafin_status="status", customer_type="customerType")
        rows = Customer.objects.filter(**filters)
        return answer_page(rows, asked, CustomerList)


class CustomerView(ApiView):
    required_scope = Scope.CUSTOMERS

    @extend_schema(
        operation_id="getCustomer",
        summary="Read a customer",
        parameters=[REFERENCE],
        responses=CustomerAnswer,
    )
    def get(self, request: Request, partner_customer_ref: str) -> Response:
        customer = get_object_or_404(Customer, partner_customer_ref=partner_customer_ref)
        return Response(CustomerAnswer(customer).data)


class DocumentsView(ApiView):
    required_scope = Scope.ONBOARDING
    parser_classes = (FormParser,)

    @extend_schema(
        operation_id="uploadDocument",
        summary="Hand in a document",
        description="What the file is, is read from its bytes. The same bytes and type again are answered 200.",
        parameters=[REFERENCE],
        request={"multipart/form-data": DocumentRequest},
        responses={201: DocumentAnswer, 200: DocumentAnswer},
    )
    def post(self, request: Request, partner_customer_ref: str) -> Response:
        customer = get_object_or_404(Customer, partner_customer_ref=partner_customer_ref)
        asked = read_body(request, DocumentRequest)
        document, is_new = services.upload_document(
            customer=customer,
            document_type=asked["documentType"],
            file=asked["file"],
            file_name=asked["file"].name or "",
            actor=self.actor,
            now=timezone.now(),
        )
        return Response(DocumentAnswer(document).data, status=201 if is_new else 200)


def _fits(check: Any, value: Any) -> Any:
    try:
        return check(value)
    except rules.Unfit as unfit:
        raise serializers.ValidationError(str(unfit)) from None
