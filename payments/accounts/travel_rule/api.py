"""Saying over the intake API who sent coins."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.rest.reading import StrictSerializer, Text, optional_text, read_body
from backoffice.rest.views import ApiView
from backoffice.staff.models import Scope
from payments.accounts.deposits.api import DEPOSIT, CryptoDepositAnswer, deposit_of
from payments.accounts.deposits.models import Kind
from payments.accounts.travel_rule import services as travel_rule
from payments.accounts.travel_rule.models import OriginatorType

RULE = {
    "originatorType": "INDIVIDUAL",
    "originatorName": "Alex Example",
    "originatorAddress": {"line1": "1 Example Street", "city": "Hamburg", "country": "DE"},
    "originatingVasp": {"name": "Example VASP", "country": "DE"},
}


class OriginatorAddress(StrictSerializer):
    line1 = Text(max_length=140)
    line2 = optional_text(140)
    city = optional_text(140)
    state = optional_text(140)
    postcode = optional_text(140)
    country = Text(max_length=2, help_text="ISO 3166-1 alpha-2.")


class OriginatingVasp(StrictSerializer):
    name = Text(max_length=140)
    country = optional_text(2)
    lei = optional_text(40)


class TravelRuleRequest(StrictSerializer):
    """Either `originatingVasp`, or `selfHosted` with `walletOwnershipProof`."""

    originatorType = serializers.ChoiceField(choices=OriginatorType.choices)
    originatorName = Text(max_length=140)
    originatorAddress = OriginatorAddress(required=False, allow_null=True)
    originatingVasp = OriginatingVasp(required=False, allow_null=True)
    selfHosted = serializers.BooleanField(required=False)
    walletOwnershipProof = optional_text(3500)


class TravelRuleView(ApiView):
    required_scope = Scope.PAYMENTS

    @extend_schema(
        operation_id="addTravelRuleInfo",
        summary="Say who sent a deposit of coins",
        description="409 where another answer is on its way, or where nothing is asked.",
        parameters=[DEPOSIT],
        request=TravelRuleRequest,
        responses={201: CryptoDepositAnswer, 200: CryptoDepositAnswer},
        examples=[OpenApiExample("From a provider", value=RULE, request_only=True)],
    )
    def post(self, request: Request, deposit_id: str) -> Response:
        deposit = deposit_of(Kind.CRYPTO, deposit_id)
        given = read_body(request, TravelRuleRequest)
        _answer, is_new = travel_rule.answer(deposit, given=given, actor=self.actor, now=timezone.now())
        shown = CryptoDepositAnswer(deposit_of(Kind.CRYPTO, deposit_id)).data
        return Response(shown, status=201 if is_new else 200)
