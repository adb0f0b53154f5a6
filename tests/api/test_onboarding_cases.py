"""Onboarding cases over the API: handed in, read back safely, amended as a whole."""

import io
from uuid import uuid4

import pytest

from backoffice.staff.roles import Role
from onboarding.models import Case
from tests.api.conftest import problem, wrong_fields
from tests.customers import specimens
from tests.onboarding.conftest import (
    act,
    again,
    attest,
    make_customer,
    person_details,
    say,
    to_ready,
    upload,
)
from tests.people import person

pytestmark = pytest.mark.django_db
CASES = "/api/v1/customers/cust-1/onboarding-cases"
CASE = "/api/v1/onboarding-cases/case-1"


@pytest.fixture
def api(client_with):
    return client_with("onboarding")


@pytest.fixture
def customer():
    return make_customer()


@pytest.fixture
def lena():
    return person(Role.COMPLIANCE_LEAD, name="Lena Secretive")


def body(**changes):
    return {"caseRef": "case-1", **person_details(), "documentIds": [], **changes}


def post(api, data, url=CASES):
    return api.post(url, data, format="json")


def test_are_created_then_the_same_then_in_conflict(api, customer):
    first = post(api, body())
    assert first.status_code == 201, first.content
    assert first.json()["state"] == "OPEN"
    same = post(api, body())
    assert (same.status_code, same.json()["caseRef"]) == (200, "case-1")
    other = post(api, body(documentIds=[str(upload(customer).document_id)]))
    assert other.status_code == 409
    assert problem(other)["code"] == "REFERENCE_TAKEN"


def test_take_a_document_that_was_uploaded_before(api, customer):
    uploaded = api.post(
        "/api/v1/customers/cust-1/documents",
        {"file": io.BytesIO(specimens.pdf()), "documentType": "PASSPORT"},
        format="multipart",
    )
    document_id = uploaded.json()["documentId"]
    assert post(api, body(documentIds=[document_id])).json()["documentIds"] == [document_id]


def test_are_taken_in_incomplete(api, customer):
    assert post(api, {"caseRef": "case-1"}).status_code == 201


def test_keep_names_and_shares_as_they_came(api, client_with):
    make_customer("corp-1", customer_type="CORPORATE")
    owner = {"firstName": "محمد", "ownershipPercent": 33.3}
    data = {"caseRef": "case-1", "additionalCorporationDetails": {"beneficialOwners": [owner]}}
    assert post(api, data, "/api/v1/customers/corp-1/onboarding-cases").status_code == 201
    kept = Case.objects.get().details["additionalCorporationDetails"]["beneficialOwners"][0]
    assert kept == {"firstName": "محمد", "ownershipPercent": "33.3"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"personalDetails": {"dateOfBirth": "1990-02-30"}}, "personalDetails.dateOfBirth"),
        ({"personalDetails": {"nationality": "Germany"}}, "personalDetails.nationality"),
        ({"personalDetails": {"firstName": "x" * 10_000}}, "personalDetails.firstName"),
        ({"personalDetails": {"firstname": "x"}}, "personalDetails.firstname"),
        ({"personalDetails": []}, "personalDetails"),
        ({"corporationDetails": {"legalName": "x"}}, "corporationDetails"),
        ({"documentIds": ["x"]}, "documentIds.0"),
        ({"documentIds": [str(uuid4())]}, "documentIds"),
        ({"caseRef": "no spaces"}, "caseRef"),
        ({"caseref": "x"}, "caseref"),
        (
            {"additionalPersonalDetails": {"sourceOfFunds": "Salary"}},
            "additionalPersonalDetails.sourceOfFunds",
        ),
    ],
)
def test_are_refused_with_a_sentence_for_each_field(api, customer, changes, field):
    answer = post(api, body(**changes))
    assert answer.status_code == 400
    assert {name.split(".0")[0] for name in wrong_fields(answer)} == {field.split(".0")[0]}
    assert not Case.objects.exists()


def test_are_one_open_at_a_time(api, customer):
    post(api, body())
    assert problem(post(api, body(caseRef="case-2")))["code"] == "ANOTHER_CASE_IS_OPEN"


def test_of_nobody_are_not_found(api):
    assert post(api, body()).status_code == 404
    assert api.get(CASE).status_code == 404


def test_need_the_scope(client_with, customer):
    assert post(client_with("customers"), body()).status_code == 403
    reader = client_with("read")
    assert post(reader, body()).status_code == 403
    post(client_with("onboarding"), body())
    assert reader.get(CASE).status_code == 200


def test_say_what_they_wait_for_without_names_notes_or_looks(api, customer, lena):
    post(api, body(documentIds=[str(upload(customer).document_id)]))
    case = Case.objects.get()
    act("claim_case", lena, case=case)
    act("ask_for_more", lena, case=case, text_for_customer="Please send page 2.", note="A hunch.")
    answer = api.get(CASE)
    data = answer.json()
    assert data["state"] == "NEEDS_INFO"
    assert "Send the amended whole" in data["waitingFor"]
    [item] = data["askedFor"]
    assert (item["by"], item["message"], item["documentType"]) == ("US", "Please send page 2.", None)
    assert [line["state"] for line in data["timeline"]] == ["OPEN", "IN_REVIEW", "NEEDS_INFO"]
    assert b"Secretive" not in answer.content
    assert b"hunch" not in answer.content


def test_pass_on_what_oceafin_asks_for(api, customer, lena):
    post(api, body(documentIds=[str(upload(customer).document_id)]))
    case = Case.objects.get()
    to_ready(case, lena)
    attest(case, lena)
    say(
        customer,
        "MISSING_INFO_REQUIRED",
        missing=[{"code": "C", "message": "Clearer.", "documentType": "SELFIE"}],
    )
    data = api.get(CASE).json()
    [item] = data["askedFor"]
    assert (item["by"], item["message"], item["code"]) == ("OCEAFIN", "Clearer.", "C")
    assert (item["documentType"], item["language"]) == ("SELFIE", None)
    amended = api.put(CASE, person_details() | {"documentIds": []}, format="json")
    assert (amended.status_code, amended.json()["state"]) == (200, "IN_REVIEW")


def test_are_amended_as_a_whole(api, customer):
    post(api, body())
    whole = person_details(firstName="Zoe") | {"caseRef": "case-1"}
    assert api.put(CASE, whole, format="json").status_code == 200
    assert again(Case.objects.get()).details["personalDetails"]["firstName"] == "Zoe"
    assert wrong_fields(api.put(CASE, {"caseRef": "other"}, format="json")) == {"caseRef"}
    bad = api.put(CASE, {"personalDetails": {"email": "x"}}, format="json")
    assert wrong_fields(bad) == {"personalDetails.email"}


def test_cannot_be_amended_once_signed(api, customer, lena):
    post(api, body(documentIds=[str(upload(customer).document_id)]))
    case = Case.objects.get()
    to_ready(case, lena)
    attest(case, lena)
    assert problem(api.put(CASE, {}, format="json"))["code"] == "CANNOT_BE_DONE"


def test_are_in_the_schema(api):
    schema = api.get("/api/schema/?format=json", HTTP_ACCEPT="application/json")
    assert b"openOnboardingCase" in schema.content
    assert b"amendOnboardingCase" in schema.content
