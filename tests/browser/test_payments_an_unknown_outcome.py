"""A payment of which nobody knows what became of it, to its end: closed by two people, asked again, and settled."""

import pytest
from playwright.sync_api import Page, expect

from backoffice.staff.roles import Role
from payments.models import PaymentRequest
from tests.payments.people import approve, deliver, open_money_out, requested
from tests.payments.test_a_payout import approved_customer, beneficiary, poll
from tests.payments.test_an_unknown_outcome import in_doubt
from tests.people import person
from tests.simulator.driver import SimulatorProcess

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_is_closed_by_two_people_and_asked_for_again(
    page: Page, enter, judge, oceafin: SimulatorProcess
) -> None:
    open_money_out()
    payment = requested(beneficiary(oceafin, approved_customer(oceafin)))
    deliver()
    in_doubt(oceafin, payment, "reset_before", hours=23)
    deliver()

    enter(person(Role.OPERATIONS_LEAD, name="Olga Lead"))
    page.goto("/payouts/desks/unknown/")
    expect(page.get_by_text("Too old to send again")).to_be_visible()
    judge(page, "payments-unknown-queue")
    page.get_by_role("link", name="wd-1").click()
    judge(page, "payments-unknown")
    page.get_by_role("button", name="Look again now").click()
    expect(page.get_by_text("That alone is no proof")).to_be_visible()
    page.get_by_role("link", name="Close it: it did not happen").click()
    page.get_by_label("What Oceafin said").fill("Rosa of support, by phone: it never arrived.")
    page.get_by_label("Reference of Oceafin's support").fill("CASE-17")
    judge(page, "payments-unknown-close")
    page.get_by_role("button", name="Propose to close it").click()
    expect(page.get_by_text("another lead or an approver confirms it")).to_be_visible()
    judge(page, "payments-unknown-proposed")

    enter(person(Role.PAYMENTS_APPROVER, name="Anton Approver"))
    page.goto("/payouts/desks/unknown/wd-1/")
    page.get_by_role("link", name="Look at it and confirm").click()
    expect(page.get_by_text("Rosa of support, by phone")).to_be_visible()
    judge(page, "payments-unknown-confirm")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("It counts from now on")).to_be_visible()

    enter(person(Role.PAYMENTS_MAKER, name="Mara Maker"))
    page.goto("/payouts/desks/failures/")
    judge(page, "payments-failures")
    page.get_by_role("link", name="Correct and ask again").click()
    expect(page.get_by_label("Amount", exact=True)).to_have_value("100.00")
    # It is about people, so it is written anew.
    page.get_by_label("Purpose", exact=True).fill("Invoice 17")
    judge(page, "payments-asked-again")
    page.get_by_role("button", name="Ask for it").click()
    expect(page.get_by_text("Somebody else approves it")).to_be_visible()
    again = PaymentRequest.objects.get(replaces=payment)
    deliver()
    approve(again)
    deliver()
    oceafin.step(3)
    assert poll(again).state == "SETTLED"
    assert len(oceafin.withdrawals()) == 1
