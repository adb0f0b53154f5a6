"""Correcting the data of a case on its page: every field, nothing lost, nothing overwritten."""

import copy
import re

import pytest

from onboarding import editing
from tests.customers import specimens
from tests.onboarding.conftest import (
    COMPANY,
    PARTNER,
    PERSON,
    act,
    again,
    make_case,
    make_customer,
    person_details,
)
from tests.people import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(rita):
    case = make_case()
    act("claim_case", rita, case=case)
    return again(case)


@pytest.fixture
def browser(client, rita):
    sign_in(client, rita)
    return client


def form_of(case):
    kind = case.submission_type
    return {**editing.values_of(case.details, submission_type=kind), "revision": str(case.revision)}


def save(browser, case, **changed):
    typed = {**form_of(case), **{name.replace("__", "."): value for name, value in changed.items()}}
    return browser.post(f"/cases/{case.case_ref}/data/", typed)


@pytest.mark.parametrize(("details", "kind"), [(PERSON, "KYC"), (COMPANY, "KYB")])
def test_gives_back_exactly_what_stands_when_nothing_was_typed(details, kind):
    values = editing.values_of(details, submission_type=kind)
    said = editing.details_of(values, details, submission_type=kind)
    from onboarding.details import given

    assert given(said) == given(details)


def test_saves_what_was_typed_and_leaves_the_rest(browser, case):
    assert save(browser, case, personalDetails__lastName="O’Neil").status_code == 302
    details = again(case).details
    assert details["personalDetails"] == {**PERSON["personalDetails"], "lastName": "O’Neil"}
    assert details["consentEvidence"] == PERSON["consentEvidence"]


def test_never_changes_what_the_customer_agreed_to(browser, case):
    save(browser, case, consentEvidence__consentVersion="99", personalDetails__phone="1")
    assert again(case).details["consentEvidence"] == PERSON["consentEvidence"]


def test_shows_each_wrong_field_and_keeps_what_was_typed(browser, case):
    answer = save(browser, case, personalDetails__dateOfBirth="2999-01-01", personalDetails__email="x at y")
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert shown.count('class="error"') == 2
    assert "x at y" in shown
    assert again(case).revision == 1


def test_shows_who_changed_what_and_keeps_both(browser, case):
    ids = [row.document.document_id for row in case.case_documents.select_related("document")]
    amended = person_details(phone="+44 20", email="new@example.com")
    act("amend_case", PARTNER, case=case, details=amended, document_ids=ids)
    answer = save(browser, case, personalDetails__phone="+33 1", personalDetails__lastName="Miller")
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "the partner&#x27;s system" in shown
    assert "It stands now as:" in shown
    values = {each.name: each.value for part in answer.context_data["fieldsets"] for each in part.inputs}
    assert values["personalDetails.phone"] == "+33 1"
    assert values["personalDetails.lastName"] == "Miller"
    assert values["personalDetails.email"] == "new@example.com"
    assert again(case).details["personalDetails"]["phone"] == "+44 20"
    second = browser.post("/cases/case-1/data/", {**values, "revision": answer.context_data["revision"]})
    assert second.status_code == 302
    assert again(case).details["personalDetails"]["phone"] == "+33 1"


def test_adds_people_and_takes_them_out(browser, rita):
    company = make_customer("corp-1", customer_type="CORPORATE")
    case = make_case(company, details=COMPANY, document_ids=[], ref="corp")
    act("claim_case", rita, case=case)
    owners = "additionalCorporationDetails.beneficialOwners"
    typed = {
        **form_of(again(case)),
        f"{owners}.0.remove": "1",
        f"{owners}.1.firstName": "Eve",
        f"{owners}.1.ownershipPercent": "12.5",
    }
    assert browser.post("/cases/corp/data/", typed).status_code == 302
    (owner,) = again(case).details["additionalCorporationDetails"]["beneficialOwners"]
    assert owner == {"firstName": "Eve", "ownershipPercent": "12.5"}


def test_is_closed_to_who_has_not_taken_the_case(client, case, robin, sam):
    sign_in(client, robin)
    assert client.get("/cases/case-1/data/").status_code == 302
    refused = save(client, case, personalDetails__phone="+33 1")
    assert refused.status_code == 409
    assert "Rita took this case" in refused.content.decode()
    sign_in(client, sam)
    assert client.get("/cases/case-1/data/").status_code == 404
    assert again(case).revision == 1


@pytest.mark.parametrize("odd", [{"revision": "x"}, {"personalDetails.lastName": "z" * 10_000}, {}])
def test_survives_an_odd_form(browser, case, odd):
    answer = browser.post("/cases/case-1/data/", {**form_of(case), **odd})
    assert answer.status_code in {302, 409}


def test_brings_a_document_into_the_case(browser, case):
    from django.core.files.uploadedfile import SimpleUploadedFile

    address = "/cases/case-1/documents/add/"
    assert browser.get(address).status_code == 200
    typed = {"document_type": "PROOF_OF_ADDRESS", "file": SimpleUploadedFile("x.pdf", specimens.pdf())}
    assert browser.post(address, typed).status_code == 302
    kinds = {row.document.document_type for row in case.case_documents.select_related("document")}
    assert kinds == {"PASSPORT", "PROOF_OF_ADDRESS"}
    hostile = {"document_type": "OTHER", "file": SimpleUploadedFile("x.pdf", b"<svg onload=alert(1)>")}
    refused = browser.post(address, hostile)
    assert refused.status_code == 422
    assert "error" in refused.content.decode()


def test_takes_a_company_with_fifty_directors_and_fifty_owners(client, rita):
    details = copy.deepcopy(COMPANY)
    more = details["additionalCorporationDetails"]
    director, owner = more["directors"][0], {**more["beneficialOwners"][0], "ownershipPercent": "2"}
    more["directors"] = [{**director, "firstName": f"A{number}"} for number in range(50)]
    more["beneficialOwners"] = [{**owner, "firstName": f"C{number}"} for number in range(50)]
    company = make_customer("corp-1", customer_type="CORPORATE")
    case = make_case(company, ref="kyb-1", details=details, document_ids=[])
    act("claim_case", rita, case=case)
    sign_in(client, rita)
    page = client.get("/cases/kyb-1/data/").content.decode()
    names = set(re.findall(r'name="([A-Za-z]+\.[^"]+)"', page))
    values = editing.values_of(case.details, submission_type="KYB")
    typed = {name: values.get(name, "") for name in names if not name.endswith(".remove")}
    typed["corporationDetails.website"] = "https://example.com"
    saved = client.post("/cases/kyb-1/data/", {**typed, "revision": again(case).revision})
    assert saved.status_code == 302
    assert again(case).details["corporationDetails"]["website"] == "https://example.com"
    assert again(case).details["additionalCorporationDetails"] == case.details["additionalCorporationDetails"]
