"""The risk tab: what was typed survives a refusal, several hits are taken down at once, and a case is rated again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from customers.screening import services as screening
from customers.screening.models import Hit, Screening
from onboarding.drafts import services as drafts
from onboarding.drafts.models import Draft
from onboarding.risk import services
from tests.onboarding.conftest import act, again, make_case, screened
from tests.people import actor, sign_in
from tests.risk.test_the_matrix_page import harder_table

pytestmark = pytest.mark.django_db
CASE = "/cases/case-1/"


@pytest.fixture
def case(client, lena):
    case = screened(make_case(), screening.Found(kind="SANCTIONS", name="ZOE LEE"))
    act("claim_case", lena, case=case)
    sign_in(client, lena)
    return again(case)


def by_hand(**changes):
    return {
        "tab": "risk",
        "subject": "customer",
        "provider": "Lists by phone",
        "list_date": timezone.now().date().isoformat(),
        "screened_at": "",
        **changes,
    }


def draft(case, form, user):
    now = timezone.now()
    drafts.keep(case=case, form=form, fields={"x": "typed"}, revision=0, actor=actor(user), now=now)


def test_takes_down_several_hits_and_when_it_was(client, case, lena, settings):
    draft(case, "screening", lena)
    before = (timezone.now() - timedelta(hours=5)).replace(second=0, microsecond=0)
    local = before.astimezone(settings.BUSINESS_TIME_ZONE)
    asked = by_hand(
        screened_at=local.strftime("%Y-%m-%dT%H:%M"),
        list_date=local.date().isoformat(),
        hit_kind_1="PEP",
        hit_name_1="ZOE L.",
        hit_list_1="Ministers of somewhere",
        hit_kind_3="ADVERSE_MEDIA",
        hit_name_3="Zoe Lee",
        hit_note_3="A newspaper of 2019.",
    )
    assert client.post(f"{CASE}risk/screenings/", asked).url == f"{CASE}?tab=risk"
    taken = Screening.objects.order_by("-id").first()
    assert taken.screened_at == before
    assert taken.recorded_by.startswith("Lena")
    assert [hit.kind for hit in taken.hits.order_by("id")] == ["PEP", "ADVERSE_MEDIA"]
    assert taken.hits.first().found["list"] == "Ministers of somewhere"
    assert not Draft.objects.exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"provider": " "}, "Name the provider"),
        ({"list_date": "2026-02-31"}, "Give the day of the lists."),
        ({"screened_at": "soon"}, "Give the day and the time of the screening."),
        ({"screened_at": "2090-01-01T10:00"}, "This lies in the future."),
        ({"subject": "payee:x"}, "Choose who was screened."),
        ({"hit_note_4": "Without a name."}, "Give the name as it stands on the list."),
    ],
)
def test_keeps_a_refused_screening_as_it_was_typed(client, case, changes, sentence):
    before = Screening.objects.count()
    asked = by_hand(hit_kind_2="OTHER", hit_name_2="Kept <name>", hit_note_2="Kept note.", **changes)
    answer = client.post(f"{CASE}risk/screenings/", asked)
    assert answer.status_code == 409
    for kept in (sentence, "Kept &lt;name&gt;", "Kept note."):
        assert kept in answer.text
    assert answer.context["tab"] == "risk"
    assert Screening.objects.count() == before


def test_keeps_a_refused_reason_as_it_was_typed(client, case, lena):
    hit = Hit.objects.get()
    long = "Known from school. " * 200
    answer = client.post(
        f"{CASE}risk/hits/{hit.pk}/decide/", {"decision": "DISMISSED", "reason": long, "tab": "risk"}
    )
    assert answer.status_code == 409
    assert "at most 2000 are kept. Shorten it." in answer.text
    assert long.strip() in answer.text
    draft(case, f"hit-{hit.pk}", lena)
    client.post(f"{CASE}risk/hits/{hit.pk}/decide/", {"decision": "DISMISSED", "reason": "Other age."})
    hit.refresh_from_db()
    assert hit.decision == "DISMISSED"
    assert not Draft.objects.exists()


def test_keeps_a_refused_override_as_it_was_typed(client, case):
    answer = client.post(f"{CASE}risk/override/", {"level": "WORST", "text": "Kept words.", "tab": "risk"})
    assert answer.status_code == 409
    assert "Kept words." in answer.text


def test_rates_again_and_says_what_came_of_it(client, case, lena, rita):
    def press():
        return client.post(f"{CASE}risk/again/", {"tab": "risk"}, follow=True).text

    assert "Nothing has changed since it was rated: low, by version 1." in press()
    table = harder_table()
    table["factors"]["COUNTRY"]["entries"]["DE"] = "HIGH"
    services.make_matrix(table=table, based_on=1, note="New.", actor=actor(lena), now=timezone.now())
    assert "Version 2 is in force now." in client.get(f"{CASE}?tab=risk").text
    assert "Rated again by version 2: high. Before it was low." in press()
    assert again(case).risk_level == "HIGH"
    client.post(f"{CASE}risk/override/", {"level": "MEDIUM", "text": "Seen in person.", "tab": "risk"})
    assert "Nothing has changed since Lena set it: medium." in press()


def test_leaves_what_a_lead_decided_to_a_lead(client, case, lena, rita):
    services.override_rating(
        case=case, level="HIGH", text="The press.", actor=actor(lena), now=timezone.now()
    )
    services.make_matrix(table=harder_table(), based_on=1, note="New.", actor=actor(lena), now=timezone.now())
    sign_in(client, rita)
    assert "risk/again/" not in client.get(f"{CASE}?tab=risk").text
    answer = client.post(f"{CASE}risk/again/", {"tab": "risk"}, follow=True)
    assert "needs the right to lead onboarding cases" in answer.text
    assert again(case).risk_level == "HIGH"
