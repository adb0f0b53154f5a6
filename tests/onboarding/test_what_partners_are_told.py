"""What the partner's systems are told of a case: each move, what is asked for, and nothing internal."""

import json

import pytest
from django.utils import timezone

from backoffice.staff.roles import Role
from tests.onboarding.conftest import act, again, attest, make_case, say, to_ready
from tests.people import actor, person
from webhooks.outgoing import services
from webhooks.outgoing.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def endpoint():
    asker, confirmer = person(Role.ADMINISTRATOR), person(Role.ADMINISTRATOR)
    endpoint = services.ask_endpoint(
        name="Core", url="http://127.0.0.1:9/", actor=actor(asker), now=timezone.now()
    )
    services.confirm_endpoint(endpoint, actor=actor(confirmer), now=timezone.now())
    return endpoint


def told(kind: str) -> list[dict]:
    return [json.loads(each.body)["data"] for each in Message.objects.filter(event_type=kind).order_by("id")]


def test_is_each_move_of_a_case_whoever_makes_it(rita, lena):
    case = make_case()
    to_ready(case, rita)
    case = attest(case, lena)
    say(case.customer, "APPROVED")
    states = [each["state"] for each in told("onboarding.case.state_changed")]
    assert states == ["IN_REVIEW", "READY", "SUBMITTING", "SUBMITTED", "PROCESSING", "APPROVED"]
    assert told("onboarding.case.state_changed")[0] == {
        "caseRef": "case-1",
        "partnerCustomerRef": "cust-1",
        "state": "IN_REVIEW",
        "previousState": "OPEN",
    }
    assert [each["status"] for each in told("customer.status_changed")] == ["APPROVED"]


def test_is_what_is_asked_for_without_the_note(rita):
    case = make_case()
    act("claim_case", rita, case=case)
    act("ask_for_more", rita, case=again(case), text_for_customer="Please send page 2.", note="Looks cut.")
    [body] = told("onboarding.case.information_requested")
    assert (body["caseRef"], body["reminder"], body["items"][0]["message"]) == (
        "case-1",
        False,
        "Please send page 2.",
    )
    assert "Looks cut" not in str(body)
    assert rita.display_name not in str(body)


def test_is_what_oceafin_asks_for(rita, lena):
    case = make_case()
    to_ready(case, rita)
    case = attest(case, lena)
    say(case.customer, "MISSING_INFO_REQUIRED", missing=[{"code": "C", "message": "Clearer."}])
    [body] = told("onboarding.case.information_requested")
    assert [(item["by"], item["message"]) for item in body["items"]] == [("OCEAFIN", "Clearer.")]


def test_is_told_also_when_it_is_too_much_for_one_webhook(rita):
    case = make_case()
    act("claim_case", rita, case=case)
    for _number in range(6):
        act("collect_item", rita, case=again(case), code="OTHER", text="Ж" * 4000)
    act("ask_for_more", rita, case=again(case), text_for_customer="", note="")
    [body] = told("onboarding.case.information_requested")
    assert (body["caseRef"], body["items"], body["itemsLeftOut"]) == ("case-1", [], 6)


def test_is_told_of_however_many_words_oceafin_uses(rita, lena):
    case = make_case()
    to_ready(case, rita)
    case = attest(case, lena)
    say(case.customer, "MISSING_INFO_REQUIRED", missing=[{"code": "X", "message": "Ж" * 40_000}])
    assert again(case).state == "MISSING_INFO"
    assert told("onboarding.case.information_requested")[0]["itemsLeftOut"] == 1
