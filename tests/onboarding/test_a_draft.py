"""A draft: what is typed is kept on the server, for one person alone, until it is sent."""

from datetime import timedelta

import pytest
from django.utils import timezone

from backoffice import vault
from onboarding.drafts import services
from onboarding.drafts.models import Draft
from tests.onboarding.conftest import act, make_case
from tests.people import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(rita):
    case = make_case()
    act("claim_case", rita, case=case)
    return case


@pytest.fixture
def browser(client, rita):
    sign_in(client, rita)
    return client


def keep(browser, words, form="note"):
    return browser.post(f"/cases/case-1/drafts/{form}/", {"field.note": words, "revision": "1"})


def read(browser):
    return browser.get("/cases/case-1/drafts/").json()["drafts"]


def test_outlives_the_session(browser, case, rita):
    assert keep(browser, "She lives with Ada.").status_code == 204
    browser.logout()
    assert browser.get("/cases/case-1/drafts/").status_code == 302
    sign_in(browser, rita)
    draft = read(browser)["note"]
    assert (draft["fields"], draft["revision"]) == ({"note": "She lives with Ada."}, 1)


def test_is_gone_once_it_was_sent(browser, case):
    keep(browser, "She called.")
    browser.post("/cases/case-1/do/note/", {"note": "She called."})
    assert read(browser) == {}


def test_stays_when_the_act_was_refused(browser, case):
    keep(browser, "Kept.", form="decline")
    browser.post("/cases/case-1/do/decline/", {"reason": ""})
    assert "decline" in read(browser)


def test_is_forgotten_when_nothing_is_left_of_it(browser, case):
    keep(browser, "x")
    keep(browser, " ")
    assert read(browser) == {}


def test_is_seen_by_its_writer_alone(browser, case, robin, sam):
    keep(browser, "Mine.")
    sign_in(browser, robin)
    assert read(browser) == {}
    sign_in(browser, sam)
    assert browser.get("/cases/case-1/drafts/").status_code == 404
    assert keep(browser, "x").status_code == 404


def test_is_sealed_under_the_customers_key(browser, case):
    keep(browser, "She lives with Ada.")
    assert b"Ada" not in bytes(Draft.objects.get().fields_sealed)
    vault.destroy_key(case.customer.vault_key, now=timezone.now())
    assert read(browser) == {}


def test_has_an_end(browser, case):
    assert keep(browser, "z" * 300_000).status_code == 409
    keep(browser, "x")
    assert services.forget_old(timezone.now()) == 0
    assert services.forget_old(timezone.now() + services.KEPT_FOR + timedelta(minutes=1)) == 1
