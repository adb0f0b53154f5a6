"""Balances, transactions and statements over the API, read only, as Oceafin told them."""

from datetime import date
from typing import Any

from django.conf import settings
from django.http import FileResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.rest.pages import DEFAULT, LONGEST
from backoffice.rest.reading import Choice, StrictSerializer, Text, read_query
from backoffice.rest.views import ApiView
from backoffice.staff.models import Scope
from customers.models import Customer
from payments.accounts.models import Balance, FoundBy, Transaction
from payments.accounts.statements import listing, services, sums
from payments.accounts.statements.drawing import Statement
from payments.accounts.statements.spans import NoSpan, Span
from payments.accounts.statements.sums import Account, plain

CUSTOMER = OpenApiParameter("partner_customer_ref", str, OpenApiParameter.PATH)
TRANSACTION = OpenApiParameter("transaction_id", str, OpenApiParameter.PATH)
CSV_TYPE = "text/csv"


class BalanceAnswer(serializers.ModelSerializer):
    """As Oceafin stated it when it was read last; null where it said nothing that can be read."""

    network = serializers.SerializerMethodField()
    available = serializers.SerializerMethodField()
    pending = serializers.SerializerMethodField()
    updatedAt = serializers.DateTimeField(source="updated_at", allow_null=True)
    readAt = serializers.DateTimeField(source="read_at")

    class Meta:
        model = Balance
        fields = ("currency", "network", "available", "pending", "updatedAt", "readAt")

    def get_network(self, row: Balance) -> str | None:
        return row.network or None

    def get_available(self, row: Balance) -> str | None:
        return row.available or None

    def get_pending(self, row: Balance) -> str | None:
        return row.pending or None


class BalanceList(serializers.Serializer):
    items = BalanceAnswer(many=True)
    nextCursor = serializers.CharField(allow_null=True)


class TransactionAnswer(serializers.Serializer):
    """The contract's names; every field but the id, the customer and how we know of it may be null."""

    transactionId = serializers.CharField(source="transaction_id")
    partnerCustomerRef = serializers.CharField(source="customer.partner_customer_ref")
    type = serializers.CharField(source="transaction_type", allow_null=True)
    direction = serializers.CharField(allow_null=True)
    currency = serializers.CharField(allow_null=True)
    network = serializers.CharField(allow_null=True)
    amount = serializers.CharField(allow_null=True)
    feeAmount = serializers.CharField(source="fee_amount", allow_null=True)
    status = serializers.CharField(allow_null=True)
    resourceType = serializers.CharField(source="resource_type", allow_null=True)
    resourceId = serializers.CharField(source="resource_id", allow_null=True)
    occurredAt = serializers.DateTimeField(source="occurred_at", allow_null=True)
    updatedAt = serializers.DateTimeField(source="updated_at", allow_null=True)
    foundBy = serializers.ChoiceField(
        choices=FoundBy.choices, source="found_by", help_text="READ: no event has told us of it."
    )
    isExplained = serializers.SerializerMethodField(help_text="Whether a record of ours says what it is.")

    def to_representation(self, instance: Transaction) -> dict[str, Any]:
        return {
            name: None if value == "" else value
            for name, value in super().to_representation(instance).items()
        }

    def get_isExplained(self, row: Transaction) -> bool:
        return bool(row.explained_type)


class TransactionList(serializers.Serializer):
    items = TransactionAnswer(many=True)
    nextCursor = serializers.CharField(allow_null=True)


class ComparedAnswer(serializers.Serializer):
    available = serializers.CharField(allow_null=True)
    pending = serializers.CharField(allow_null=True)
    readAt = serializers.DateTimeField(source="read_at")
    byLines = serializers.CharField(help_text="What the transactions up to `readAt` add up to.")
    difference = serializers.CharField(allow_null=True, help_text="`available` less `byLines`.")


class StatementAccountAnswer(serializers.Serializer):
    currency = serializers.CharField()
    network = serializers.CharField(allow_null=True)
    openingBalance = serializers.CharField()
    in_ = serializers.CharField()
    out = serializers.CharField()
    fees = serializers.CharField(help_text="They are part of `in` and `out`.")
    closingBalance = serializers.CharField()
    lines = serializers.IntegerField()
    lastBalance = ComparedAnswer(allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        return {{"in_": "in"}.get(name, name): field for name, field in fields.items()}


class NotSummedAnswer(TransactionAnswer):
    reason = serializers.SerializerMethodField(help_text="Why it is in no sum, a sentence.")

    def get_reason(self, row: Transaction) -> str:
        return sums.why_not(row)


class StatementAnswer(serializers.Serializer):
    partnerCustomerRef = serializers.CharField()
    from_ = serializers.DateField()
    to = serializers.DateField()
    timeZone = serializers.CharField(help_text="Whose days these are.")
    accounts = StatementAccountAnswer(many=True)
    notSummed = NotSummedAnswer(many=True, help_text="The first 200; all of them stand in the CSV.")
    notSummedBefore = serializers.IntegerField(help_text="How many earlier ones no opening balance holds.")
    items = TransactionAnswer(many=True, help_text="The lines that are summed, newest first.")
    nextCursor = serializers.CharField(allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        return {{"from_": "from"}.get(name, name): field for name, field in fields.items()}


class _Query(StrictSerializer):
    limit = serializers.IntegerField(
        required=False, default=DEFAULT, min_value=1, max_value=LONGEST, help_text="Items a page, 1 to 200."
    )
    cursor = serializers.CharField(
        required=False,
        default="",
        max_length=200,
        help_text="`nextCursor` of the page before; leave it out for the first.",
    )
    from_ = serializers.DateField(required=False, help_text="The first day, by the partner's business clock.")
    to = serializers.DateField(required=False, help_text="The last day; it belongs to the span.")

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        return {{"from_": "from"}.get(name, name): field for name, field in fields.items()}

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        given: tuple[date | None, date | None] = asked.pop("from", None), asked.pop("to", None)
        first, last = given
        if bool(first) != bool(last):
            missing = "to" if first else "from"
            raise serializers.ValidationError({missing: [_("Name both days, or none.")]})
        asked["span"] = None
        if first and last:
            try:
                asked["span"] = Span(first, last)
            except NoSpan as refusal:
                raise serializers.ValidationError({"to": [str(refusal)]}) from None
        return asked


class TransactionQuery(_Query):
    direction = Choice(choices=[sums.CREDIT, sums.DEBIT], required=False)
    type = Text(required=False, max_length=64)
    currency = Text(required=False, max_length=16)


class StatementQuery(_Query):
    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        asked = super().validate(asked)
        if asked["span"] is None:
            raise serializers.ValidationError({name: [_("This day is needed.")] for name in ("from", "to")})
        return asked


class BalancesView(ApiView):
    required_scope = Scope.PAYMENTS

    @extend_schema(
        operation_id="listBalances",
        summary="List a customer's balances",
        description="As they were read from Oceafin last; `readAt` says when.",
        parameters=[CUSTOMER],
        responses=BalanceList,
    )
    def get(self, request: Request, partner_customer_ref: str) -> Response:
        customer = get_object_or_404(Customer, partner_customer_ref=partner_customer_ref)
        read_query(request, StrictSerializer)
        rows = Balance.objects.filter(customer=customer).order_by("currency", "network")[:LONGEST]
        return Response(BalanceList({"items": rows, "nextCursor": None}).data)


class TransactionsView(ApiView):
    required_scope = Scope.PAYMENTS

    @extend_schema(
        operation_id="listTransactions",
        summary="List a customer's transactions, newest first",
        description="Those without a date that can be read come first.",
        parameters=[CUSTOMER, TransactionQuery],
        responses=TransactionList,
    )
    def get(self, request: Request, partner_customer_ref: str) -> Response:
        customer = get_object_or_404(Customer, partner_customer_ref=partner_customer_ref)
        asked = read_query(request, TransactionQuery)
        filters = {
            "direction": asked.get("direction", ""),
            "transaction_type": asked.get("type", ""),
            "currency": asked.get("currency", ""),
        }
        page = _paged(listing.of_customer(customer, filters, asked["span"]), asked)
        return Response(TransactionList({"items": page.rows, "nextCursor": page.next_cursor or None}).data)


class TransactionView(ApiView):
    required_scope = Scope.PAYMENTS

    @extend_schema(
        operation_id="getTransaction",
        summary="Read a transaction",
        parameters=[TRANSACTION],
        responses=TransactionAnswer,
    )
    def get(self, request: Request, transaction_id: str) -> Response:
        rows = Transaction.objects.select_related("customer")
        return Response(TransactionAnswer(get_object_or_404(rows, transaction_id=transaction_id)).data)


class StatementsView(ApiView):
    required_scope = Scope.PAYMENTS

    @extend_schema(
        operation_id="getStatement",
        summary="Read a statement of a customer",
        description=(
            "Whole days by the partner's business clock. With `Accept: text/csv` it is one file with every line, "
            "and `limit` and `cursor` say nothing."
        ),
        parameters=[CUSTOMER, StatementQuery],
        responses={
            (200, "application/json"): StatementAnswer,
            (200, CSV_TYPE): OpenApiResponse(OpenApiTypes.STR, description="The statement as CSV, UTF-8."),
        },
    )
    def get(self, request: Request, partner_customer_ref: str) -> HttpResponseBase:
        customer = get_object_or_404(Customer, partner_customer_ref=partner_customer_ref)
        asked = read_query(request, StatementQuery)
        span, now = asked["span"], timezone.now()
        if CSV_TYPE in request.headers.get("Accept", ""):
            return FileResponse(
                services.statement_csv(customer, span, now=now),
                as_attachment=True,
                filename="statement.csv",
                content_type=f"{CSV_TYPE}; charset=utf-8",
                headers={"Cache-Control": "no-store"},
            )
        with sums.one_picture():
            return Response(_statement(Statement.of(customer, span, now=now), asked))


def _statement(statement: Statement, asked: dict[str, Any]) -> dict[str, Any]:
    span = statement.span
    page = _paged(sums.lines_of(statement.customer, span), asked)
    told = {
        "partnerCustomerRef": statement.customer.partner_customer_ref,
        "from": span.first,
        "to": span.last,
        "timeZone": settings.BUSINESS_TIME_ZONE.key,
        "accounts": [_account(account) for account in statement.accounts],
        "notSummed": sums.not_summed(statement.customer, span).select_related("customer")[:LONGEST],
        "notSummedBefore": statement.not_summed_before,
        "items": page.rows,
        "nextCursor": page.next_cursor or None,
    }
    return dict(StatementAnswer(told).data)


def _account(account: Account) -> dict[str, Any]:
    def number(value: Any) -> str | None:
        return plain(value, account.currency) or None

    compared = account.compared
    return {
        "currency": account.currency,
        "network": account.network or None,
        "openingBalance": number(account.opening),
        "in": number(account.came_in),
        "out": number(account.went_out),
        "fees": number(account.fees),
        "closingBalance": number(account.closing),
        "lines": account.lines,
        "lastBalance": compared
        and {
            "available": compared.available or None,
            "pending": compared.pending or None,
            "read_at": compared.read_at,
            "byLines": number(compared.by_lines),
            "difference": number(compared.difference),
        },
    }


def _paged(rows: Any, asked: dict[str, Any]) -> listing.Page:
    try:
        return listing.page_of(rows, cursor=asked["cursor"], limit=asked["limit"])
    except listing.NoCursor:
        sentence = _("This is no cursor of ours. Begin again without one.")
        raise serializers.ValidationError({"cursor": [sentence]}) from None
