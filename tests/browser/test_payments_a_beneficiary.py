"""An approver is told what to look at, and confirms a beneficiary, with nothing but clicks."""

import pytest
from playwright.sync_api import Page, expect

from backoffice.staff.roles import Role
from payments.models import BankAccount
from tests.customers.conftest import known_customer
from tests.payments.people import account_of, now, quoted, requested
from tests.people import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_is_warned_of_and_confirmed(page: Page, enter, accessible, shoot) -> None:
    other = known_customer("cust-2", display_name="Bob Other")
    account_of(other, "ba-9")
    payment = quoted(requested(account_of(known_customer("cust-1"), now=now())))
    enter(person(Role.PAYMENTS_APPROVER, name="Anton Approver"))
    page.goto("/payouts/")
    expect(page.get_by_text("warnings").first).to_be_visible()
    shoot(page, "payments-queue-warned")
    page.get_by_role("link", name=payment.payment_ref).click()
    expect(page.get_by_text("Another customer is paid at the same place")).to_be_visible()
    accessible(page)
    shoot(page, "payments-warned")
    page.goto("/payouts/to-confirm/")
    accessible(page)
    shoot(page, "payments-to-confirm")
    page.get_by_role("link", name="ba-1").click()
    page.get_by_role("link", name="Confirm", exact=True).click()
    page.get_by_label("How you know").select_option("CALL_BACK")
    page.get_by_label("What you did").fill("Called the number of the contract, spoke to Ada.")
    accessible(page)
    shoot(page, "payments-confirm")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("Kept, with your name and the time.")).to_be_visible()
    accessible(page)
    shoot(page, "payments-beneficiary")
    assert BankAccount.objects.get(bank_account_ref="ba-1").is_confirmed
