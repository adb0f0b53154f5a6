"""Onboarding cases over the intake API (design: fixed points). What it shows is safe for the customer to read."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.audit import timeline_of
from backoffice.rest.problems import answers
from backoffice.rest.reading import Reference, StrictSerializer, read_body
from backoffice.rest.views import ApiView
from backoffice.staff.models import Scope
from customers.models import Customer
from onboarding import errors, review, services
from onboarding.api_schema import section
from onboarding.intake import MOST_DOCUMENTS
from onboarding.models import Case, CaseType, SubmissionType
from onboarding.requested.telling import asked_for
from onboarding.requirements import Matter
from onboarding.states import CaseState
from onboarding.waiting import waiting_for

answers(errors.UnknownDocument, status=400, field="documentIds")

CUSTOMER = OpenApiParameter("partner_customer_ref", str, OpenApiParameter.PATH)
CASE_REF = OpenApiParameter("case_ref", str, OpenApiParameter.PATH)
SECTIONS = (
    "personalDetails",
    "additionalPersonalDetails",
    "corporationDetails",
    "additionalCorporationDetails",
    "consentEvidence",
)


class AmendedCaseRequest(StrictSerializer):
    """The whole of a case. What is not known yet may be left out: the review judges."""

    personalDetails = section("personalDetails")
    additionalPersonalDetails = section("additionalPersonalDetails")
    corporationDetails = section("corporationDetails")
    additionalCorporationDetails = section("additionalCorporationDetails")
    consentEvidence = section("consentEvidence")
    documentIds = serializers.ListField(
        child=serializers.UUIDField(), required=False, default=list, max_length=MOST_DOCUMENTS
    )
    caseRef = Reference(required=False)


class CaseRequest(AmendedCaseRequest):
    caseRef = Reference()
    caseType = serializers.ChoiceField(
        choices=CaseType.choices, default=CaseType.ONBOARDING, help_text="Why the customer is looked at."
    )
    concerns = serializers.ListField(
        child=serializers.ChoiceField(choices=Matter.choices()),
        required=False,
        default=list,
        max_length=len(Matter),
        help_text="Of an EVENT: what of the customer it is about. Only that is asked for.",
    )


class AskedFor(serializers.Serializer):
    itemId = serializers.UUIDField()
    by = serializers.ChoiceField(choices=["US", "OCEAFIN"])
    code = serializers.CharField(allow_blank=True)
    documentType = serializers.CharField(
        allow_null=True,
        help_text="A document of this type answers it; null: amended data or any document does.",
    )
    message = serializers.CharField(
        help_text="What the customer reads, in their language where there is a text."
    )
    language = serializers.CharField(
        allow_null=True, help_text="Of the message; null for Oceafin's own words."
    )
    isFallback = serializers.BooleanField(
        help_text="There is no text in the language that the customer uses."
    )
    messages = serializers.DictField(child=serializers.CharField(), help_text="Every language that there is.")


class TimelineLine(serializers.Serializer):
    at = serializers.DateTimeField()
    state = serializers.ChoiceField(choices=CaseState.choices())


class CaseAnswer(serializers.ModelSerializer):
    caseRef = serializers.CharField(source="case_ref")
    partnerCustomerRef = serializers.CharField(source="customer.partner_customer_ref")
    caseType = serializers.ChoiceField(source="case_type", choices=CaseType.choices)
    concerns = serializers.ListField(child=serializers.ChoiceField(choices=Matter.choices()))
    submissionType = serializers.ChoiceField(source="submission_type", choices=SubmissionType.choices)
    state = serializers.ChoiceField(choices=CaseState.choices())
    waitingFor = serializers.SerializerMethodField(help_text="A sentence; null once the case has ended.")
    askedFor = serializers.SerializerMethodField(
        help_text="What we or Oceafin still want, in NEEDS_INFO and MISSING_INFO."
    )
    documentIds = serializers.SerializerMethodField()
    createdAt = serializers.DateTimeField(source="created_at")
    updatedAt = serializers.DateTimeField(source="state_since")
    timeline = serializers.SerializerMethodField()

    class Meta:
        model = Case
        fields = (
            "caseRef",
            "partnerCustomerRef",
            "caseType",
            "concerns",
            "submissionType",
            "state",
            "waitingFor",
            "askedFor",
            "documentIds",
            "createdAt",
            "updatedAt",
            "timeline",
        )

    def get_waitingFor(self, case: Case) -> str | None:
        return waiting_for(case)

    @extend_schema_field(AskedFor(many=True))
    def get_askedFor(self, case: Case) -> list[dict[str, Any]]:
        return asked_for(case)

    def get_documentIds(self, case: Case) -> list[str]:
        return [str(row.document.document_id) for row in review.documents_of(case)]

    @extend_schema_field(TimelineLine(many=True))
    def get_timeline(self, case: Case) -> list[dict[str, Any]]:
        return timeline(case)


class CasesView(ApiView):
    required_scope = Scope.ONBOARDING

    @extend_schema(
        operation_id="openOnboardingCase",
        summary="Hand in an onboarding case",
        description="Incomplete cases are taken in. The same request again is answered 200 with the case.",
        parameters=[CUSTOMER],
        request=CaseRequest,
        responses={201: CaseAnswer, 200: CaseAnswer},
    )
    def post(self, request: Request, partner_customer_ref: str) -> Response:
        customer = get_object_or_404(Customer, partner_customer_ref=partner_customer_ref)
        asked = read_body(request, CaseRequest)
        try:
            case, is_new = services.open_case(
                customer=customer,
                case_ref=asked["caseRef"],
                details=_details(asked),
                document_ids=asked["documentIds"],
                case_type=asked["caseType"],
                concerns=asked["concerns"],
                actor=self.actor,
                now=timezone.now(),
            )
        except errors.BadDetails as bad:
            raise _field_errors(bad) from None
        return Response(CaseAnswer(case).data, status=201 if is_new else 200)


class CaseView(ApiView):
    required_scope = Scope.ONBOARDING

    @extend_schema(
        operation_id="getOnboardingCase",
        summary="Read an onboarding case",
        parameters=[CASE_REF],
        responses=CaseAnswer,
    )
    def get(self, request: Request, case_ref: str) -> Response:
        return Response(CaseAnswer(_case(case_ref)).data)

    @extend_schema(
        operation_id="amendOnboardingCase",
        summary="Send the amended whole of a case",
        description=(
            "Answers NEEDS_INFO and MISSING_INFO, and may come before: the case goes back to review. Documents that "
            "are not named any more are taken out of the case. Once the case is on its way to Oceafin it is refused "
            "with 409."
        ),
        parameters=[CASE_REF],
        request=AmendedCaseRequest,
        responses=CaseAnswer,
    )
    def put(self, request: Request, case_ref: str) -> Response:
        case = _case(case_ref)
        asked = read_body(request, AmendedCaseRequest)
        if asked.get("caseRef", case_ref) != case_ref:
            raise serializers.ValidationError({"caseRef": "This is not the case of the address."})
        try:
            case = services.amend_case(
                case=case,
                details=_details(asked),
                document_ids=asked["documentIds"],
                actor=self.actor,
                now=timezone.now(),
            )
        except errors.BadDetails as bad:
            raise _field_errors(bad) from None
        return Response(CaseAnswer(_case(case_ref)).data)


def timeline(case: Case) -> list[dict[str, Any]]:
    """The states in their order. No names, notes, reasons, or who looked at what."""
    lines = [{"at": case.created_at, "state": CaseState.OPEN}]
    for entry in timeline_of(case):
        to = entry.facts.get("to")
        if to in set(CaseState) and to != lines[-1]["state"]:
            lines.append({"at": entry.at, "state": to})
    return [
        {"at": serializers.DateTimeField().to_representation(line["at"]), "state": line["state"]}
        for line in lines
    ]


def _case(case_ref: str) -> Case:
    return get_object_or_404(Case.objects.select_related("customer"), case_ref=case_ref)


def _details(asked: dict[str, Any]) -> dict[str, Any]:
    return {name: asked[name] for name in SECTIONS if asked.get(name) is not None}


def _field_errors(bad: errors.BadDetails) -> serializers.ValidationError:
    return serializers.ValidationError({field: [sentence] for field, sentence in bad.errors})
