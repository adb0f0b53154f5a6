"""A conversion in a real browser: asked for beside the balances, its quote renewed when it is opened, and settled."""

from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from backoffice.staff.roles import Role
from payments import duties
from payments.models import PaymentRequest, Quote
from tests.payments.people import deliver, now, open_money_out
from tests.payments.test_a_payout import approved_customer, poll
from tests.people import person
from tests.simulator.driver import SimulatorProcess

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_goes_to_settled_by_two_people_with_a_quote_that_lives(
    page: Page, enter, accessible, shoot, oceafin: SimulatorProcess
) -> None:
    open_money_out()
    customer = approved_customer(oceafin)
    oceafin.set(quoteLifetime=15)
    duties.read_balances(customer, now=now())

    enter(person(Role.PAYMENTS_MAKER, name="Mara Maker"))
    page.goto("/payouts/request/?kind=CONVERSION&customer=cust-1")
    expect(page.get_by_role("cell", name="20,000.00 EUR")).to_be_visible()
    page.get_by_label("Sell").select_option("EUR")
    page.get_by_label("Buy").select_option("EUR")
    page.get_by_label("Amount", exact=True).fill("1000.00")
    page.get_by_role("button", name="Ask for it").click()
    expect(page.get_by_text("are the same currency")).to_be_visible()
    page.get_by_label("Buy").select_option("USD")
    accessible(page)
    shoot(page, "payments-conversion-request")
    page.get_by_role("button", name="Ask for it").click()
    expect(page.get_by_text("Somebody else approves it")).to_be_visible()
    deliver()
    assert PaymentRequest.objects.get().least_received == Decimal("1084.78")

    enter(person(Role.PAYMENTS_APPROVER, name="Anton Approver"))
    page.goto("/payouts/")
    expect(page.get_by_role("cell", name="Sold for USD")).to_be_visible()
    shoot(page, "payments-conversion-queue")
    oceafin.set(quoteLifetime=120, conversionRates={"EUR/USD": "1.1"})
    # It is about to run out: opening it has Oceafin asked again, with nobody pressing anything.
    page.get_by_role("link", name="Open the next one").click()
    expect(page.get_by_text("Sell 1,000.00 EUR for USD")).to_be_visible()
    expect(page.get_by_text("Oceafin is asked again")).to_be_visible()
    deliver()
    expect(page.get_by_text("1,097.80 USD")).to_be_visible()
    expect(page.locator("[data-until]")).to_contain_text("1:")
    assert Quote.objects.count() == 2
    accessible(page)
    shoot(page, "payments-conversion")
    page.get_by_role("link", name="Approve", exact=True).click()
    expect(page.get_by_role("heading", name="Approve this conversion?")).to_be_visible()
    accessible(page)
    shoot(page, "payments-conversion-approve")
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_text("It leaves by itself")).to_be_visible()
    deliver()
    oceafin.step(3)
    payment = poll(PaymentRequest.objects.get())
    page.goto(f"/payments/paymentrequest/{payment.pk}/change/")
    expect(page.locator("h1").get_by_text("Settled")).to_be_visible()
    expect(page.get_by_text("What it came to")).to_be_visible()
    shoot(page, "payments-conversion-settled")
    [effect] = oceafin.conversions()
    assert (effect["amount"], effect["receiveAmount"]) == ("1000.00", "1097.80")
