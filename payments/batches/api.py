"""Batches of payments over the intake API. What it shows is safe for the customer."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.rest.pages import Page, PageQuery
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
from backoffice.rest.views import ApiView
from backoffice.staff.models import Scope
from payments import terms
from payments.batches import errors, services
from payments.batches.models import Batch, BatchRow, Format, Rule, Verdict
from payments.batches.states import BatchState
from payments.states import PaymentState

answers(errors.UnusableFile, status=400, field="file")
for refusal in (errors.NotYours, errors.BadRows, errors.NothingToBook, errors.NotNow):
    answers(refusal, status=409)

BATCH_REF = OpenApiParameter("batch_ref", str, OpenApiParameter.PATH)


class BatchRequest(StrictSerializer):
    batchRef = Reference()
    file = serializers.FileField(
        allow_empty_file=True,
        help_text="CSV or XLSX, up to 20 MB and 200,000 rows. Its first line names the columns as this API does.",
    )
    requestedBy = Text(required=False, allow_blank=True, default="", max_length=200)
    rule = Choice(
        choices=Rule.choices, required=False, help_text="Book it by itself; without it, `booking` is called."
    )


class BookingRequest(StrictSerializer):
    rule = Choice(choices=Rule.choices)


class CancellationRequest(StrictSerializer):
    reason = Text(max_length=1000)


class BatchAnswer(serializers.ModelSerializer):
    batchRef = serializers.CharField(source="batch_ref")
    fileName = serializers.CharField(source="file_name")
    format = serializers.ChoiceField(source="file_format", choices=Format.choices)
    sizeBytes = serializers.IntegerField(source="size")
    state = serializers.ChoiceField(choices=BatchState.choices())
    rule = serializers.SerializerMethodField(help_text="What was booked; null until then.")
    problem = serializers.SerializerMethodField(help_text="Why it failed or was not booked; else null.")
    perCent = serializers.IntegerField(source="per_cent", help_text="How far the file is read.")
    rows = serializers.IntegerField(source="rows_read")
    good = serializers.IntegerField()
    bad = serializers.IntegerField()
    alreadyThere = serializers.IntegerField(source="same")
    payments = serializers.IntegerField(source="opened", help_text="Rows that are payments by now.")
    refused = serializers.IntegerField(help_text="Good rows that could not become payments after all.")
    createdAt = serializers.DateTimeField(source="created_at")
    updatedAt = serializers.DateTimeField(source="state_since")

    class Meta:
        model = Batch
        fields = (
            "batchRef",
            "fileName",
            "format",
            "sizeBytes",
            "sha256",
            "state",
            "rule",
            "problem",
            "perCent",
            "rows",
            "good",
            "bad",
            "alreadyThere",
            "payments",
            "refused",
            "createdAt",
            "updatedAt",
        )

    def get_rule(self, batch: Batch) -> str | None:
        return batch.rule or None

    def get_problem(self, batch: Batch) -> str | None:
        return batch.waits_for or None


class BatchList(serializers.Serializer):
    items = BatchAnswer(many=True)
    nextCursor = serializers.CharField(allow_null=True)


class RowFault(serializers.Serializer):
    column = serializers.CharField(allow_null=True)
    message = serializers.CharField()


class RowAnswer(serializers.ModelSerializer):
    verdict = serializers.ChoiceField(choices=Verdict.choices)
    paymentRef = serializers.CharField(source="payment_ref")
    partnerCustomerRef = serializers.CharField(
        source="customer.partner_customer_ref", default=None, allow_null=True
    )
    amount = serializers.SerializerMethodField()
    paymentState = serializers.ChoiceField(
        source="payment.state", choices=PaymentState.choices(), default=None, allow_null=True
    )
    errors = serializers.SerializerMethodField()  # type: ignore[assignment]

    class Meta:
        model = BatchRow
        fields = (
            "line",
            "verdict",
            "paymentRef",
            "partnerCustomerRef",
            "amount",
            "currency",
            "paymentState",
            "errors",
        )

    def get_amount(self, row: BatchRow) -> str | None:
        return None if row.amount is None else terms.digits(row.amount, row.currency, row.network)

    @extend_schema_field(RowFault(many=True))
    def get_errors(self, row: BatchRow) -> Any:
        faults = row.faults if row.verdict == Verdict.BAD else []
        return [{"column": column or None, "message": sentence} for column, sentence in faults or []]


class RowQuery(PageQuery):
    verdict = Choice(choices=Verdict.choices, required=False)


class RowList(serializers.Serializer):
    items = RowAnswer(many=True)
    nextCursor = serializers.CharField(allow_null=True)


class BatchesView(ApiView):
    required_scope = Scope.PAYMENTS
    parser_classes = (FormParser,)

    @extend_schema(
        operation_id="uploadPaymentBatch",
        summary="Hand in a file of payments",
        description="It is read by itself. The same file again under the same reference is answered 200.",
        request={"multipart/form-data": BatchRequest},
        responses={201: BatchAnswer, 200: BatchAnswer},
    )
    def post(self, request: Request) -> Response:
        asked = read_body(request, BatchRequest)
        batch, is_new = services.upload(
            batch_ref=asked["batchRef"],
            file=asked["file"],
            file_name=asked["file"].name or "",
            requested_by=asked["requestedBy"],
            rule=asked.get("rule", ""),
            actor=self.actor,
            now=timezone.now(),
        )
        return Response(BatchAnswer(batch).data, status=201 if is_new else 200)

    @extend_schema(
        operation_id="listPaymentBatches",
        summary="List batches, newest first",
        parameters=[PageQuery],
        responses=BatchList,
    )
    def get(self, request: Request) -> Response:
        asked = read_query(request, PageQuery)
        page = Page.of(Batch.objects.all(), limit=asked["limit"], cursor=asked.get("cursor"))
        return Response(BatchList({"items": page.rows, "nextCursor": page.next_cursor}).data)


class BatchView(ApiView):
    required_scope = Scope.PAYMENTS

    @extend_schema(
        operation_id="getPaymentBatch",
        summary="Read a batch",
        parameters=[BATCH_REF],
        responses=BatchAnswer,
    )
    def get(self, request: Request, batch_ref: str) -> Response:
        return Response(BatchAnswer(get_object_or_404(Batch, batch_ref=batch_ref)).data)


class RowsView(ApiView):
    required_scope = Scope.PAYMENTS

    @extend_schema(
        operation_id="listPaymentBatchRows",
        summary="List the rows of a batch, the last of the file first",
        parameters=[BATCH_REF, RowQuery],
        responses=RowList,
    )
    def get(self, request: Request, batch_ref: str) -> Response:
        asked = read_query(request, RowQuery)
        batch = get_object_or_404(Batch, batch_ref=batch_ref)
        rows = BatchRow.objects.filter(batch=batch).select_related("customer", "payment")
        if "verdict" in asked:
            rows = rows.filter(verdict=asked["verdict"])
        page = Page.of(rows, limit=asked["limit"], cursor=asked.get("cursor"))
        return Response(RowList({"items": page.rows, "nextCursor": page.next_cursor}).data)


class BookingView(ApiView):
    required_scope = Scope.PAYMENTS

    @extend_schema(
        operation_id="bookPaymentBatch",
        summary="Book a batch that was read",
        parameters=[BATCH_REF],
        request=BookingRequest,
        responses=BatchAnswer,
    )
    def post(self, request: Request, batch_ref: str) -> Response:
        batch = get_object_or_404(Batch, batch_ref=batch_ref)
        asked = read_body(request, BookingRequest)
        booked = services.book(batch=batch, rule=asked["rule"], actor=self.actor, now=timezone.now())
        return Response(BatchAnswer(booked).data)


class CancellationView(ApiView):
    required_scope = Scope.PAYMENTS

    @extend_schema(
        operation_id="cancelPaymentBatch",
        summary="Cancel a batch",
        description="No row of it becomes a payment any more. Payments that stand already stay.",
        parameters=[BATCH_REF],
        request=CancellationRequest,
        responses=BatchAnswer,
    )
    def post(self, request: Request, batch_ref: str) -> Response:
        batch = get_object_or_404(Batch, batch_ref=batch_ref)
        asked = read_body(request, CancellationRequest)
        cancelled = services.cancel(batch=batch, reason=asked["reason"], actor=self.actor, now=timezone.now())
        return Response(BatchAnswer(cancelled).data)
