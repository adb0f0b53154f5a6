"""The page of one customer and the search, as people use them: by mouse, by keyboard, and without script."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from backoffice.desk.customer_page.tabs import TABS
from backoffice.staff.roles import Role
from customers.models import Customer
from tests.customers.conftest import make_customer
from tests.desk.customers import full_customer
from tests.people import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def customer() -> Customer:
    return full_customer()


def address(customer: Customer, tab: str = "") -> str:
    return f"/customers/customer/{customer.pk}/" + (f"tabs/{tab}/" if tab else "change/")


def test_a_lead_reads_every_tab_without_leaving_the_page(
    page: Page, enter: Callable, judge: Callable, customer: Customer
) -> None:
    enter(person(Role.MLRO, name="Mona Officer"))
    page.goto(address(customer))
    expect(page.get_by_role("region", name="What is open").get_by_text("Payment to approve")).to_be_visible()
    judge(page, "customer-overview")
    page.evaluate("window.stayed = true")
    place = page.locator("[data-customer-tab]")
    for tab in TABS[1:]:
        link = page.locator(f'[data-customer-tabs] [data-tab="{tab.name}"]')
        link.click()
        expect(page).to_have_url(re.compile(rf"/tabs/{tab.name}/$"))
        expect(place).not_to_have_attribute("aria-busy", "true")
        expect(link).to_have_attribute("aria-current", "page")
        judge(page, f"customer-{tab.name}")
    assert page.evaluate("window.stayed")
    page.reload()
    expect(page.get_by_role("link", name="History", exact=False).first).to_have_attribute(
        "aria-current", "page"
    )


def test_somebody_walks_the_tabs_by_keys_and_finds_others_by_one_key(
    page: Page, enter: Callable, judge: Callable, customer: Customer
) -> None:
    make_customer("cust-77", display_name="Łukasz Żółkiewski")
    enter(person(Role.MLRO, name="Mona Officer"))
    page.goto(address(customer))
    page.keyboard.press("2")
    expect(page).to_have_url(re.compile("/tabs/cases/$"))
    page.keyboard.press("]")
    expect(page).to_have_url(re.compile("/tabs/documents/$"))
    page.keyboard.press("[")
    expect(page).to_have_url(re.compile("/tabs/cases/$"))
    page.keyboard.press("?")
    expect(page.get_by_text("search everything")).to_be_visible()
    expect(page.get_by_text("the tab before, the next tab")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("zolkiewski")
    panel = page.locator(".found-panel:not([hidden])")
    expect(panel.get_by_text("Ł• Ż•")).to_be_visible()
    judge(page, "search-below-the-field")
    page.keyboard.press("/")
    page.locator("[data-search]").fill("cust-")
    expect(panel.get_by_text("cust-77")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(panel.locator("a").first).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(panel.locator("a").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(page.locator("[data-search]")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("CUST-77")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="cust-77")).to_be_visible()


def test_the_page_of_what_was_found(page: Page, enter: Callable, judge: Callable, customer: Customer) -> None:
    enter(person(Role.MLRO, name="Mona Officer"))
    page.goto("/desk/search/")
    expect(page.get_by_role("heading", name="What can be found")).to_be_visible()
    judge(page, "search-empty")
    page.goto("/desk/search/?q=cust-1&all=1")
    expect(page.locator("[data-found-page]").get_by_text("cust-1:create")).to_be_visible()
    judge(page, "search-found")
    page.locator("#search").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-found-page] a").first).to_be_focused()
    page.goto("/desk/search/?q=nobody-at-all")
    expect(page.get_by_text("Nothing that you may see is called")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/")
    page.get_by_role("link", name="Search", exact=True).click()
    expect(page.locator("#search")).to_be_focused()


def test_all_of_it_works_without_script(
    browser: Browser, context: BrowserContext, site_url: str, enter: Callable, customer: Customer
) -> None:
    enter(person(Role.PAYMENTS_MAKER, name="Max Maker"))
    window = browser.new_context(
        base_url=site_url, java_script_enabled=False, storage_state=context.storage_state()
    )
    page = window.new_page()
    page.goto(address(customer))
    page.locator('[data-tab="payments"]').click()
    expect(page.get_by_role("link", name="wd-1").first).to_be_visible()
    expect(page.locator('[data-tab="looks"]')).to_have_count(0)
    page.get_by_role("searchbox").fill("wd-1")
    page.get_by_role("searchbox").press("Enter")
    expect(page).to_have_url(re.compile("/payments/paymentrequest/"))
    window.close()
