from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from backoffice.staff.roles import Role
from customers.screening.subjects import payee_key
from tests.payments.people import waiting_payment
from tests.people import person
from tests.screening.test_a_hit_without_a_case import payment_page, screen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_approver_is_warned_and_a_reviewer_decides_without_a_case(
    page: Page, enter: Callable, judge: Callable
) -> None:
    payment = waiting_payment()
    screen(payment.customer, key=payee_key("ba-1"), name="Ada Example")
    screen(payment.customer, hits=0)
    enter(person(Role.PAYMENTS_APPROVER, name="Paul Approver"))
    page.goto(payment_page(payment))
    expect(page.get_by_text("A screening hit is open.")).to_be_visible()
    judge(page, "payment-warned")
    page.keyboard.press("a")
    expect(page.get_by_role("heading", name="Approve this payout?")).to_be_visible()
    expect(page.get_by_text("A screening hit is open.")).to_be_visible()
    judge(page, "approve-warned")
    page.goto(payment_page(payment))
    page.get_by_role("link", name="ba-1").click()
    expect(page.get_by_role("region", name="Screening")).to_contain_text("To decide")
    judge(page, "payee-screened")

    enter(person(Role.COMPLIANCE_REVIEWER, name="Rita Reviewer"))
    people = reverse("admin:customers_customer_tab", args=[payment.customer_id, "people"])
    page.goto(people)
    hit = page.get_by_role("region", name="Screening").get_by_role("link", name="Sanctions list")
    hit.click()
    judge(page, "hit-hidden")
    page.get_by_role("link", name="Open the customer").click()
    page.get_by_role("link", name="Show personal data").click()
    page.get_by_label("What you need it for").select_option("The customer asked us something")
    page.get_by_role("button", name="Show personal data").click()
    page.goto(people)
    judge(page, "customer-screened")
    hit.click()
    page.get_by_label("How you know").fill("The list's one was born in 1951.")
    judge(page, "hit")
    page.get_by_role("button", name="Somebody else").press("Enter")
    expect(page.get_by_text("The hit is decided.")).to_be_visible()
    expect(page.get_by_role("region", name="Screening")).to_contain_text("Somebody else")
