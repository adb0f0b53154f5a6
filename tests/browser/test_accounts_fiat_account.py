"""A fiat account in a real browser: applied for, asked about, answered, opened, paid into."""

import pytest
from playwright.sync_api import Page, expect

from backoffice.staff.roles import Role
from payments.accounts.fiat.models import FiatAccount, FiatAccountApplication
from tests.accounts.applying import go_on, read_lists
from tests.customers import specimens
from tests.payments.people import deliver
from tests.payments.test_a_payout import approved_customer, tell
from tests.people import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_is_applied_for_asked_about_opened_and_paid_into(page: Page, enter, judge, fits, oceafin) -> None:
    approved_customer(oceafin)
    read_lists()
    enter(person(Role.PAYMENTS_MAKER, name="Mara Maker"))
    _applies(page, judge, fits)
    go_on(oceafin, steps=2)
    _answers(page, judge)
    deliver()
    page.reload()
    expect(page.get_by_role("definition").get_by_text("Oceafin has the answer")).to_be_visible()
    go_on(oceafin)
    read_lists()
    page.reload()
    page.get_by_role("link", name="Go to the account").click()
    _looks_where_to_pay_in(page, judge, fits)
    oceafin.deposit("fiat_deposit", currency="EUR", amount="1250.00")
    oceafin.step(3)
    tell(oceafin)
    read_lists()
    page.get_by_role("link", name="Back", exact=True).click()
    deposits = page.locator("section", has=page.get_by_role("heading", name="Deposits to this account"))
    expect(deposits.get_by_role("cell", name="1,250.00 EUR")).to_be_visible()
    expect(deposits.get_by_text("Completed")).to_be_visible()
    moved = page.locator("section", has=page.get_by_role("heading", name="What moved last in EUR"))
    expect(moved.get_by_role("cell", name="1,250.00 EUR")).to_be_visible()
    judge(page, "fiat-account-paid-into")


def _applies(page: Page, judge, fits) -> None:
    page.goto("/fiat-accounts/")
    expect(page.get_by_text("Oceafin asks for nothing.")).to_be_visible()
    page.get_by_role("link", name="Apply for an account").click()
    page.get_by_label("Customer").fill("cust-1")
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Account").select_option(label="EUR · DE · Available")
    page.get_by_label("What it is for").fill("Salary, simulate:missing")
    judge(page, "fiat-apply")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Apply for this account?")).to_be_visible()
    assert not FiatAccountApplication.objects.exists()
    judge(page, "fiat-confirm")
    page.get_by_role("button", name="Apply", exact=True).click()
    expect(page.get_by_text("Applied for.")).to_be_visible()
    page.goto("/fiat-accounts/?queue=oceafin")
    expect(page.get_by_text("cust-1")).to_be_visible()
    page.goto(f"/customers/customer/{FiatAccountApplication.objects.get().customer_id}/tabs/fiat/")
    expect(page.get_by_role("cell", name="Application", exact=True)).to_be_visible()
    fits(page, "fiat-of-customer")


def _answers(page: Page, judge) -> None:
    page.goto("/fiat-accounts/")
    judge(page, "fiat-queue")
    page.get_by_role("row").get_by_role("link", name="fa-").click()
    expect(page.get_by_text("Somebody here has to answer.")).to_be_visible()
    judge(page, "fiat-application-asked")
    page.get_by_role("link", name="Answer", exact=True).click()
    page.get_by_role("button", name="Send the answer").click()
    expect(page.get_by_text("This is not answered yet")).to_be_visible()
    page.get_by_label("Please explain where the money comes from").fill("My salary.")
    page.get_by_label("A file").set_input_files(
        {"name": "salary.pdf", "mimeType": "application/pdf", "buffer": specimens.pdf()}
    )
    judge(page, "fiat-answer")
    page.get_by_role("button", name="Send the answer").click()
    expect(page.get_by_text("Oceafin does not have 1 document of the answer yet.")).to_be_visible()
    judge(page, "fiat-application-answered")


def _looks_where_to_pay_in(page: Page, judge, fits) -> None:
    account = FiatAccount.objects.select_related("customer").get()
    iban = account.details["iban"]
    expect(page.get_by_text(account.masked_number).first).to_be_visible()
    assert iban not in page.content()
    judge(page, "fiat-account")
    page.get_by_role("link", name="Show personal data").click()
    page.get_by_label("What you need it for").select_option("CUSTOMER_ASKED")
    page.get_by_role("button", name="Show personal data").click()
    expect(page.get_by_text(iban).first).to_be_visible()
    judge(page, "fiat-account-open")
    page.get_by_role("button", name="Copy all as one text").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert f"IBAN: {iban}" in copied
    assert "Payment reference: OCF-" in copied
    page.get_by_role("link", name="Deposit instructions for the customer").click()
    page.get_by_label("What you need it for").select_option("CUSTOMER_ASKED")
    page.get_by_role("button", name="Deposit instructions for the customer").click()
    expect(page.get_by_text(f"IBAN: {iban}")).to_be_visible()
    judge(page, "fiat-instructions")
