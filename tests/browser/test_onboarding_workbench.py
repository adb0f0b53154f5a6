"""The workbench in a real browser: all of it by keyboard, and nothing typed is lost."""

import re

import pytest
from playwright.sync_api import Page, expect

from backoffice.staff.roles import Role
from onboarding.models import Case
from tests.browser.keyboard import Keyboard
from tests.browser.papers import specimen
from tests.onboarding.conftest import act, again, make_case, make_customer, upload
from tests.people import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

USABLE = "a[href], button:not([disabled]), input:not([type=hidden]), select, textarea, summary"
NOT_REACHED = """(usable) => Array.from(document.querySelector("main").querySelectorAll(usable))
    .filter((each) => each.checkVisibility({ visibilityProperty: true }))
    .filter((each) => !each.closest("details:not([open])") || each.tagName === "SUMMARY")
    .filter((each) => !window.reached.has(each)).map((each) => each.outerHTML.slice(0, 120))"""
REACH = """() => {
    const here = document.activeElement;
    window.first = window.first || here;
    // A date takes several presses; round is who is back at the first.
    if (here === window.first && window.reached.size > 1) return true;
    if (window.reached.has(here)) return false;
    window.reached.add(here);
    const look = getComputedStyle(here);
    if (here !== document.body && look.outlineStyle === "none" && look.boxShadow === "none")
        window.unseen.push(here.outerHTML.slice(0, 120));
    return false;
}"""


@pytest.fixture
def rita():
    return person(Role.COMPLIANCE_REVIEWER, name="Rita Reviewer")


@pytest.fixture
def case(rita) -> Case:
    customer = make_customer("cust-100001")
    documents = [
        upload(customer, "PASSPORT", specimen("Old passport", 1)),
        upload(customer, "PROOF_OF_ADDRESS", specimen("Electricity bill", 2)),
        upload(customer, "PASSPORT", specimen("Passport", 3)),
    ]
    case = make_case(customer, ref="kyc-1", document_ids=[each.document_id for each in documents])
    act("claim_case", rita, case=case)
    return case


def walk(page: Page) -> None:
    """Tab through the whole page: everything that can be used is reached, and one sees where one is."""
    page.evaluate(
        "window.reached = new Set(); window.unseen = []; window.first = null; document.activeElement.blur()"
    )
    for _step in range(300):
        page.keyboard.press("Tab")
        if page.evaluate(REACH):
            break
    assert page.evaluate(NOT_REACHED, USABLE) == []
    assert page.evaluate("window.unseen") == []


def here(page: Page) -> str:
    return page.evaluate("document.activeElement.id || document.activeElement.name || ''")


def tab_to(page: Page, name: str) -> None:
    for _step in range(120):
        if here(page) == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} cannot be reached by Tab")


def test_is_used_from_the_keyboard_alone(page, enter, judge, rita, case):
    enter(rita)
    page.goto("/cases/kyc-1/")
    walk(page)
    for key, tab in (("5", "history"), ("4", "messages"), ("1", "data")):
        page.keyboard.press(key)
        expect(page.locator(f"#tab-{tab} .card").first).to_be_visible()
        expect(page.locator(f"[data-tab={tab}]")).to_be_focused()
    rita_types = Keyboard(page)
    # At the first there is none before it.
    rita_types.press("k")
    rita_types.go("j")
    expect(page.get_by_text("Document 2 of 3")).to_be_visible()
    rita_types.go("j")
    expect(page.get_by_text("Document 3 of 3")).to_be_visible()
    rita_types.go("b")
    expect(page.locator("[data-viewer]")).to_have_count(2)
    drawn = (
        "() => Array.from(document.querySelectorAll('[data-image]')).every((each) => each.naturalWidth > 0)"
    )
    page.wait_for_function(drawn)
    page.keyboard.press("v")
    page.keyboard.press("o")
    expect(page.locator("[data-viewer]").nth(1)).to_have_class(re.compile("viewer--turn-1"))
    page.keyboard.press("v")
    for _larger in range(3):
        page.keyboard.press("+")
    page.keyboard.press("Shift+ArrowDown")
    page.wait_for_function("() => document.querySelector('.viewer__paper').scrollTop > 0")
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-page-number]").first).to_have_text("2")
    judge(page, "bench-beside")
    rita_types.go("b")
    expect(page.locator("[data-viewer]")).to_have_count(1)
    page.keyboard.press("r")
    expect(page.locator("#reason_code")).to_be_focused()
    page.keyboard.type("Cannot be read")
    tab_to(page, "reject_reason")
    page.keyboard.type("Blurred.")
    rita_types.press("Tab")
    rita_types.go("Enter")
    expect(page.locator(".document-tab--rejected")).to_have_count(1)
    assert again(case).case_documents.get(decision="REJECTED").reason == "Blurred."


def test_corrects_the_data_and_loses_nothing_that_was_typed(page, enter, judge, rita, case):
    enter(rita)
    page.goto("/cases/kyc-1/")
    Keyboard(page).go("e")
    expect(page).to_have_url(re.compile("/data/$"))
    walk(page)
    tab_to(page, "id_personalDetails_lastName")
    page.keyboard.press("Control+a")
    page.keyboard.type("O’Neil")
    expect(page.get_by_text("Kept as a draft.")).to_be_visible()
    enter(rita)  # the session of before is gone
    page.reload()
    expect(page.get_by_label("Last name")).to_have_value("O’Neil")
    expect(page.get_by_text("what you typed before")).to_be_visible()
    judge(page, "bench-edit")
    page.context.clear_cookies()
    page.get_by_label("Phone").fill("+33 1")
    page.get_by_label("Phone").press("Enter")
    expect(page.get_by_text("your session has ended")).to_be_visible()
    expect(page.get_by_label("Phone")).to_have_value("+33 1")
    enter(rita)
    page.get_by_label("Phone").press("Enter")
    expect(page.get_by_text("The data is saved.")).to_be_visible()
    saved = again(case).details["personalDetails"]
    assert (saved["lastName"], saved["phone"]) == ("O’Neil", "+33 1")
