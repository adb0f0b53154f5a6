"""What runs out is seen on the home, in its queue and on its page before it is too late."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from backoffice.staff.roles import Role
from payments.models import PaymentRequest
from tests.payments.people import now, waiting_payment
from tests.people import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_is_seen_in_time(page: Page, enter, accessible, shoot) -> None:
    for ref, hours in (("wd-2", 20), ("wd-1", 3)):
        payment = waiting_payment(ref)
        deadline = now() + timedelta(hours=hours, minutes=30)
        PaymentRequest.objects.filter(pk=payment.pk).update(approval_deadline_at=deadline)
    enter(person(Role.PAYMENTS_APPROVER, name="Anton Approver"))
    page.goto("/")
    expect(page.get_by_text("first in 3 hours")).to_be_visible()
    accessible(page)
    shoot(page, "payments-home-running-out")
    page.get_by_role("link", name="Run out soon").click()
    expect(page.get_by_role("rowheader").first).to_contain_text("wd-1")
    accessible(page)
    shoot(page, "payments-running-out")
    page.get_by_role("link", name="wd-1").click()
    expect(page.get_by_text("Runs out in 3 hours")).to_be_visible()
    expect(page.get_by_text("now it needs one payments approver")).to_be_visible()
    accessible(page)
    shoot(page, "payments-that-runs-out")
