"""What Oceafin asks before it goes on with a payment, and our answer, over the intake API."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.rest.reading import read_body
from backoffice.rest.views import ApiView
from backoffice.staff.models import Scope
from payments.accounts.fiat.accounts_api import MissingItem
from payments.accounts.fiat.applications_api import ANSWER, InfoRequest, by_place
from payments.api import PAYMENT_REF
from payments.desks import informing
from payments.desks.models import Answer
from payments.models import PaymentRequest


class InformationAnswer(serializers.Serializer):
    """The questions of the newest round, and how far our answer to them is."""

    paymentRef = serializers.CharField()
    round = serializers.IntegerField(help_text="To be named by the answer; 0 where nothing was ever asked.")
    missing = MissingItem(many=True)
    waitsForAnswer = serializers.BooleanField()
    answeredAt = serializers.DateTimeField(allow_null=True)
    takenAt = serializers.DateTimeField(allow_null=True)
    refusal = serializers.CharField(
        allow_null=True, help_text="Why Oceafin did not take the last answer; null if it did."
    )


class PaymentInfoView(ApiView):
    required_scope = Scope.PAYMENTS

    @extend_schema(
        operation_id="getPaymentInfo",
        summary="Read what Oceafin asks before it goes on with a payment",
        parameters=[PAYMENT_REF],
        responses=InformationAnswer,
    )
    def get(self, request: Request, payment_ref: str) -> Response:
        return Response(InformationAnswer(_shown(_payment(payment_ref))).data)

    @extend_schema(
        operation_id="addPaymentInfo",
        summary="Answer what Oceafin asked for a payment",
        description=(
            "Documents are handed in before, at `/customers/{ref}/documents`. One that Oceafin does not have yet is "
            "sent first; the answer waits for it. The same answer again is answered 200."
        ),
        parameters=[PAYMENT_REF],
        request=InfoRequest,
        responses={201: InformationAnswer, 200: InformationAnswer},
        examples=[OpenApiExample("A text and a document", value=ANSWER, request_only=True)],
    )
    def post(self, request: Request, payment_ref: str) -> Response:
        payment = _payment(payment_ref)
        asked = read_body(request, InfoRequest)
        items = informing.items_of(payment, asked["round"])
        _one, is_new = informing.answer_round(
            payment,
            number=asked["round"],
            answers={} if items is None else by_place(items, asked["answers"]),
            documents=asked["documentIds"],
            actor=self.actor,
            now=timezone.now(),
        )
        shown = InformationAnswer(_shown(_payment(payment_ref)))
        return Response(shown.data, status=201 if is_new else 200)


def _payment(payment_ref: str) -> PaymentRequest:
    return get_object_or_404(PaymentRequest.objects.select_related("customer"), payment_ref=payment_ref)


def _shown(payment: PaymentRequest) -> dict[str, Any]:
    last: Answer | None = informing.newest(payment)
    waits = informing.can_answer(payment)
    number = informing.round_of(payment)
    is_of_last = last is not None and last.number == number
    return {
        "paymentRef": payment.payment_ref,
        "round": number,
        "missing": informing.items_of(payment, number) or [],
        "waitsForAnswer": waits,
        "answeredAt": last.answered_at if last and is_of_last else None,
        "takenAt": last.taken_at if last and is_of_last else None,
        "refusal": (last.refusal or None) if last else None,
    }
