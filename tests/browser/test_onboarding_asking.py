"""Asking for more from the workbench, and the pages of our own webhooks: from the keyboard, and for every reader."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from backoffice.staff.roles import Role
from tests.browser.keyboard import Keyboard
from tests.onboarding.conftest import act, again, make_case, make_customer, person_details, upload
from tests.people import actor, person
from webhooks.outgoing import services
from webhooks.outgoing.models import Delivery

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def rita():
    return person(Role.COMPLIANCE_REVIEWER, name="Rita Reviewer")


def test_collects_and_sends_and_tells_the_partner(page, enter, accessible, shoot, rita):
    ada, ben = person(Role.ADMINISTRATOR, name="Ada"), person(Role.ADMINISTRATOR, name="Ben")
    endpoint = services.ask_endpoint(
        name="Core banking", url="http://127.0.0.1:9/hooks", actor=actor(ada), now=timezone.now()
    )
    services.confirm_endpoint(endpoint, actor=actor(ben), now=timezone.now())
    services.issue_secret(endpoint, actor=actor(ada), now=timezone.now())
    customer, details = make_customer(), person_details()
    details["consentEvidence"] = {**details["consentEvidence"], "locale": "pl-PL"}
    case = make_case(customer, details=details, document_ids=[upload(customer).document_id])
    act("claim_case", rita, case=case)
    [row] = again(case).case_documents.all()
    act("decide_document", rita, case_document=row, decision="REJECTED", reason_code="EXPIRED")
    enter(rita)
    page.goto("/cases/case-1/")
    page.keyboard.press("4")
    expect(page.get_by_text("No text in Polish: the customer gets English")).to_be_visible()
    page.keyboard.press("l")
    expect(page.get_by_label("What for")).to_be_focused()
    page.get_by_label("What for").select_option("DATA_NEEDED")
    with page.expect_navigation():
        page.locator("#tab-messages").get_by_role("button", name="Add to the list").click()
    expect(page.get_by_text("It is on the list. Nothing is sent yet.")).to_be_visible()
    accessible(page)
    shoot(page, "asking-list")
    Keyboard(page).go("s")
    expect(page.get_by_text("The customer is asked.")).to_be_visible()
    expect(page.get_by_text("Waiting", exact=True)).to_have_count(2)
    accessible(page)
    shoot(page, "asking-sent")
    enter(ada)
    page.goto(f"/outgoing/endpoint/{endpoint.pk}/change/")
    accessible(page)
    shoot(page, "asking-endpoint")
    told = Delivery.objects.get(message__event_type="onboarding.case.information_requested")
    page.goto(f"/outgoing/delivery/{told.pk}/change/")
    expect(page.get_by_text("Not tried yet.")).to_be_visible()
    accessible(page)
    shoot(page, "asking-delivery")
    page.goto("/outgoing/endpoint/ask/")
    accessible(page)
    shoot(page, "asking-ask-endpoint")
