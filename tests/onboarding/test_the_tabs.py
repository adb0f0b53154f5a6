"""The tabs of the workbench: one open with the page, the others by themselves when they are opened."""

import pytest
from django.utils import timezone

from backoffice import vault
from backoffice.staff.roles import Role
from tests.onboarding.conftest import act, make_case
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(rita):
    case = make_case()
    act("claim_case", rita, case=case)
    act("add_note", rita, case=case, note="She called at noon.")
    return case


@pytest.fixture
def browser(client, rita):
    sign_in(client, rita)
    return client


def read(browser, address):
    return browser.get(address).content.decode()


def test_open_with_the_page_and_hold_only_what_is_open(browser, case):
    data = read(browser, "/cases/case-1/")
    assert "Hauptstraße 1" in data
    assert "She called at noon." not in data
    history = read(browser, "/cases/case-1/?tab=history")
    assert "She called at noon." in history
    assert "Hauptstraße 1" not in history


def test_come_alone_when_they_are_opened_later(browser, case):
    alone = read(browser, "/cases/case-1/tabs/history/")
    assert "She called at noon." in alone
    assert "<html" not in alone
    assert browser.get("/cases/case-1/tabs/nonsense/").status_code == 404


def test_show_nothing_to_who_may_not_see_it(client, case, sam):
    sign_in(client, sam)
    assert "She called at noon." not in read(client, "/cases/case-1/tabs/history/")
    assert "Hauptstraße" not in read(client, "/cases/case-1/tabs/data/")


def test_stay_open_over_a_button(browser, case):
    answer = browser.post("/cases/case-1/do/note/", {"note": "Again.", "tab": "history"})
    assert answer["Location"] == "/cases/case-1/?tab=history"


def test_can_be_read_after_the_customer_was_erased(browser, case, rita):
    act("ask_for_more", rita, case=case, text_for_customer="Send a passport.", note="")
    vault.destroy_key(case.customer.vault_key, now=timezone.now())
    for tab in ("data", "messages", "history"):
        assert browser.get(f"/cases/case-1/?tab={tab}").status_code == 200


def test_of_history_keep_the_notes_from_who_neither_reviews_nor_audits(client, rita):
    case = make_case()
    act("add_note", rita, case=case, note="Her brother is Zoltan.")
    for role, reads in ((Role.PAYMENTS_MAKER, False), (Role.SUPPORT, False), (Role.AUDITOR, True)):
        sign_in(client, person(role))
        assert ("Zoltan" in client.get("/cases/case-1/tabs/history/").content.decode()) is reads, role
