import re
from collections.abc import Callable
from datetime import date

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from backoffice.staff.roles import Role
from customers.facts import services as facts
from customers.likeness import services as likeness
from onboarding import review
from tests.customers.specimens import pdf
from tests.onboarding.conftest import act, make_case, make_customer, person_details, upload
from tests.people import actor, person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_reviewer_reads_a_passport_and_tells_two_customers_apart(
    page: Page, enter: Callable, judge: Callable
) -> None:
    rita, now = person(Role.COMPLIANCE_REVIEWER, name="Rita Reviewer"), timezone.now()
    cases = []
    for number, name in enumerate(["Zoë van den Berg", "Zoe Vandenberg"], 1):
        customer = make_customer(f"cust-{number}", display_name=name)
        paper = upload(customer, content=pdf(text=name)).document_id
        details = person_details(email=f"{number}@example.com", phone=f"+49 {number}")
        cases.append(make_case(customer, ref=f"case-{number}", details=details, document_ids=[paper]))
    likeness.compare_due(now)
    first, second = cases
    act("claim_case", rita, case=first)
    act("claim_case", rita, case=second)
    document = review.documents_of(first)[0].document
    words = {"issuing_country": "DE", "issued_on": date(2024, 1, 2), "expires_on": None}
    facts.read_document(document, number="C01 X00-T47", **words, actor=actor(rita), now=now)
    enter(rita)
    page.goto("/cases/case-2/?tab=data")
    page.keyboard.press("f")
    page.get_by_label("Number").fill("C01X00T47")
    page.get_by_label("Issued by").select_option("DE")
    judge(page, "facts")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Kept.")).to_be_visible()
    likeness.compare_due(timezone.now())
    page.goto("/duplicates/")
    judge(page, "duplicates")
    page.get_by_role("link", name="cust-1 · cust-2").click()
    judge(page, "duplicate")
    page.get_by_label("How you know").fill("Same passport, seen on a video call.")
    page.get_by_role("button", name="The same customer").click()
    expect(page.get_by_text("Your answer is kept.")).to_be_visible()
    page.goto(f"/customers/customer/{first.customer_id}/change/")
    judge(page, "duplicates-of-a-customer")
    page.get_by_role("region", name="Likely duplicates").get_by_role("link", name="cust-2").click()
    expect(page.get_by_text("Same passport, seen on a video call.")).to_be_visible()
    judge(page, "duplicate-decided")


def test_support_finds_a_customer_from_home(page: Page, enter: Callable, judge: Callable) -> None:
    customer = make_customer("cust-1", display_name="Zoë van den Berg")
    enter(person(Role.SUPPORT, name="Sam Support"))
    page.goto("/")
    judge(page, "home-of-support")
    page.get_by_role("searchbox", name="Find a customer").fill("CUST-1")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="cust-1").click()
    expect(page).to_have_url(re.compile(rf"/customers/customer/{customer.pk}/change/"))
