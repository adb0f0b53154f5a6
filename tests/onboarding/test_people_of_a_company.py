"""People of a company: each director and owner is somebody of their own, and is decided by name."""

import copy
from decimal import Decimal

import pytest
from django.utils import timezone

from backoffice import vault
from onboarding import errors, review
from onboarding.people import chart, records
from onboarding.people.models import Person
from tests.onboarding.conftest import (
    COMPANY,
    PARTNER,
    accept,
    accept_documents,
    accept_people,
    act,
    again,
    letter_of,
    make_case,
    make_customer,
    to_submitting,
    upload,
    verbs,
)
from tests.people import sign_in

pytestmark = pytest.mark.django_db

ADA = {"firstName": "Ada", "lastName": "Ölund", "dateOfBirth": "1980-01-01", "nationality": "SE"}
BEN = {"firstName": "Ben", "lastName": "李", "dateOfBirth": "1975-05-05", "nationality": "SG"}
CLEO = {"firstName": "Cleo", "lastName": "Small", "dateOfBirth": "1990-09-09", "nationality": "FR"}


def company_details(*, directors=(ADA,), owners=((ADA, "60"), (BEN, "25"), (CLEO, "10"))):
    details = copy.deepcopy(COMPANY)
    more = details["additionalCorporationDetails"]
    more["directors"] = [dict(each) for each in directors]
    more["beneficialOwners"] = [{**each, "ownershipPercent": share} for each, share in owners]
    return details


@pytest.fixture
def company(settings):
    settings.SECOND_LOOK_PERCENT = 0
    customer = make_customer("corp-1", customer_type="CORPORATE", display_name="Specimen GmbH")
    papers = [upload(customer, "REGISTER_EXTRACT"), upload(customer, "PASSPORT")]
    return make_case(
        customer, ref="kyb-1", details=company_details(), document_ids=[each.document_id for each in papers]
    )


@pytest.fixture
def taken(company, rita):
    act("claim_case", rita, case=company)
    return again(company)


def people_of(case):
    return {person.title: person for person in records.of_case(again(case))}


def amend(case, **changes):
    ids = [row.document.document_id for row in review.documents_of(case)]
    act("amend_case", PARTNER, case=case, details=company_details(**changes), document_ids=ids)


def passport_of(case):
    return next(row for row in review.documents_of(again(case)) if row.document.document_type == "PASSPORT")


def decide(who, person, decision="ACCEPTED", reason="Seen on a video call."):
    act("decide_person", who, person=person, decision=decision, reason=reason)


def sentences(case):
    return " ".join(check.missing for check in records.checks(again(case)))


def test_are_made_of_the_data_as_it_came(company):
    people = people_of(company)
    assert {title: person.name for title, person in people.items()} == {
        "Director 1": "Ada Ölund",
        "Owner 1": "Ada Ölund",
        "Owner 2": "Ben 李",
        "Owner 3": "Cleo Small",
    }
    assert people["Owner 2"].details == {**BEN, "ownershipPercent": "25"}
    assert not Person.objects.filter(details_sealed__contains="Ölund".encode()).exists()


def test_are_required_as_directors_and_from_a_quarter_up(company, settings):
    required = {title for title, person in people_of(company).items() if person.is_required}
    assert required == {"Director 1", "Owner 1", "Owner 2"}
    settings.OWNER_PERCENT = 10
    assert people_of(company)["Owner 3"].is_required


def test_hold_the_company_back_until_each_required_one_is_accepted(taken, rita):
    accept_documents(taken, rita)
    people = people_of(taken)
    decide(rita, people["Director 1"])
    decide(rita, people["Owner 1"])
    with pytest.raises(errors.Incomplete, match="Still to decide: Owner 2"):
        act("accept_case", rita, case=taken)
    decide(rita, people["Owner 2"])
    act("accept_case", rita, case=taken)
    assert sentences(taken) != ""  # another person now looks at everybody anew


def test_are_looked_at_twice_and_then_signed_and_sent_in_the_form_of_the_contract(company, lena):
    from backoffice.oceafin import contract
    from tests.onboarding.conftest import know
    from tests.onboarding.test_an_attestation import arrive

    know(company.customer)
    to_submitting(company, lena)
    for row, end in zip(review.documents_of(again(company)), "ab", strict=True):
        arrive(row.document, f"7b1c8a9e-0000-4000-8000-00000000000{end}")
    import json

    body = json.loads(letter_of(company).body)
    assert contract.validate_request("createOnboardingSubmission", body) == []
    given = company_details()["additionalCorporationDetails"]
    assert body["additionalCorporationDetails"] == given


def test_are_not_accepted_on_nothing(taken, rita):
    with pytest.raises(errors.ReasonNeeded, match="identity document"):
        decide(rita, people_of(taken)["Owner 1"], reason=" ")


def test_are_accepted_on_an_identity_document_and_fall_with_it(taken, rita):
    accept_documents(taken, rita)
    owner = people_of(taken)["Owner 1"]
    act("link_document", rita, person=owner, case_document=passport_of(taken))
    decide(rita, owner, reason="")
    assert "Owner 1" not in sentences(taken)
    act(
        "decide_document",
        rita,
        case_document=passport_of(taken),
        decision="REJECTED",
        reason_code="EXPIRED",
    )
    assert "No accepted identity document any more: Owner 1." in sentences(taken)


def test_are_not_proved_by_a_paper_that_shows_nobody(taken, rita):
    accept_documents(taken, rita)
    extract = next(
        row for row in review.documents_of(taken) if row.document.document_type == "REGISTER_EXTRACT"
    )
    owner = people_of(taken)["Owner 1"]
    act("link_document", rita, person=owner, case_document=extract)
    with pytest.raises(errors.ReasonNeeded):
        decide(rita, owner, reason="")


def test_lose_a_document_that_is_not_theirs(taken, rita):
    owner, paper = people_of(taken)["Owner 1"], passport_of(taken)
    for _again in range(2):
        act("link_document", rita, person=owner, case_document=paper)
    assert people_of(taken)["Owner 1"].linked == [paper.pk]
    for _again in range(2):
        act("unlink_document", rita, person=owner, case_document=paper)
    assert people_of(taken)["Owner 1"].linked == []
    assert [verb for verb in verbs(taken) if "person" in verb] == [
        "case.person_document_linked",
        "case.person_document_unlinked",
    ]


def test_are_rejected_with_a_reason_that_is_sealed(taken, rita):
    with pytest.raises(errors.ReasonNeeded):
        decide(rita, people_of(taken)["Owner 3"], "REJECTED", "")
    decide(rita, people_of(taken)["Owner 3"], "REJECTED", "The photo shows somebody else.")
    assert "Rejected: Owner 3." in sentences(taken)
    assert people_of(taken)["Owner 3"].reason == "The photo shows somebody else."
    assert not Person.objects.filter(reason_sealed__contains=b"photo").exists()


def test_are_decided_by_who_has_taken_the_case_alone(company, rita, robin):
    act("claim_case", rita, case=company)
    with pytest.raises(errors.ClaimedByAnother):
        decide(robin, people_of(company)["Owner 1"])


def test_stay_the_same_people_when_the_data_is_amended(taken, rita):
    before = people_of(taken)
    accept_people(taken, rita)
    married = {**BEN, "lastName": "Lee-Tan"}
    amend(taken, directors=(CLEO, ADA), owners=((ADA, "60"), (married, "25")))
    after = people_of(taken)
    assert after["Director 2"].person_id == before["Director 1"].person_id
    assert after["Director 2"].decision == "ACCEPTED"
    assert after["Director 1"].decision == "PENDING"
    assert after["Owner 2"].person_id == before["Owner 2"].person_id
    assert after["Owner 2"].decision == "PENDING"
    assert "Owner 3" not in after
    assert Person.objects.get(person_id=before["Owner 3"].person_id).removed_at is not None


def test_come_back_as_themselves(taken):
    cleo = people_of(taken)["Owner 3"].person_id
    amend(taken, owners=((ADA, "60"),))
    amend(taken, owners=((CLEO, "10"), (ADA, "60")))
    assert people_of(taken)["Owner 1"].person_id == cleo


def test_are_decided_anew_by_the_second_person(company, rita, robin):
    accept(company, rita)
    assert {person.decision for person in people_of(company).values()} == {"PENDING"}
    assert accept(company, robin).state == "READY"


def test_own_at_most_the_whole(company):
    with pytest.raises(errors.BadDetails, match=r"add up to 100\.5 percent"):
        amend(company, owners=((ADA, "60"), (BEN, 40.5)))
    thirds = tuple((each, "33.333333333") for each in (ADA, BEN, CLEO))
    amend(company, owners=thirds)
    assert "100" not in sentences(company)


def test_are_drawn_with_their_shares_and_what_nobody_is_named_for(taken, rita, client):
    sign_in(client, rita)
    page = client.get("/cases/kyb-1/?tab=people").content.decode()
    assert 'role="img"' in page
    assert "Ada Ölund: 60 %; Ben 李: 25 %; Cleo Small: 10 %; Not named: 5 % · Specimen GmbH" in page


def test_are_named_only_to_who_has_taken_the_case(taken, robin, client):
    sign_in(client, robin)
    page = client.get("/cases/kyb-1/?tab=people").content.decode()
    assert "Director 1" in page
    assert "Ölund" not in page


def test_can_be_counted_after_the_customer_was_erased(taken, rita, client):
    sign_in(client, rita)
    vault.destroy_key(taken.customer.vault_key, now=timezone.now())
    assert client.get("/cases/kyb-1/?tab=people").status_code == 200


def test_are_decided_with_buttons_that_say_why_not(taken, rita, client):
    sign_in(client, rita)
    owner = people_of(taken)["Owner 1"]
    address = f"/cases/kyb-1/people/{owner.person_id}/decide/"
    refused = client.post(address, {"decision": "ACCEPTED", "revision": taken.revision}, follow=True)
    assert "No accepted identity document" in refused.content.decode()
    client.post(address, {"decision": "ACCEPTED", "reason": "Seen.", "revision": taken.revision})
    assert people_of(taken)["Owner 1"].decision == "ACCEPTED"
    assert client.post(address, {"decision": "NONSENSE"}).status_code == 404


def test_are_cut_to_fit_in_the_drawing():
    assert chart.shortened("Specimen", 8) == "Specimen"
    assert chart.shortened("深海貿易株式会社", 8) == "深海貿易…"
    assert "&lt;b&gt;" in chart.drawn("<b>", [chart.Holding("<b>", "1", "ok", Decimal(1))])


def test_are_not_accepted_over_data_that_came_after_the_page_was_opened(taken, rita, client):
    sign_in(client, rita)
    details = copy.deepcopy(COMPANY)
    details["additionalCorporationDetails"]["beneficialOwners"][0]["nationality"] = "KP"
    owner = people_of(taken)["Owner 1"]
    documents = [row.document.document_id for row in review.documents_of(taken)]
    act("amend_case", PARTNER, case=taken, details=details, document_ids=documents)
    typed = {"decision": "ACCEPTED", "reason": "Seen.", "revision": taken.revision}
    refused = client.post(f"/cases/kyb-1/people/{owner.person_id}/decide/", typed, follow=True)
    assert "changed after you opened it" in refused.content.decode()
    assert people_of(taken)["Owner 1"].decision == "PENDING"
