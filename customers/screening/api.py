"""Screenings over the intake API. The answer says what was taken, never what was decided about it."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.rest.reading import Choice, Reference, StrictSerializer, Text, read_body
from backoffice.rest.views import ApiView
from backoffice.staff.models import Scope
from customers.models import Customer
from customers.screening import services
from customers.screening.models import HitKind, Screening
from customers.screening.subjects import CUSTOMER, payee_key, person_key

CUSTOMER_REF = OpenApiParameter("partner_customer_ref", str, OpenApiParameter.PATH)
ROLES = ["CUSTOMER", "DIRECTOR", "OWNER", "PAYEE"]


class SubjectRequest(StrictSerializer):
    """Who was screened. A director or an owner is named exactly as in the data of the case."""

    role = Choice(choices=ROLES)
    name = Text(required=False, allow_blank=True, default="", max_length=services.LONGEST_NAME)
    dateOfBirth = serializers.DateField(required=False, allow_null=True, default=None)
    payeeRef = Reference(required=False)

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked["role"] in {"DIRECTOR", "OWNER"} and not asked["name"]:
            raise serializers.ValidationError({"name": "Give the name as it stands in the data of the case."})
        if asked["role"] == "PAYEE" and not asked.get("payeeRef"):
            raise serializers.ValidationError({"payeeRef": "Give the reference of the account or address."})
        return asked


class HitRequest(StrictSerializer):
    kind = Choice(choices=HitKind.choices)
    name = Text(max_length=services.LONGEST_NAME, help_text="The name as it stands on the list.")
    list = Text(required=False, default="", allow_blank=True, max_length=services.LONGEST_NAME)
    note = Text(required=False, default="", allow_blank=True, max_length=services.LONGEST_NOTE)
    hitRef = Text(required=False, default="", allow_blank=True, max_length=services.LONGEST_NAME)
    score = Text(required=False, default="", allow_blank=True, max_length=20)


class ScreeningRequest(StrictSerializer):
    screeningRef = Reference()
    subject = SubjectRequest()
    provider = Text(max_length=services.LONGEST_PROVIDER)
    listDate = serializers.DateField(help_text="The day of the lists that were used.")
    screenedAt = serializers.DateTimeField()
    hits = HitRequest(many=True, required=False, default=list)


class ScreeningAnswer(serializers.ModelSerializer):
    screeningRef = serializers.CharField(source="screening_ref")
    partnerCustomerRef = serializers.CharField(source="customer.partner_customer_ref")
    provider = serializers.CharField()
    listDate = serializers.DateField(source="list_date")
    screenedAt = serializers.DateTimeField(source="screened_at")
    recordedAt = serializers.DateTimeField(source="recorded_at")

    class Meta:
        model = Screening
        fields = (
            "screeningRef",
            "partnerCustomerRef",
            "provider",
            "listDate",
            "screenedAt",
            "recordedAt",
        )


class ScreeningsView(ApiView):
    required_scope = Scope.ONBOARDING

    @extend_schema(
        operation_id="recordScreening",
        summary="Hand in a screening and its hits",
        description="Each hit is decided by a person. The same request again is answered 200.",
        parameters=[CUSTOMER_REF],
        request=ScreeningRequest,
        responses={201: ScreeningAnswer, 200: ScreeningAnswer},
    )
    def post(self, request: Request, partner_customer_ref: str) -> Response:
        customer = get_object_or_404(Customer, partner_customer_ref=partner_customer_ref)
        asked = read_body(request, ScreeningRequest)
        screening, is_new = services.record_screening(
            customer=customer,
            screening_ref=asked["screeningRef"],
            subject_key=_key(asked["subject"]),
            subject_name=asked["subject"]["name"],
            provider=asked["provider"],
            list_date=asked["listDate"],
            screened_at=asked["screenedAt"],
            hits=[_found(hit) for hit in asked["hits"]],
            actor=self.actor,
            now=timezone.now(),
        )
        return Response(ScreeningAnswer(screening).data, status=201 if is_new else 200)


def _key(subject: dict[str, Any]) -> str:
    if subject["role"] == "CUSTOMER":
        return CUSTOMER
    if subject["role"] == "PAYEE":
        return payee_key(subject["payeeRef"])
    born = subject["dateOfBirth"]
    return person_key(name=subject["name"], born=born.isoformat() if born else "")


def _found(hit: dict[str, str]) -> services.Found:
    return services.Found(
        kind=hit["kind"],
        name=hit["name"],
        list=hit["list"],
        note=hit["note"],
        hit_ref=hit["hitRef"],
        score=hit["score"],
    )
