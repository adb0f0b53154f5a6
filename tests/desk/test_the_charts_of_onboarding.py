"""The charts of onboarding count what is there, and cost the same however much that is."""

from datetime import timedelta

import pytest
from django.utils import timezone

from backoffice.desk import case_charts
from backoffice.staff.roles import Role
from onboarding.models import Case
from tests.onboarding.conftest import act, make_case, make_customer
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead():
    return person(Role.COMPLIANCE_LEAD, name="Lena")


def cases(*days: float) -> list[Case]:
    """One case for each, that came so many days ago."""
    now = timezone.now()
    return [
        make_case(make_customer(f"c-{n}"), ref=f"q-{n}", document_ids=[], now=now - timedelta(days=ago))
        for n, ago in enumerate(days)
    ]


def test_show_open_cases_by_age():
    cases(0.1, 2, 2.5, 30)
    assert [bar.number for bar in case_charts.open_by_age(timezone.now())] == [1, 2, 0, 0, 1]


def test_count_no_withdrawn_case_among_the_decided(lead):
    (case,) = cases(3)
    act("withdraw_case", lead, case=case, reason="They changed their mind.")
    now = timezone.now()
    assert case_charts.time_to_decision(now) == {"number": 0, "median": "–", "ninetieth": "–"}
    days = case_charts.decided_by_day(now)
    assert (len(days), sum(column.number for column in days)) == (case_charts.DAYS, 0)


def test_show_how_long_decisions_took_and_on_which_day(lead):
    other = person(Role.COMPLIANCE_LEAD)
    for case in cases(1, 3, 5):
        for who in (lead, other):
            act("claim_case", who, case=case)
            act("decline_case", who, case=case, reason="No.")
            Case.objects.filter(pk=case.pk, claimed_by=who).update(
                claimed_by=None, claimed_at=None, claim_expires_at=None
            )
    now = timezone.now()
    times = case_charts.time_to_decision(now)
    assert (times["number"], times["median"], times["ninetieth"]) == (3, "3.0 days", "4.6 days")
    assert case_charts.decided_by_day(now)[-1].number == 3


def test_show_what_was_asked_again_in_percent(lead):
    for number, case in enumerate(cases(1, 1, 1, 1)):
        act("claim_case", lead, case=case)
        if number == 0:
            act("ask_for_more", lead, case=case, text_for_customer="A bill, please.", note="")
    (bar,) = case_charts.asked_again(timezone.now())
    assert bar.number == 25


def test_stand_on_the_home_of_a_lead_alone(client, lead):
    sign_in(client, lead)
    assert "How onboarding goes" in client.get("/").content.decode()
    sign_in(client, person(Role.COMPLIANCE_REVIEWER))
    assert "How onboarding goes" not in client.get("/").content.decode()


def test_cost_five_queries(django_assert_num_queries):
    cases(1, 2)
    with django_assert_num_queries(5):
        now = timezone.now()
        case_charts.open_by_age(now)
        case_charts.decided_by_day(now)
        case_charts.time_to_decision(now)
        case_charts.asked_again(now)
