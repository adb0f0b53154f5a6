from collections.abc import Callable

import pytest
from django.conf import LazySettings
from playwright.sync_api import Page, expect

from backoffice.staff.roles import Role
from tests.browser.keyboard import Keyboard
from tests.onboarding.conftest import accept_documents, act, make_case, make_customer, upload
from tests.onboarding.test_people_of_a_company import company_details
from tests.people import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_reviewer_decides_on_the_people_of_a_company_from_the_keyboard(
    page: Page, enter: Callable, judge: Callable, settings: LazySettings
) -> None:
    rita = person(Role.COMPLIANCE_REVIEWER, name="Rita Reviewer")
    company = make_customer("corp-1", customer_type="CORPORATE", display_name="Specimen GmbH")
    papers = [upload(company, kind).document_id for kind in ("REGISTER_EXTRACT", "PASSPORT")]
    case = make_case(company, ref="kyb-1", details=company_details(), document_ids=papers)
    act("claim_case", rita, case=case)
    accept_documents(case, rita)
    enter(rita)
    page.goto("/cases/kyb-1/")
    page.get_by_role("link", name="Passport").click()
    page.wait_for_url("**document=**")
    rita_types = Keyboard(page)
    rita_types.press("2")
    expect(page.get_by_role("img", name="Who owns Specimen GmbH")).to_be_visible()
    judge(page, "people")
    rita_types.go("l")
    director = page.get_by_role("region", name="Director 1")
    expect(director.get_by_role("button", name="Not this person's")).to_be_visible()
    rita_types.go("y")
    expect(director.get_by_role("button", name="Look at this person again")).to_be_visible()
    # Without waiting for anything: what is typed right after the key belongs into the field.
    owner = page.get_by_role("region", name="Owner 1")
    rita_types.press("y")
    rita_types.type("Seen on a video call.")
    expect(owner.get_by_label("How you made sure who it is")).to_have_value("Seen on a video call.")
    judge(page, "people-how")
    rita_types.press("Tab")
    rita_types.go("Enter")
    expect(owner.get_by_text("Seen on a video call.")).to_be_visible()
    judge(page, "people-decided")
    page.goto("/cases/kyb-1/consent/")
    judge(page, "consent")
