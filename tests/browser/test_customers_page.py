from collections.abc import Callable

import pytest
from django.conf import LazySettings
from django.utils import timezone
from playwright.sync_api import Page, expect

from backoffice.oceafin.models import Submission
from backoffice.staff.roles import Role
from customers.models import Customer
from tests.customers.conftest import known_customer, say, upload
from tests.customers.specimens import pdf
from tests.people import person
from tests.reveals.conftest import look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def customer() -> Customer:
    customer = known_customer("cust-100001", status="PROCESSING", metadata={"segment": "retail"})
    say(
        customer,
        "MISSING_INFO_REQUIRED",
        timezone.now(),
        missing=[{"code": "X", "message": "Send the back too"}],
    )
    upload(customer, pdf(pages=2))
    return customer


def test_a_reviewer_opens_a_customer_and_its_document(
    page: Page, enter: Callable, shoot: Callable, accessible: Callable, customer: Customer
) -> None:
    enter(person(Role.COMPLIANCE_LEAD, name="Lea Lead"))
    page.goto("/customers/customer/")
    expect(page.get_by_text("A• E•")).to_be_visible()
    shoot(page, "customers")
    accessible(page)
    page.get_by_role("link", name="cust-100001").click()
    expect(page.get_by_text("Send the back too")).to_be_visible()
    expect(page.get_by_text("Ada Example")).to_have_count(0)
    shoot(page, "customer-hidden")
    page.get_by_role("link", name="Show personal data").click()
    shoot(page, "customer-purpose")
    accessible(page)
    page.get_by_label("What you need it for").select_option("The customer asked us something")
    page.get_by_role("button", name="Show personal data").click()
    expect(page.get_by_text("Ada Example")).to_be_visible()
    shoot(page, "customer")
    accessible(page)
    page.get_by_role("link", name="Documents").click()
    page.get_by_role("link", name="Passport").click()
    picture = page.get_by_role("img", name="Page 1")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 500
    shoot(page, "document")
    accessible(page)


def test_a_lead_reads_who_looked(
    page: Page, enter: Callable, judge: Callable, customer: Customer, settings: LazySettings
) -> None:
    settings.REVEAL_BURST_CUSTOMERS = 1
    rita, lena = person(Role.COMPLIANCE_REVIEWER, name="Rita Reviewer"), person(Role.MLRO, name="Lena Lead")
    for number, words in enumerate(("", "Their lawyer called about the account.", "")):
        look(rita, known_customer(f"cust-{number}"), words=words)
    look(lena, customer, purpose="SUSPICION")
    enter(lena)
    page.goto("/")
    judge(page, "burst-home")
    page.get_by_role("link", name="Look at it").click()
    expect(page.get_by_text("Rita Reviewer opened the data of 3 customers")).to_be_visible()
    judge(page, "burst")
    page.get_by_role("link", name="Everything this person looked at").click()
    expect(page.get_by_text("Their lawyer called about the account.")).to_be_visible()
    judge(page, "looks")


def test_somebody_looks_at_what_was_sent(
    page: Page, enter: Callable, shoot: Callable, accessible: Callable, customer: Customer
) -> None:
    enter(person(Role.ADMINISTRATOR, name="Ada Admin"))
    page.goto("/oceafin/submission/")
    shoot(page, "submissions")
    accessible(page)
    row = Submission.objects.first()
    page.goto(f"/oceafin/submission/{row.pk}/change/")
    expect(page.get_by_text("Text for Oceafin's support")).to_be_visible()
    shoot(page, "submission")
    accessible(page)
