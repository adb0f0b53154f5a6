"""Coins in a real browser: an address is asked for, coins come in, somebody says who sent them, they are credited."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from backoffice.staff.roles import Role
from payments.accounts.deposits.models import Deposit, DepositAddress
from tests.accounts.deposited import item, keep, pay_in, read_all, tell
from tests.payments.people import deliver
from tests.payments.test_a_payout import approved_customer
from tests.people import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_lets_coins_in_from_the_address_to_credited(page: Page, enter, judge, oceafin) -> None:
    customer = approved_customer(oceafin)
    enter(person(Role.PAYMENTS_MAKER, name="Mara Maker"))
    page.goto("/deposits/")
    expect(page.get_by_text("No coins wait for the Travel Rule")).to_be_visible()
    page.get_by_role("link", name="Ask for a deposit address").click()
    page.get_by_label("Customer").fill("cust-1")
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Coins and network").select_option(label="ETH on Ethereum")
    judge(page, "deposits-ask")
    page.get_by_role("button", name="Ask for it").click()
    expect(page.get_by_text("Oceafin has not named the address yet")).to_be_visible()
    deliver()
    oceafin.step()
    read_all(customer)
    page.reload()
    expect(page.get_by_text("Only send ETH over the Ethereum network")).to_be_visible()
    picture = page.get_by_role("img", name="QR code of the address")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    judge(page, "deposits-address")
    page.get_by_role("button", name="Copy the address").click()
    address = DepositAddress.objects.get()
    assert page.evaluate("navigator.clipboard.readText()") == address.where["address"]

    pay_in(oceafin, customer, amount="0.123456789012345678")
    oceafin.step()
    tell(oceafin, "crypto_deposit")
    page.goto("/deposits/")
    expect(page.get_by_text("Due in 71 hours")).to_be_visible()
    judge(page, "deposits-queue")
    page.get_by_role("link", name=Deposit.objects.get().title).click()
    expect(page.get_by_text("A payments maker says who sent it")).to_be_visible()
    page.get_by_role("link", name="Say who sent it").click()
    page.get_by_label("Full name").fill("Alex Example")
    page.get_by_label("Street and number").fill("1 Example Street")
    page.get_by_label("City").fill("Hamburg")
    page.get_by_label("Country", exact=True).fill("DE")
    page.get_by_label("The sender's own wallet").check()
    page.get_by_label("How the sender proved it").select_option(
        label="A message signed with the wallet's key"
    )
    judge(page, "deposits-travel-rule-wallet")
    page.get_by_role("button", name="Send it to Oceafin").click()
    expect(page.get_by_text("Say how the sender proved that the wallet is theirs")).to_be_visible()
    page.get_by_label("A provider").check()
    page.get_by_label("Name of the provider").fill("Example VASP")
    page.get_by_label("Country of the provider").fill("DE")
    judge(page, "deposits-travel-rule")
    page.get_by_role("button", name="Send it to Oceafin").click()
    expect(page.get_by_text("It goes to Oceafin by itself")).to_be_visible()
    deliver()
    oceafin.step()
    tell(oceafin, "crypto_deposit")
    page.reload()
    expect(page.locator("h1").get_by_text("Completed")).to_be_visible()
    expect(page.get_by_role("heading", name="Answer 1").get_by_text("Oceafin took it")).to_be_visible()
    expect(page.get_by_text("Alex Example")).to_have_count(0)
    judge(page, "deposits-deposit")
    page.goto(reverse("admin:customers_customer_tab", args=[customer.pk, "deposits"]))
    expect(page.get_by_text("0.123456789012345678")).to_be_visible()


def test_asks_a_lead_whose_a_deposit_is(page: Page, enter, judge, oceafin) -> None:
    approved_customer(oceafin)
    keep(approved_customer(oceafin, "cust-2"), item(customerId="6f0f9b1e-0000-4000-8000-00000000ffff"))
    enter(person(Role.OPERATIONS_LEAD, name="Olga Lead"))
    # High enough for the whole sidebar of a lead: a link that its edge cuts counts as too small to press.
    page.set_viewport_size({"width": 1440, "height": 1400})
    page.goto("/deposits/?queue=unmatched")
    judge(page, "deposits-unmatched")
    page.get_by_role("link", name=Deposit.objects.get().title).click()
    judge(page, "deposits-unmatched-one")
    page.get_by_role("link", name="Match to a customer").click()
    page.get_by_label("Customer").fill("cust-1")
    page.get_by_label("Reason").fill("Oceafin's support said so by phone.")
    page.get_by_role("button", name="Match to a customer").click()
    expect(page.get_by_text("A person decided whose this is")).to_be_visible()
    assert Deposit.objects.get().customer.partner_customer_ref == "cust-1"
