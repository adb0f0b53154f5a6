"""A review in a real browser: from the queue to the signature, by keyboard."""

import io
import re

import pytest
from playwright.sync_api import Page, expect
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from backoffice.staff.roles import Role
from onboarding.models import Case
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


def specimen(title: str, pages: int = 2) -> bytes:
    """A document as a customer would send it, plainly marked."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for number in range(1, pages + 1):
        canvas.setFillGray(0.9)
        canvas.rect(60, 520, 475, 250, fill=1, stroke=0)
        canvas.setFillGray(0.1)
        canvas.setFont("Helvetica-Bold", 22)
        canvas.drawString(80, 720, f"{title} (SPECIMEN)")
        canvas.setFont("Helvetica", 15)
        for line, text in enumerate(("Surname: Example", "Given name: Zoe", "Born: 28 February 1990")):
            canvas.drawString(80, 680 - 28 * line, text)
        canvas.drawString(80, 540, f"Page {number} of {pages}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


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


def test_goes_from_the_queue_to_the_signature_by_keyboard(page, enter, accessible, shoot, rita, lena, case):
    for number in range(3):
        make_case(make_customer(f"cust-20000{number}"), ref=f"kyc-2026-100{number}", document_ids=[])
    enter(rita)
    page.goto("/cases/")
    accessible(page)
    shoot(page, "onboarding-queue")
    page.keyboard.press("n")
    page.wait_for_url("**/cases/kyc-2026-0001/**")
    wait_for_picture(page)
    accessible(page)
    shoot(page, "onboarding-review")
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-page-number]")).to_have_text("2")
    page.keyboard.press("o")
    expect(page.locator("[data-viewer]")).to_have_class(re.compile("viewer--turn-1"))
    page.keyboard.press("?")
    expect(page.get_by_text("turn the page")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.wait_for_url(re.compile("document="))
    expect(page.locator(".document-tab--accepted")).to_have_count(1)
    page.wait_for_load_state()
    page.keyboard.press("a")
    expect(page.locator(".document-tab--accepted")).to_have_count(2)
    page.wait_for_load_state()
    page.keyboard.press("a")
    expect(page.get_by_text("The case waits for a signature")).to_be_visible()
    enter(lena)
    page.goto("/cases/kyc-2026-0001/")
    page.keyboard.press("c")
    expect(page.get_by_role("button", name="Sign and submit to Oceafin")).to_be_visible()
    accessible(page)
    shoot(page, "onboarding-sign")
    page.keyboard.press("a")
    expect(page.get_by_text("Signed. The case goes to Oceafin by itself.")).to_be_visible()
    shoot(page, "onboarding-submitting")
    assert again(case).state == "SUBMITTING"


def test_rejects_a_document_and_asks_for_another(page, enter, accessible, shoot, rita, case):
    act("claim_case", rita, case=case)
    enter(rita)
    page.goto("/cases/kyc-2026-0001/")
    page.keyboard.press("r")
    page.keyboard.press("Tab")
    page.get_by_label("In your own words").fill("The number is blurred.")
    page.locator(".panel__form").get_by_role("button", name="Reject document").click()
    expect(page.get_by_text("Choose why the document is rejected.")).to_be_visible()
    expect(page.get_by_label("In your own words")).to_have_value("The number is blurred.")
    shoot(page, "onboarding-refused")
    page.get_by_label("Why", exact=True).select_option("UNREADABLE")
    page.locator(".panel__form").get_by_role("button", name="Reject document").click()
    expect(page.locator(".document-tab--rejected")).to_have_count(1)
    page.keyboard.press("m")
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
