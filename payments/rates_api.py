"""Exchange rates over the intake API: by them the policy knows how much a payment is."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.rest.pages import PageQuery, answer_page
from backoffice.rest.reading import StrictSerializer, Text, read_body, read_query
from backoffice.rest.views import ApiView
from backoffice.staff.models import Scope
from payments import rates
from payments.models import ExchangeRate


class RateBody(StrictSerializer):
    currency = Text(max_length=16, help_text="ISO 4217, or a token's symbol.")
    rate = serializers.DecimalField(
        max_digits=24, decimal_places=12, help_text="What one unit is worth in the base currency."
    )
    source = Text(max_length=120, help_text="Who says so, such as ECB.")
    at = serializers.DateTimeField(help_text="Since when; not of the future.")


class RateAnswer(serializers.ModelSerializer):
    baseCurrency = serializers.CharField(source="base_currency")
    rate = serializers.SerializerMethodField(help_text="Decimal text.")
    recordedAt = serializers.DateTimeField(source="recorded_at")

    class Meta:
        model = ExchangeRate
        fields = ("currency", "baseCurrency", "rate", "source", "at", "recordedAt")

    def get_rate(self, rate: ExchangeRate) -> str:
        return f"{rate.rate.normalize():f}"


class RateList(serializers.Serializer):
    items = RateAnswer(many=True)
    nextCursor = serializers.CharField(allow_null=True)


class RatesView(ApiView):
    required_scope = Scope.PAYMENTS

    @extend_schema(
        operation_id="enterRate",
        summary="Say what a currency is worth in the base currency",
        description="The policy compares amounts by it for 24 hours at most. The same again is answered 200.",
        request=RateBody,
        responses={201: RateAnswer, 200: RateAnswer},
    )
    def post(self, request: Request) -> Response:
        asked = read_body(request, RateBody)
        known = _same(asked["currency"], asked["rate"], asked["source"], asked["at"])
        if known is not None:
            return Response(RateAnswer(known).data)
        entered = rates.enter_rate(**asked, actor=self.actor, now=timezone.now())
        return Response(RateAnswer(entered).data, status=201)

    @extend_schema(
        operation_id="listRates",
        summary="List exchange rates, newest first",
        parameters=[PageQuery],
        responses=RateList,
    )
    def get(self, request: Request) -> Response:
        return answer_page(ExchangeRate.objects.all(), read_query(request, PageQuery), RateList)


def _same(currency: str, rate: Decimal, source: str, at: datetime) -> Any:
    return ExchangeRate.objects.filter(
        currency=currency, base_currency=settings.BASE_CURRENCY, rate=rate, source=source.strip(), at=at
    ).first()
