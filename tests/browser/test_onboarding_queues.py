"""The queues in a real browser: urgent and late in words, chosen cases, service levels, who else is looking."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from backoffice.staff.roles import Role
from onboarding.models import Case
from onboarding.presence import services as presence
from tests.onboarding.conftest import act, again, make_case, make_customer
from tests.people import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_show_what_is_late_and_hand_over_what_was_chosen(page, enter, judge, fits):
    lena, robin = (
        person(Role.COMPLIANCE_LEAD, name="Lena Lead"),
        person(Role.COMPLIANCE_REVIEWER, name="Robin"),
    )
    now = timezone.now()
    for number, left in enumerate((-3, 2, 30)):
        case = make_case(make_customer(f"cust-{number}"), ref=f"kyc-2026-000{number}", document_ids=[])
        Case.objects.filter(pk=case.pk).update(due_at=now + timedelta(hours=left, minutes=1))
    enter(lena)
    page.goto("/cases/")
    expect(page.get_by_text("Late by 2 hours")).to_be_visible()
    expect(page.locator("tbody tr").first).to_contain_text("kyc-2026-0000")
    judge(page, "onboarding-queues")
    page.get_by_label("Choose kyc-2026-0001").check()
    page.get_by_label("Choose kyc-2026-0002").check()
    page.get_by_role("button", name="Hand over").click()
    page.get_by_label("Colleague").select_option("Robin")
    page.get_by_label("Note for them").fill("Please look at these two.")
    judge(page, "onboarding-hand-over")
    page.get_by_role("button", name="Hand over").click()
    expect(page.get_by_text("2 cases are done.")).to_be_visible()
    judge(page, "onboarding-handed-over")
    assert again(case).claimed_by == robin
    page.goto("/cases/service-levels/")
    judge(page, "onboarding-service-levels")
    presence.look(case=case, user=robin, now=timezone.now())
    page.goto(f"/cases/{case.case_ref}/")
    expect(page.get_by_text("Robin is looking at it now")).to_be_visible()
    fits(page, "onboarding-looking")
    act("withdraw_case", lena, case=case, reason="Changed their mind.")
    page.goto("/")
    expect(page.get_by_text("How onboarding goes")).to_be_visible()
    judge(page, "onboarding-charts")
