"""A crypto payout in a real browser: a wallet is added, coins are asked for, two people approve, and it settles."""

import re

import pytest
from playwright.sync_api import Page, expect

from backoffice.staff.roles import Role
from payments import duties, payee_news
from payments.models import PaymentRequest, WalletAddress
from tests.payments.people import ADDRESS, deliver, now, open_money_out, rate_of
from tests.payments.test_a_payout import approved_customer, poll
from tests.people import person
from tests.simulator.driver import SimulatorProcess

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WALLET = {
    "Address": ADDRESS,
    "Who receives": "Alex Example",
    "Provider": "Example VASP",
    "Label": "Alex, at the exchange",
}


def test_goes_to_settled_by_two_approvers_because_its_wallet_is_new(
    page: Page, enter, judge, fits, oceafin: SimulatorProcess
) -> None:
    open_money_out()
    rate_of("USDC", "0.92")
    customer = approved_customer(oceafin)
    oceafin.came_in("crypto_deposit", asset="USDC", network="ETHEREUM", amount="20000")
    duties.read_balances(customer, now=now())

    enter(person(Role.PAYMENTS_MAKER, name="Mara Maker"))
    page.goto("/payouts/request/?kind=CRYPTO_WITHDRAWAL&customer=cust-1")
    judge(page, "payments-crypto-no-wallet")
    page.get_by_role("link", name="Add a wallet").click()
    page.get_by_label("Your reference").fill("wallet-1")
    page.get_by_label("Takes", exact=True).select_option("USDC:ETHEREUM")
    page.get_by_label("Whose wallet").select_option("THIRD_PARTY")
    page.get_by_label("Who holds its key").select_option("PROVIDER")
    for label, words in WALLET.items():
        page.get_by_label(re.compile(f"^{label}")).fill(words)
    judge(page, "payments-wallet-new")
    page.get_by_role("button", name="Add", exact=True).click()
    told_of_the_wallet(oceafin)
    page.get_by_role("link", name="wallet-1").click()
    page.get_by_label("Amount").fill("250.5")
    page.get_by_label("Purpose").fill("Invoice 2026-18")
    judge(page, "payments-crypto-request")
    page.get_by_role("button", name="Look it over").click()
    expect(page.get_by_text("250.500000")).to_be_visible()
    judge(page, "payments-crypto-review")
    page.get_by_role("button", name="Ask for it").click()
    expect(page.get_by_text("Somebody else approves it")).to_be_visible()
    deliver()

    for name in ("Anton Approver", "Berta Approver"):
        enter(person(Role.PAYMENTS_APPROVER, name=name))
        page.goto("/payouts/")
        page.get_by_role("link", name="Open the next one").click()
        if name.startswith("Anton"):
            judge(page, "payments-crypto")
        page.get_by_role("link", name="Approve", exact=True).click()
        expect(page.get_by_role("heading", name="Approve this")).to_be_visible()
        page.get_by_role("button", name="Approve", exact=True).click()
        expect(page.locator(".message, .messages").first).to_be_visible()
    expect(page.get_by_text("It leaves by itself")).to_be_visible()
    deliver()
    oceafin.step(3)
    payment = poll(PaymentRequest.objects.get())
    page.goto(f"/payments/paymentrequest/{payment.pk}/change/")
    expect(page.locator("h1").get_by_text("Settled")).to_be_visible()
    fits(page, "payments-crypto-settled")
    [effect] = oceafin.withdrawals()
    assert (effect["amount"], effect["currency"], effect["network"]) == ("250.500000", "USDC", "ETHEREUM")


def told_of_the_wallet(oceafin: SimulatorProcess) -> None:
    """Oceafin hears of it and takes it."""
    deliver()
    oceafin.step()
    WalletAddress.objects.update(next_poll_at=now())
    payee_news.poll(now())
