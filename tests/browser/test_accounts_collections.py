"""A collection wallet is asked for and paid in to; what is switched off is seen and checked again."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from backoffice.staff.roles import Role
from customers.models import Customer
from payments.accounts import plan, switches
from payments.accounts.collections import hearing
from payments.accounts.models import Reading
from tests.customers.conftest import known_customer
from tests.people import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ADDRESS = "0x52908400098527886E0F7030069857D2E4169EE7"


def answered(customer: Customer) -> None:
    """Oceafin made the wallet, and coins came in."""
    wallet_id = "6f0f9b1e-0000-4000-8000-00000000aaaa"
    told = {"walletId": wallet_id, "collectionWalletRef": "cw-shop", "status": "ACTIVE", "address": ADDRESS}
    hearing.keep_wallets(customer, [told], timezone.now())
    item = {
        "collectionId": "6f0f9b1e-0000-4000-8000-000000000001",
        "walletId": wallet_id,
        "status": "COMPLETED",
        "asset": "USDC",
        "network": "POLYGON",
        "amount": "1250.000001",
        "senderAddress": ADDRESS,
        "transactionHash": "0x" + "ab" * 32,
        "confirmations": 12,
        "occurredAt": "2026-06-28T00:00:00Z",
    }
    hearing.keep_collections(customer, [item], timezone.now())


def test_a_maker_asks_for_a_wallet_and_sees_what_came_in(
    page: Page, enter: Callable, judge: Callable
) -> None:
    customer = known_customer("cust-100001")
    enter(person(Role.PAYMENTS_MAKER, name="Mia Maker"))
    page.goto("/collection-wallets/ask/?customer=cust-100001")
    page.get_by_label("Your reference").fill("cw-shop")
    page.get_by_label("Asset").fill("USDC")
    page.get_by_label("Network").fill("POLYGON")
    page.get_by_label("Label").fill("Shop in Bremen")
    judge(page, "collections-ask")
    page.get_by_role("button", name="Go on").click()
    judge(page, "collections-confirm")
    page.get_by_role("button", name="Ask for it").click()
    expect(page.get_by_text("It is on its way to Oceafin.")).to_be_visible()
    answered(customer)
    page.reload()
    picture = page.get_by_role("img", name="QR code of the address")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    page.get_by_role("button", name="Copy the address").first.click()
    assert page.evaluate("navigator.clipboard.readText()") == ADDRESS
    judge(page, "collections-wallet")
    page.get_by_role("row", name="6f0f9b1e-0000-4000-8000-000000000001").get_by_role("link").click()
    expect(page.get_by_text("Only a reading found it").first).to_be_visible()
    expect(page.get_by_text(ADDRESS)).to_have_count(0)
    judge(page, "collections-collection")
    page.goto("/collections_in/collection/")
    judge(page, "collections-list")
    page.goto("/collections_in/collectionwallet/")
    judge(page, "collections-wallets")


def test_a_lead_has_what_is_switched_off_checked_again(page: Page, enter: Callable, judge: Callable) -> None:
    customer = known_customer("cust-100001")
    plan.want(customer, now=timezone.now())
    Reading.objects.filter(name="collections").update(failures=3, failure="The answer is no list.")
    for operation, code in (
        ("createCollectionWallet", "PARTNER_PRODUCT_DISABLED"),
        ("listCollections", "PARTNER_SCOPE_DENIED"),
    ):
        switches.remember(operation, code=code, detail="Not enabled for this client.", now=timezone.now())
    enter(person(Role.OPERATIONS_LEAD, name="Olga Lead"))
    page.goto("/collections_in/collectionwallet/")
    judge(page, "collections-switched-off")
    page.get_by_role("link", name="See what is switched off").click()
    judge(page, "switched-off")
    page.get_by_role("button", name="Check again: Make a collection wallet").click()
    expect(page.get_by_text("It is tried again now.")).to_be_visible()
    page.get_by_role("button", name="Check again: What came in").click()
    expect(page.get_by_text("Nothing is switched off.")).to_be_visible()
