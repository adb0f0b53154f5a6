"""Applications for accounts over the intake API, and what Oceafin asks for."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.rest.pages import PageQuery, answer_page, picked
from backoffice.rest.problems import answers
from backoffice.rest.reading import Choice, Reference, StrictSerializer, Text, read_body, read_query
from backoffice.rest.views import ApiView
from backoffice.staff.models import Scope
from customers.models import Customer
from payments.accounts.fiat import errors, services, telling
from payments.accounts.fiat.accounts_api import CUSTOMER, MissingItem
from payments.accounts.fiat.models import (
    FiatAccountApplication,
    InfoRound,
)
from payments.accounts.fiat.states import ApplicationState

answers(errors.Unfit, status=400)

APPLICATION_REF = OpenApiParameter("application_ref", str, OpenApiParameter.PATH)
APPLICATION = {
    "applicationRef": "fa-7001",
    "capabilityId": "0b1c0f8e-4a53-4a39-9d2a-0e6c1a6f2b10",
    "currency": "EUR",
    "purpose": "Salary and savings",
}
ANSWER = {
    "round": 1,
    "answers": [{"code": "SOURCE_OF_FUNDS", "value": "Salary of Example GmbH"}],
    "documentIds": ["5d1f3c1a-5ad8-4c0c-9d62-6f6f0f6a3e11"],
}


class ApplicationRequest(StrictSerializer):
    applicationRef = Reference()
    capabilityId = Text(required=False, allow_blank=True, default="", max_length=64)
    currency = Text(max_length=3, help_text="ISO 4217.")
    purpose = Text(required=False, allow_blank=True, default="", max_length=services.LONGEST_PURPOSE)


class AnswerItem(StrictSerializer):
    code = Text(max_length=120, help_text="The `code` of the question; `INFO` where it has none.")
    value = Text(max_length=services.LONGEST_ANSWER)


class InfoRequest(StrictSerializer):
    """Each question of the round is answered by a text, or by a document of the type that it names."""

    round = serializers.IntegerField(min_value=1, help_text="`round` of the questions that this answers.")
    answers = AnswerItem(many=True, required=False, default=list)
    documentIds = serializers.ListField(
        child=serializers.UUIDField(), required=False, default=list, max_length=services.MOST_DOCUMENTS
    )


class InfoRoundAnswer(serializers.ModelSerializer):
    round = serializers.IntegerField(source="number")
    askedAt = serializers.DateTimeField(source="asked_at")
    missing = serializers.SerializerMethodField()
    answeredAt = serializers.DateTimeField(source="answered_at", allow_null=True)
    takenAt = serializers.DateTimeField(source="taken_at", allow_null=True)
    refusal = serializers.SerializerMethodField(
        help_text="Why Oceafin did not take the answer; null if it did."
    )

    class Meta:
        model = InfoRound
        fields = ("round", "askedAt", "missing", "answeredAt", "takenAt", "refusal")

    @extend_schema_field(MissingItem(many=True))
    def get_missing(self, one: InfoRound) -> Any:
        return one.items

    def get_refusal(self, one: InfoRound) -> str | None:
        return one.refusal or None


class ApplicationLine(serializers.Serializer):
    at = serializers.DateTimeField()
    state = serializers.ChoiceField(choices=ApplicationState.choices())


class ApplicationAnswer(serializers.ModelSerializer):
    applicationRef = serializers.CharField(source="application_ref")
    partnerCustomerRef = serializers.CharField(source="customer.partner_customer_ref")
    capabilityId = serializers.SerializerMethodField()
    state = serializers.ChoiceField(choices=ApplicationState.choices())
    waitingFor = serializers.SerializerMethodField(
        help_text="A sentence; `in review` for any hold; null at the end."
    )
    applicationId = serializers.CharField(source="application_id", allow_null=True)
    status = serializers.SerializerMethodField(help_text="Oceafin's status as it came; null until known.")
    refusal = serializers.SerializerMethodField()
    fiatAccountId = serializers.SerializerMethodField()
    rounds = serializers.SerializerMethodField(help_text="What Oceafin asked, oldest first.")
    createdAt = serializers.DateTimeField(source="created_at")
    updatedAt = serializers.DateTimeField(source="state_since")
    timeline = serializers.SerializerMethodField()

    class Meta:
        model = FiatAccountApplication
        fields = (
            "applicationRef",
            "partnerCustomerRef",
            "capabilityId",
            "currency",
            "purpose",
            "state",
            "waitingFor",
            "applicationId",
            "status",
            "refusal",
            "fiatAccountId",
            "rounds",
            "createdAt",
            "updatedAt",
            "timeline",
        )

    purpose = serializers.SerializerMethodField()

    def get_purpose(self, application: FiatAccountApplication) -> str:
        return application.purpose

    def get_capabilityId(self, application: FiatAccountApplication) -> str | None:
        return application.capability_id or None

    def get_waitingFor(self, application: FiatAccountApplication) -> str | None:
        return telling.waiting_for_customer_words(application)

    def get_status(self, application: FiatAccountApplication) -> str | None:
        return application.oceafin_status or None

    def get_refusal(self, application: FiatAccountApplication) -> str | None:
        return application.refusal or None

    def get_fiatAccountId(self, application: FiatAccountApplication) -> str | None:
        return application.account.fiat_account_id if application.account else None

    @extend_schema_field(InfoRoundAnswer(many=True))
    def get_rounds(self, application: FiatAccountApplication) -> Any:
        rounds = list(application.rounds.order_by("number"))
        for one in rounds:
            one.application = application
        return InfoRoundAnswer(rounds, many=True).data

    @extend_schema_field(ApplicationLine(many=True))
    def get_timeline(self, application: FiatAccountApplication) -> Any:
        lines = [{"at": at, "state": state} for at, state in telling.safe_timeline(application)]
        return ApplicationLine(lines, many=True).data


class ApplicationQuery(PageQuery):
    state = Choice(choices=ApplicationState.choices(), required=False)
    currency = Text(required=False, max_length=3)
    partnerCustomerRef = Reference(required=False)


class CustomersApplicationQuery(PageQuery):
    state = Choice(choices=ApplicationState.choices(), required=False)
    currency = Text(required=False, max_length=3)


class ApplicationList(serializers.Serializer):
    items = ApplicationAnswer(many=True)
    nextCursor = serializers.CharField(allow_null=True)


class CustomersApplicationsView(ApiView):
    required_scope = Scope.PAYMENTS

    @extend_schema(
        operation_id="applyForFiatAccount",
        summary="Apply for an account",
        description="It goes to Oceafin once the customer is approved there. The same request again is answered 200.",
        parameters=[CUSTOMER],
        request=ApplicationRequest,
        responses={201: ApplicationAnswer, 200: ApplicationAnswer},
        examples=[OpenApiExample("An account in euro", value=APPLICATION, request_only=True)],
    )
    def post(self, request: Request, partner_customer_ref: str) -> Response:
        customer = get_object_or_404(Customer, partner_customer_ref=partner_customer_ref)
        asked = read_body(request, ApplicationRequest)
        application, is_new = services.apply(
            customer=customer,
            application_ref=asked["applicationRef"],
            currency=asked["currency"],
            capability_id=asked["capabilityId"],
            purpose=asked["purpose"],
            actor=self.actor,
            now=timezone.now(),
        )
        return Response(ApplicationAnswer(application).data, status=201 if is_new else 200)

    @extend_schema(
        operation_id="listFiatAccountApplicationsOfCustomer",
        summary="List a customer's applications for accounts, newest first",
        parameters=[CUSTOMER, CustomersApplicationQuery],
        responses=ApplicationList,
    )
    def get(self, request: Request, partner_customer_ref: str) -> Response:
        customer = get_object_or_404(Customer, partner_customer_ref=partner_customer_ref)
        asked = read_query(request, CustomersApplicationQuery)
        rows = _applications().filter(customer=customer, **picked(asked, "state", "currency"))
        return answer_page(rows, asked, ApplicationList)


class ApplicationsView(ApiView):
    required_scope = Scope.PAYMENTS

    @extend_schema(
        operation_id="listFiatAccountApplications",
        summary="List applications for accounts, newest first",
        parameters=[ApplicationQuery],
        responses=ApplicationList,
    )
    def get(self, request: Request) -> Response:
        asked = read_query(request, ApplicationQuery)
        filters = picked(asked, "state", "currency", customer__partner_customer_ref="partnerCustomerRef")
        rows = _applications().filter(**filters)
        return answer_page(rows, asked, ApplicationList)


class ApplicationView(ApiView):
    required_scope = Scope.PAYMENTS

    @extend_schema(
        operation_id="getFiatAccountApplication",
        summary="Read an application for an account",
        parameters=[APPLICATION_REF],
        responses=ApplicationAnswer,
    )
    def get(self, request: Request, application_ref: str) -> Response:
        application = get_object_or_404(_applications(), application_ref=application_ref)
        return Response(ApplicationAnswer(application).data)


class AdditionalInfoView(ApiView):
    required_scope = Scope.PAYMENTS

    @extend_schema(
        operation_id="addFiatAccountInfo",
        summary="Answer what Oceafin asked for an application",
        description=(
            "Documents are handed in before, at `/customers/{ref}/documents`. One that Oceafin does not have yet is "
            "sent first; the answer waits for it. The same answer again is answered 200."
        ),
        parameters=[APPLICATION_REF],
        request=InfoRequest,
        responses={201: ApplicationAnswer, 200: ApplicationAnswer},
        examples=[OpenApiExample("A text and a document", value=ANSWER, request_only=True)],
    )
    def post(self, request: Request, application_ref: str) -> Response:
        application = get_object_or_404(_applications(), application_ref=application_ref)
        asked = read_body(request, InfoRequest)
        _one, is_new = services.answer(
            application,
            number=asked["round"],
            answers=_by_place_of_round(application, asked["round"], asked["answers"]),
            documents=asked["documentIds"],
            actor=self.actor,
            now=timezone.now(),
        )
        shown = ApplicationAnswer(_applications().get(pk=application.pk))
        return Response(shown.data, status=201 if is_new else 200)


def _applications() -> Any:
    return FiatAccountApplication.objects.select_related("customer", "account")


def _by_place_of_round(
    application: FiatAccountApplication, number: int, given: list[dict[str, str]]
) -> dict[int, str]:
    one = application.rounds.filter(number=number).first()
    if one is None:
        return {}
    one.application = application
    return by_place(one.items, given)


def by_place(items: list[dict[str, str]], given: list[dict[str, str]]) -> dict[int, str]:
    """The texts by the place of their question: by its code, and of one code asked twice in their order."""
    codes = [item["code"] or services.NO_CODE for item in items] or [services.NO_CODE]
    places: dict[int, str] = {}
    for entry in given:
        free = [place for place, code in enumerate(codes) if code == entry["code"] and place not in places]
        if not free:
            sentence = _("Oceafin does not ask for %(code)s in this round.") % {"code": entry["code"]}
            raise errors.Unfit("answers", sentence)
        places[free[0]] = entry["value"]
    return places
