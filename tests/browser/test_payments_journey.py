"""A payout, as two people live through it: asked for, approved, settled, in a browser, on real processes."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from backoffice.staff.models import User
from backoffice.staff.roles import Role
from payments.models import PaymentRequest
from tests.browser.doors import come_in, leave, let_in, make_stale
from tests.faults.house import House
from tests.people import Phone, enrol, person
from tests.scenes import an_active_account, an_approved_customer, open_money_out
from tests.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def site_url(house: House) -> str:
    return house.web_url


def enrolled(role: Role, name: str) -> tuple[User, Phone]:
    user = person(role, name=name, email=f"{name.split()[0].lower()}@example.com")
    return user, enrol(user)


@pytest.fixture
def mara() -> tuple[User, Phone]:
    return enrolled(Role.PAYMENTS_MAKER, "Mara Maker")


@pytest.fixture
def anton() -> tuple[User, Phone]:
    return enrolled(Role.PAYMENTS_APPROVER, "Anton Approver")


@pytest.fixture
def account(house: House):
    """A customer with money whose bank account Oceafin takes, used days ago; money out is open."""
    open_money_out()
    return an_active_account(house, an_approved_customer(house, "cust-1"), used_before=True)


def test_takes_a_payout_to_settled_by_two_people_with_clicks(
    page: Page, house: House, judge: Callable, fits: Callable, account, mara, anton
) -> None:
    come_in(page, *mara)
    judge(page, "home-maker")
    page.get_by_label("Main").locator("[href='/payouts/queue/']").click()
    page.get_by_role("link", name="Ask for a payout").first.click()
    page.get_by_label("Customer").fill("cust-1")
    judge(page, "payout-customer")
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Amount").fill("1250.00")
    page.get_by_label("Purpose").fill("Invoice 2026-17")
    fits(page, "payout-asking")
    page.get_by_role("button", name="Ask for it").click()
    # The quote comes by itself.
    expect(page.get_by_text("0 of 1 approvals: now it needs one")).to_be_visible(timeout=20_000)
    judge(page, "payout-asked")
    leave(page)

    # As he is after signing in, which takes as long as the rest of his work.
    let_in(page.context, anton[0], house.web_url)
    page.goto("/")
    judge(page, "home-approver")
    page.get_by_label("Main").locator("[href='/payouts/queue/']").click()
    page.get_by_role("link", name="Open the next one").click()
    expect(page.get_by_role("link", name="Approve", exact=True)).to_be_visible()
    fits(page, "payout-to-decide")
    page.get_by_role("link", name="Approve", exact=True).click()
    expect(page.get_by_role("heading", name="Approve this payout?")).to_be_visible()
    fits(page, "payout-approve")
    make_stale()
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    page.get_by_label("Code").fill(anton[1].code(1))
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("It leaves by itself")).to_be_visible()
    fits(page, "payout-approved")
    page.get_by_role("link", name="All payments").click()
    page.get_by_role("link", name="po-").first.click()

    # The page follows by itself what the workers and Oceafin do.
    badge = page.get_by_role("heading", level=1).locator(".badge")
    expect(badge).to_contain_text("Sent", timeout=20_000)
    eventually(lambda: house.oceafin.step() == 0)
    expect(badge).to_contain_text("Settled", timeout=20_000)
    judge(page, "payout-settled")
    payment = PaymentRequest.objects.get()
    assert payment.state == "SETTLED"
    [effect] = house.oceafin.withdrawals(payment.payment_ref)
    assert (effect["amount"], effect["currency"]) == ("1250.00", "EUR")
