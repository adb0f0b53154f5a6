"""The matrix page: a lead sees what is different before a version is made, and never makes one blindly."""

import copy

import pytest
from django.utils import timezone

from onboarding.risk import first_matrix, services
from onboarding.risk.matrix_form import MatrixForm, initial_of
from onboarding.risk.models import Matrix
from tests.people import actor, sign_in

pytestmark = pytest.mark.django_db
URL = "/cases/risk-matrix/"


def typed(version=1, table=first_matrix.TABLE, **changes):
    return {name: str(value) for name, value in initial_of(table, version).items()} | changes


def compare(client, **changes):
    """Press the first button, and return the form as it then stands."""
    answer = client.post(URL, typed(**changes) | {"compare": "1"})
    data = answer.context["form"].data.dict()
    data.pop("compare")
    return answer, data


def harder_table():
    table = copy.deepcopy(first_matrix.TABLE)
    table["factors"]["COUNTRY"]["entries"]["FR"] = "HIGH"
    return table


@pytest.fixture
def browser(client, lena):
    sign_in(client, lena)
    return client


def test_is_for_leads_alone(client, rita):
    sign_in(client, rita)
    assert client.get(URL).status_code == 404
    assert client.post(URL, typed()).status_code == 404
    assert client.get(f"{URL}1/").status_code == 200


def test_shows_what_is_in_force_as_it_is_kept():
    form = MatrixForm(typed(), base=first_matrix.TABLE)
    assert form.is_valid(), form.errors
    assert services.audit_digest(form.table()) == services.audit_digest(first_matrix.TABLE)


def test_shows_the_differences_and_then_makes_a_version(browser):
    countries = " ".join(sorted(set(typed()["COUNTRY_LOW"].split()) - {"FR"}))
    changes = {
        "COUNTRY_LOW": countries,
        "COUNTRY_MEDIUM": "fr",
        "CHANNEL_otherwise": "MEDIUM",
        "mediums": "2",
    }
    shown, data = compare(browser, **changes)
    found = {(each.heading, each.what, each.before, each.after) for each in shown.context["differences"]}
    assert found == {
        ("Country", "France (FR)", "Low", "Medium"),
        ("Channel", "Every other answer", "Low", "Medium"),
        ("All together", "Mediums that make high", "3", "2"),
    }
    assert Matrix.objects.count() == 1
    assert browser.post(URL, data | {"save": "1", "note": " "}).status_code == 409
    saved = browser.post(URL, data | {"save": "1", "note": "France after the audit."}, follow=True)
    assert "Version 2 is in force." in saved.text
    made = services.matrix_in_force()
    assert (made.version, made.note) == (2, "France after the audit.")
    assert made.made_by.startswith("Lena")
    assert made.table["factors"]["COUNTRY"]["entries"]["FR"] == "MEDIUM"
    page = browser.get(f"{URL}2/").text
    assert "France (FR)" in page
    assert "Different from version 1" in page


def test_saves_nothing_that_was_not_compared(browser):
    _shown, data = compare(browser, mediums="2")
    assert browser.post(URL, typed(mediums="2", save="1", note="Blindly.")).status_code == 409
    answer = browser.post(URL, data | {"mediums": "1", "save": "1", "note": "Changed after."})
    assert answer.status_code == 409
    assert "changed something since you compared" in answer.text
    assert "Changed after." in answer.text
    assert Matrix.objects.count() == 1


def test_refuses_and_compares_again_when_somebody_made_a_version_meanwhile(browser, lena):
    _shown, data = compare(browser, mediums="2")
    services.make_matrix(
        table=harder_table(), based_on=1, note="First.", actor=actor(lena), now=timezone.now()
    )
    answer = browser.post(URL, data | {"save": "1", "note": "Mine."})
    assert answer.status_code == 409
    assert "Somebody has made version 2 meanwhile" in answer.text
    assert {each.what for each in answer.context["differences"]} == {
        "France (FR)",
        "Mediums that make high",
    }
    assert Matrix.objects.count() == 2
    again = answer.context["form"].data.dict()
    assert browser.post(URL, again).status_code == 302
    assert services.matrix_in_force().version == 3


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"COUNTRY_HIGH": "IR XX"}, "“XX” is no country"),
        ({"INDUSTRY_LOW": "Casíno"}, "“casino” stands under two levels"),
        ({"PEP_NONE": "NEVER"}, "marked below"),
        ({"mediums": "99"}, "marked below"),
    ],
)
def test_names_what_cannot_be_kept_and_keeps_what_was_typed(browser, changes, sentence):
    answer = browser.post(URL, typed(note="Half a note.", compare="1", **changes))
    assert answer.status_code == 409
    assert sentence in answer.text
    assert "Half a note." in answer.text


def test_says_when_nothing_is_different(browser):
    shown, data = compare(browser)
    assert "Nothing is different from the version in force." in shown.text
    assert "Make version" not in shown.text
    assert data["seen_digest"]
