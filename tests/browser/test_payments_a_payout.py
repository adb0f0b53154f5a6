"""A payout in a real browser: one person asks, another approves, and the stand-in Oceafin carries it out."""

import pytest
from playwright.sync_api import Page, expect

from backoffice.staff.roles import Role
from payments import duties
from payments.accounts.models import Balance
from payments.models import BankAccount, PaymentRequest
from tests.payments.people import approve, deliver, fresh, now, open_money_out, quoted, waiting_payment
from tests.payments.test_a_payout import approved_customer, beneficiary, poll
from tests.people import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def payee(oceafin) -> BankAccount:
    open_money_out()
    return beneficiary(oceafin, approved_customer(oceafin))


@pytest.fixture
def mara():
    return person(Role.PAYMENTS_MAKER, name="Mara Maker")


@pytest.fixture
def anton():
    return person(Role.PAYMENTS_APPROVER, name="Anton Approver")


def test_goes_to_settled_by_two_people_with_nothing_but_clicks(
    page: Page,
    enter,
    accessible,
    shoot,
    oceafin,
    payee: BankAccount,
    mara,
    anton,
) -> None:
    enter(mara)
    page.goto("/payouts/request/")
    page.get_by_label("Customer").fill("cust-1")
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Amount").fill("1250.00")
    page.get_by_label("Purpose").fill("Invoice 2026-17")
    accessible(page)
    shoot(page, "payments-request")
    page.get_by_role("button", name="Ask for it").click()
    expect(page.get_by_text("Somebody else approves it")).to_be_visible()
    deliver()
    duties.refresh_balances(now())

    enter(anton)
    page.goto("/payouts/")
    accessible(page)
    shoot(page, "payments-queue")
    page.get_by_role("link", name="Open the next one").click()
    expect(page.get_by_text("0 of 1 approvals: now it needs one")).to_be_visible()
    accessible(page)
    shoot(page, "payments-payment")
    page.get_by_role("link", name="Approve", exact=True).click()
    accessible(page)
    shoot(page, "payments-approve")
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_text("It leaves by itself")).to_be_visible()
    deliver()
    oceafin.step(3)
    payment = poll(PaymentRequest.objects.get())
    page.goto(f"/payments/paymentrequest/{payment.pk}/change/")
    expect(page.locator("h1").get_by_text("Settled")).to_be_visible()
    shoot(page, "payments-settled")
    [effect] = oceafin.withdrawals()
    assert effect["amount"] == "1250.00"


def test_shows_an_approver_what_got_worse_and_what_is_short(
    page: Page, enter, accessible, shoot, anton
) -> None:
    payment = waiting_payment(amount="12500.00")
    approve(payment)
    quoted(payment, fee="25.00")
    Balance.objects.create(
        customer=payment.customer, currency="EUR", available="9000.00", pending="120.00", read_at=now()
    )
    enter(anton)
    page.goto(f"/payments/paymentrequest/{payment.pk}/change/")
    expect(page.get_by_text("The fee is now 25.00 EUR")).to_be_visible()
    expect(page.get_by_text("Too little")).to_be_visible()
    accessible(page)
    shoot(page, "payments-worse")
    page.get_by_role("button", name="Show the account in full").click()
    expect(page.get_by_text("DE02120300000000202051")).to_be_visible()
    accessible(page)
    page.get_by_role("link", name="Back", exact=True).click()
    page.get_by_role("link", name="Reject", exact=True).click()
    page.get_by_label("Reason").fill("The fee is too high.")
    page.get_by_role("button", name="Reject").click()
    expect(page.locator("h1").get_by_text("Rejected")).to_be_visible()
    assert fresh(payment).state == "REJECTED"


def test_leaves_only_while_money_out_is_open(page: Page, enter, accessible, shoot) -> None:
    for name in ("Ada Administrator", "Ben Administrator"):
        enter(person(Role.ADMINISTRATOR, name=name))
        page.goto("/payouts/money-out/")
        accessible(page)
        page.get_by_role("button", name="open money out").click()
    expect(page.get_by_text("Money out is open.")).to_be_visible()
    shoot(page, "payments-money-out")
    page.get_by_label("Reason").fill("A phone call from the bank.")
    page.get_by_role("button", name="Stop all money out now").click()
    expect(page.get_by_text("Money out is stopped.")).to_be_visible()
