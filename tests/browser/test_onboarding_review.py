"""What a review in a real browser says and keeps, when it is refused and when something is asked for."""

import re

import pytest
from playwright.sync_api import Page, expect

from backoffice.staff.roles import Role
from onboarding.models import Case
from tests.browser.papers import specimen
from tests.onboarding.conftest import (
    act,
    again,
    make_case,
    make_customer,
    person_details,
    say,
    to_submitting,
    upload,
)
from tests.people import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def rita():
    return person(Role.COMPLIANCE_REVIEWER, name="Rita Reviewer")


@pytest.fixture
def lena():
    return person(Role.COMPLIANCE_LEAD, name="Lena Lead")


@pytest.fixture
def case() -> Case:
    customer = make_customer("cust-100001")
    documents = [
        upload(customer, "PASSPORT", specimen("Passport", 3)),
        upload(customer, "PROOF_OF_ADDRESS", specimen("Electricity bill")),
    ]
    return make_case(customer, ref="kyc-2026-0001", document_ids=[each.document_id for each in documents])


def wait_for_picture(page: Page) -> None:
    page.wait_for_function("document.querySelector('[data-image]').naturalWidth > 0")


def test_rejects_a_document_and_asks_for_another(page, enter, accessible, shoot, rita, case):
    act("claim_case", rita, case=case)
    enter(rita)
    page.goto("/cases/kyc-2026-0001/")
    page.keyboard.press("r")
    expect(page.get_by_label("Why", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    page.get_by_label("In your own words").fill("The number is blurred.")
    page.locator(".panel__form").get_by_role("button", name="Reject document").click()
    expect(page.get_by_text("Choose why the document is rejected.")).to_be_visible()
    expect(page.get_by_label("In your own words")).to_have_value("The number is blurred.")
    # What was refused was an act; the page is that of the case again, and can be read anew.
    expect(page).to_have_url(re.compile(r"/cases/kyc-2026-0001/\?"))
    shoot(page, "onboarding-refused")
    page.get_by_label("Why", exact=True).select_option("UNREADABLE")
    with page.expect_navigation():
        page.locator(".panel__form").get_by_role("button", name="Reject document").click()
    expect(page.locator(".document-tab--rejected")).to_have_count(1)
    page.keyboard.press("m")
    expect(page.get_by_label("What the customer reads")).to_be_focused()
    page.get_by_label("What the customer reads").fill("Please send a sharper picture of your passport.")
    accessible(page)
    page.get_by_role("button", name="Ask the customer").click()
    expect(page.get_by_text("Waits for the customer's answer.")).to_be_visible()
    assert again(case).state == "NEEDS_INFO"


def test_shows_what_oceafin_asks_for_and_what_is_missing(page, enter, accessible, shoot, lena):
    customer = make_customer("cust-100002")
    case = make_case(customer, ref="kyc-2026-0002")
    to_submitting(case, lena)
    missing = [
        {
            "code": "DOCUMENT_UNREADABLE",
            "message": "Please send a clearer copy.",
            "documentType": "PROOF_OF_ADDRESS",
        }
    ]
    say(customer, "MISSING_INFO_REQUIRED", missing=missing)
    amended = person_details(phone="")
    act("amend_case", lena, case=case, details=amended, document_ids=[upload(customer, "SELFIE").document_id])
    act("claim_case", lena, case=case)
    enter(lena)
    page.goto("/cases/kyc-2026-0002/")
    wait_for_picture(page)
    expect(page.get_by_text("Please send a clearer copy.").first).to_be_visible()
    expect(page.get_by_text("Person: Phone is missing.")).to_be_visible()
    accessible(page)
    shoot(page, "onboarding-missing")
