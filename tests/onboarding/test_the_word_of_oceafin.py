"""The word of Oceafin: where a case goes when the customer's status arrives, whatever came before."""

import pytest
from django.utils import timezone

from backoffice.staff.errors import NotAllowed
from onboarding import queues
from onboarding.states import CASE, CaseState, steps_to
from tests.onboarding.conftest import (
    PARTNER,
    act,
    again,
    attest,
    make_case,
    make_customer,
    person_details,
    say,
    to_ready,
    to_submitting,
    upload,
    verbs,
)
from tests.people import sign_in

pytestmark = pytest.mark.django_db

MISSING = [{"code": "DOCUMENT_UNREADABLE", "message": "A clearer copy, please.", "documentType": "PASSPORT"}]


def test_takes_a_case_along_to_its_end(lena):
    case = make_case()
    to_submitting(case, lena)
    for number, status in enumerate(("SUBMITTED", "PROCESSING", "APPROVED")):
        say(case.customer, status, after=number)
        assert again(case).state == status


@pytest.mark.parametrize("end", ["APPROVED", "REJECTED"])
def test_walks_every_step_that_was_skipped(lena, end):
    case = make_case()
    to_submitting(case, lena)
    say(case.customer, end)
    assert again(case).state == end
    assert verbs(case)[-3:] == ["case.submitted", "case.processing", f"case.{end.lower()}"]


def test_asks_for_what_is_missing_and_is_answered_under_a_new_reference(lena):
    customer = make_customer()
    case = make_case(customer)
    to_submitting(case, lena)
    say(customer, "MISSING_INFO_REQUIRED", missing=MISSING)
    case = again(case)
    assert case.state == "MISSING_INFO"
    assert case.asked_by_oceafin == MISSING
    clearer = upload(customer, "NATIONAL_ID")
    act("amend_case", PARTNER, case=case, details=person_details(), document_ids=[clearer.document_id])
    assert again(case).state == "IN_REVIEW"
    to_ready(case, lena)
    assert attest(case, lena).submission_ref == "case-1-2"
    say(customer, "APPROVED", after=60)
    assert again(case).state == "APPROVED"


def test_is_kept_whatever_form_the_missing_items_have(lena):
    case = make_case()
    to_submitting(case, lena)
    say(case.customer, "MISSING_INFO_REQUIRED", missing=["a word", {"odd": 1}, None])  # type: ignore[list-item]
    assert [item["message"] for item in again(case).asked_by_oceafin] == ["a word", '{"odd": 1}', "None"]


def test_heard_again_does_not_ask_again(lena):
    customer = make_customer()
    case = make_case(customer)
    to_submitting(case, lena)
    say(customer, "MISSING_INFO_REQUIRED", missing=MISSING)
    act("return_to_review", lena, case=case, reason="They called.")
    to_ready(case, lena)
    attest(case, lena)
    say(customer, "MISSING_INFO_REQUIRED", after=30, source="READ")
    assert again(case).state == "SUBMITTING"
    say(customer, "MISSING_INFO_REQUIRED", after=60, missing=MISSING)
    assert again(case).state == "MISSING_INFO"


def test_against_the_table_is_kept_and_shown(lena):
    case = make_case()
    to_ready(case, lena)
    say(case.customer, "APPROVED")
    case = again(case)
    assert case.state == "READY"
    assert "Oceafin says APPROVED" in case.contradiction
    assert "while this case is ready" in case.contradiction
    assert verbs(case)[-1] == "case.contradicted"


def test_against_the_end_of_a_case_is_kept_and_shown(lena):
    case = make_case()
    to_submitting(case, lena)
    say(case.customer, "APPROVED")
    say(case.customer, "REJECTED", after=60)
    assert again(case).state == "APPROVED"
    assert "REJECTED" in again(case).contradiction


@pytest.mark.parametrize("status", ["SUSPENDED", "CLOSED"])
def test_of_a_closed_customer_alarms_who_reviews(lena, status):
    case = make_case()
    say(case.customer, status)
    assert status in again(case).contradiction


@pytest.mark.parametrize("status", ["DRAFT", "SOMETHING_NEW"])
def test_that_means_nothing_for_a_case_moves_nothing(lena, status):
    case = make_case()
    to_submitting(case, lena)
    say(case.customer, status)
    assert (again(case).state, again(case).contradiction) == ("SUBMITTING", "")


def test_for_a_customer_without_a_case_is_no_error():
    say(make_customer(), "APPROVED")


@pytest.mark.parametrize("old", list(CaseState))
@pytest.mark.parametrize("new", list(CaseState))
def test_never_leads_where_the_table_does_not(old, new):
    here = old
    for step in steps_to(old, new):
        CASE.check(here, step)
        here = step
    assert here in {old, new}


def test_that_contradicts_us_is_settled_by_a_lead_and_leaves_the_queue_of_stuck_cases(rita, lena, client):
    case = make_case()
    act("claim_case", rita, case=case)
    say(case.customer, "REJECTED")
    assert list(queues.stuck(timezone.now())) == [case]
    with pytest.raises(NotAllowed):
        act("settle_contradiction", rita, case=case, reason="They erred.")
    sign_in(client, lena)
    assert 'action="/cases/case-1/do/settle/"' in client.get("/cases/case-1/").content.decode()
    assert client.post("/cases/case-1/do/settle/", {"reason": " "}).status_code == 409
    assert client.post("/cases/case-1/do/settle/", {"reason": "They erred."}).status_code == 302
    assert list(queues.stuck(timezone.now())) == []
    assert again(case).state == "IN_REVIEW"
