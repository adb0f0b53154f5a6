"""An onboarding, as the people live through it: from the queue to Oceafin's yes, in a browser, on real processes."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from backoffice.staff.models import User
from backoffice.staff.roles import Role
from onboarding.models import Case
from tests.browser.doors import come_in, leave, make_stale
from tests.browser.papers import specimen
from tests.customers.specimens import picture as photo
from tests.faults.house import House
from tests.houses import lived_in
from tests.onboarding.conftest import COMPANY, again, make_case, make_customer, upload
from tests.people import Phone, enrol, person
from tests.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def running_house(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[House]:
    with django_db_blocker.unblock(), House(tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest.fixture
def house(transactional_db, running_house: House, settings) -> Iterator[House]:
    with lived_in(running_house, settings) as house:
        yield house


@pytest.fixture
def site_url(house: House) -> str:
    return house.web_url


@pytest.fixture
def rita() -> tuple[User, Phone]:
    user = person(Role.COMPLIANCE_REVIEWER, name="Rita Reviewer", email="rita@example.com")
    return user, enrol(user)


@pytest.fixture
def lena() -> tuple[User, Phone]:
    user = person(Role.COMPLIANCE_LEAD, name="Lena Lead", email="lena@example.com")
    return user, enrol(user)


@pytest.fixture
def case(house: House) -> Case:
    """The partner's system has handed in a person with two papers, and a company without any."""
    customer = make_customer("cust-100001", display_name="Zoë Example")
    papers = [
        upload(customer, "PASSPORT", specimen("Passport", 2)),
        upload(customer, "SELFIE", photo("JPEG", size=(640, 480))),
    ]
    case = make_case(customer, ref="kyc-2026-0001", document_ids=[each.document_id for each in papers])
    company = make_customer("cust-100002", display_name="Specimen GmbH", customer_type="CORPORATE")
    make_case(company, ref="kyb-2026-0002", details=COMPANY, document_ids=[])
    return case


def test_takes_a_case_from_the_queue_to_approved_with_clicks(
    page: Page, house: House, judge: Callable, fits: Callable, case: Case, rita, lena
) -> None:
    come_in(page, *rita, judge=fits)
    judge(page, "home-reviewer")
    page.get_by_label("Main").get_by_role("link", name="Onboarding").click()
    expect(page.get_by_role("heading", name="Onboarding cases")).to_be_visible()
    fits(page, "cases")
    page.get_by_role("button", name="Take the next case").click()
    expect(page.get_by_role("heading", name="kyc-2026-0001")).to_be_visible()
    picture = page.locator("[data-image]")
    eventually(lambda: picture.evaluate("image => image.naturalWidth"))
    page.get_by_role("button", name="Next page").click()
    expect(page.locator("[data-page-number]")).to_have_text("2")
    fits(page, "case-in-review")
    page.get_by_role("button", name="Accept document").click()
    expect(page.locator(".document-tab--accepted")).to_have_count(1)
    page.get_by_role("button", name="Accept document").click()
    expect(page.locator(".document-tab--accepted")).to_have_count(2)
    judge(page, "case-looked-at")
    page.get_by_role("button", name="Accept case").click()
    expect(page.get_by_text("The case waits for a signature")).to_be_visible()
    fits(page, "case-reviewed")
    leave(page)

    come_in(page, *lena)
    judge(page, "home-lead")
    page.get_by_label("Main").get_by_role("link", name="Onboarding").click()
    page.get_by_role("link", name="To sign").click()
    expect(page.get_by_role("link", name="kyb-2026-0002")).to_have_count(0)
    fits(page, "cases-to-sign")
    page.get_by_role("link", name="kyc-2026-0001").click()
    page.get_by_role("button", name="Take this case").click()
    expect(page.get_by_role("button", name="Sign and submit to Oceafin")).to_be_visible()
    fits(page, "case-to-sign")
    make_stale()
    page.get_by_role("button", name="Sign and submit to Oceafin").click()
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    fits(page, "step-up")
    page.get_by_label("Code").fill(lena[1].code(1))
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Signed. The case goes to Oceafin by itself.")).to_be_visible()
    fits(page, "case-signed")

    # The page follows by itself what the workers and Oceafin do.
    badge = page.get_by_role("heading", level=1).locator(".badge")
    expect(badge).to_contain_text(re.compile("Submitted|Processing"), timeout=20_000)
    eventually(lambda: house.oceafin.step() == 0)
    expect(badge).to_contain_text("Approved", timeout=20_000)
    expect(page.get_by_text("Times are those of Europe/Paris")).to_be_visible()
    judge(page, "case-approved")
    page.get_by_role("link", name="All about the customer").click()
    expect(page.get_by_text("Approved").first).to_be_visible()
    judge(page, "customer-approved")
    assert again(case).state == "APPROVED"
