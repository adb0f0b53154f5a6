from collections.abc import Callable

import pytest
from django.conf import LazySettings
from playwright.sync_api import Page, expect

from backoffice.staff.roles import Role
from customers.screening import services as screening
from customers.screening.models import Hit
from tests.browser.keyboard import Keyboard
from tests.onboarding.conftest import act, make_case, screened
from tests.people import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_lead_works_on_risk_from_the_keyboard(
    page: Page, enter: Callable, judge: Callable, settings: LazySettings
) -> None:
    lena = person(Role.COMPLIANCE_LEAD, name="Lena Lead")
    found = [
        screening.Found(
            kind="SANCTIONS", name="LI Zoe", list="Specimen List", note="Born 1951.", score="0.71"
        ),
        screening.Found(kind="PEP", name="Zoë Leigh", note="A member of a city council until 2019."),
    ]
    case = screened(make_case(), *found)
    act("claim_case", lena, case=case)
    enter(lena)
    page.goto("/cases/case-1/")
    page.keyboard.press("3")
    expect(page.get_by_role("heading", name="Screening hits")).to_be_visible()
    judge(page, "risk-tab")

    # What is typed about a hit outlives the page.
    page.get_by_role("article", name="LI Zoe").get_by_label("How you know").focus()
    page.keyboard.type("Ours was born in 1990.")
    expect(page.get_by_text("Kept as a draft.")).to_be_visible()
    page.reload()
    reason = page.get_by_role("article", name="LI Zoe").get_by_label("How you know")
    expect(reason).to_have_value("Ours was born in 1990.")
    reason.focus()
    lena_types = Keyboard(page)
    lena_types.press("Tab")
    lena_types.go("Enter")
    expect(page.get_by_text("The hit is decided.")).to_be_visible()

    lena_types.press("w")
    expect(page.get_by_role("combobox", name="Who was screened")).to_be_focused()
    page.get_by_label("Who compared (provider)").fill("Lists by phone")
    for number, name in ((1, "Zoe One"), (2, "Zoe Two")):
        page.get_by_text("Write down a hit" if number == 1 else "Another hit").locator(
            "visible=true"
        ).last.press("Enter")
        page.locator(f"#scr-name-{number}").fill(name)
    judge(page, "risk-by-hand")
    page.locator("#scr-lists").fill("2099-01-01")
    page.get_by_role("button", name="Keep the screening").press("Enter")
    expect(page.get_by_text("The lists cannot be newer than the screening.").last).to_be_visible()
    expect(page.locator("#scr-name-2")).to_have_value("Zoe Two")
    judge(page, "risk-by-hand-refused")
    page.locator("#scr-lists").fill(case.created_at.date().isoformat())
    page.get_by_role("button", name="Keep the screening").press("Enter")
    expect(page.get_by_text("The screening is kept.")).to_be_visible()
    assert Hit.objects.count() == 4
    page.get_by_role("button", name="Rate again").press("Enter")
    expect(page.get_by_text("Nothing has changed since it was rated")).to_be_visible()


def test_a_lead_makes_the_next_risk_matrix(page: Page, enter: Callable, judge: Callable) -> None:
    enter(person(Role.COMPLIANCE_LEAD, name="Lena Lead"))
    page.goto("/cases/risk-matrix/")
    judge(page, "matrix")
    page.get_by_label("Country: Every other answer").select_option("High")
    page.get_by_label("Channel: Medium").fill("agent\npost")
    page.get_by_role("button", name="Show what would change").press("Enter")
    expect(page.get_by_role("heading", name="Different from version 1")).to_be_visible()
    judge(page, "matrix-compared")
    page.get_by_label("What you change and why").fill("Countries that nobody has judged are high.")
    page.get_by_role("button", name="Make version 2").press("Enter")
    expect(page.get_by_text("Version 2 is in force. Cases keep")).to_be_visible()
    page.get_by_role("link", name="Version 2").click()
    expect(page.get_by_role("heading", name="Different from version 1")).to_be_visible()
    judge(page, "matrix-version")
