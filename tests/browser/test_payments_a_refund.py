"""A refund in a real browser: filled from what came in, looked over, approved by another person, carried out."""

import pytest
from playwright.sync_api import Page, expect

from backoffice.staff.roles import Role
from payments import duties
from payments.models import PaymentRequest
from tests.payments.people import came_in, deliver, now, open_money_out
from tests.payments.test_a_payout import approved_customer, poll
from tests.people import person
from tests.simulator.driver import SimulatorProcess

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_goes_to_settled_by_two_people_with_nothing_but_clicks(
    page: Page, enter, accessible, judge, shoot, oceafin: SimulatorProcess
) -> None:
    open_money_out()
    customer = approved_customer(oceafin)
    identity = oceafin.came_in(currency="EUR", amount="80.00")
    came_in(customer, "80.00", depositId=identity)

    enter(person(Role.PAYMENTS_MAKER, name="Mara Maker"))
    page.goto("/payouts/queue/")
    page.get_by_text("Ask for something else").click()
    # With the menu open.
    judge(page, "payments-queue-of-a-maker")
    page.get_by_role("link", name="A refund").click()
    page.get_by_label("Customer").fill("cust-1")
    page.get_by_role("button", name="Go on").click()
    judge(page, "payments-refund-choose")
    page.get_by_role("link", name="80.00 EUR").click()
    expect(page.get_by_text(identity)).to_be_visible()
    expect(page.get_by_text("Can still be sent back")).to_be_visible()
    expect(page.get_by_label("Amount")).to_have_value("80.00")
    page.get_by_label("Amount").fill("80.01")
    page.get_by_label("Reason").fill("Paid twice")
    page.get_by_role("button", name="Look it over").click()
    expect(page.get_by_text("80.00 EUR can still be sent back")).to_be_visible()
    page.get_by_label("Amount").fill("25.50")
    accessible(page)
    shoot(page, "payments-refund-request")
    page.get_by_role("button", name="Look it over").click()
    expect(page.get_by_role("heading", name="Ask for this refund?")).to_be_visible()
    assert not PaymentRequest.objects.exists()
    accessible(page)
    shoot(page, "payments-refund-review")
    page.get_by_role("button", name="Ask for it").click()
    expect(page.get_by_text("Somebody else approves it")).to_be_visible()
    duties.refresh_balances(now())

    enter(person(Role.PAYMENTS_APPROVER, name="Anton Approver"))
    page.goto("/payouts/")
    accessible(page)
    shoot(page, "payments-refund-queue")
    page.get_by_role("link", name="Open the next one").click()
    expect(page.get_by_text("0 of 1 approvals: now it needs one")).to_be_visible()
    expect(page.get_by_text("Paid twice")).to_be_visible()
    expect(page.locator("main").get_by_text("bank account")).to_have_count(0)
    accessible(page)
    shoot(page, "payments-refund")
    page.get_by_role("link", name="Approve", exact=True).click()
    expect(page.get_by_role("heading", name="Approve this refund?")).to_be_visible()
    accessible(page)
    shoot(page, "payments-refund-approve")
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_text("It leaves by itself")).to_be_visible()
    deliver()
    oceafin.step(3)
    payment = poll(PaymentRequest.objects.get())
    page.goto(f"/payments/paymentrequest/{payment.pk}/change/")
    expect(page.locator("h1").get_by_text("Settled")).to_be_visible()
    shoot(page, "payments-refund-settled")
    assert [effect["amount"] for effect in oceafin.refunds()] == ["25.50"]
