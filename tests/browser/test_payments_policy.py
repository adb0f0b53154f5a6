"""A policy in a real browser: proposed by one administrator, looked over and approved by another."""

import pytest
from playwright.sync_api import Page, expect

from backoffice.staff.roles import Role
from payments.policies.reading import in_force
from tests.payments.people import waiting_payment
from tests.payments.policies import enough_people
from tests.people import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_comes_into_force_by_two_administrators(page: Page, enter, accessible, shoot) -> None:
    enough_people()
    waiting_payment(amount="600.00")
    waiting_payment("wd-2", "400.00")
    enter(person(Role.ADMINISTRATOR, name="Ada First"))
    page.goto("/payouts/policy/")
    accessible(page)
    shoot(page, "policy-in-force")
    page.get_by_role("link", name="Propose a change").click()
    third = page.get_by_role("group", name="Rule 3")
    third.get_by_label("Up to").fill("500")
    page.get_by_label("Why it is changed").fill("Two people for more.")
    accessible(page)
    shoot(page, "policy-propose")
    page.get_by_role("button", name="Propose it").click()
    expect(page.get_by_text("another administrator has to approve it").first).to_be_visible()
    enter(person(Role.ADMINISTRATOR, name="Bela Second"))
    page.goto("/payouts/policy/")
    page.get_by_role("link", name="Look at it").click()
    expect(page.get_by_text("Could not be approved any more")).to_be_visible()
    accessible(page)
    shoot(page, "policy-preview")
    page.get_by_role("button", name="Approve: bring it into force").click()
    expect(page.get_by_text("In force. Payments that wait")).to_be_visible()
    assert in_force().rules[2].up_to == 500

    enter(person(Role.PAYMENTS_APPROVER, name="Anton Approver"))
    page.goto("/payouts/")
    # The other one is refused by the new policy, and waits for nobody.
    page.get_by_role("checkbox", name="Choose wd-2").check()
    accessible(page)
    shoot(page, "policy-queue")
    page.get_by_role("button", name="Review the chosen ones together").click()
    expect(page.get_by_role("button", name="Approve this payment")).to_be_visible()
    accessible(page)
    shoot(page, "policy-review")
