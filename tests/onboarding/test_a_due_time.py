"""When a case is due: in working hours, by kind and risk, and reckoned anew when those change."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.utils import timezone

from backoffice.audit import timeline_of
from backoffice.staff.errors import NotAllowed
from onboarding import due
from onboarding.models import Case
from onboarding.risk.services import override_rating
from onboarding.service_levels import services
from onboarding.service_levels.levels import ServiceLevels
from onboarding.service_levels.models import ServiceLevelsVersion
from tests.onboarding.conftest import again, make_case
from tests.people import actor, sign_in

BERLIN = ZoneInfo("Europe/Berlin")
DAY_ONE = ServiceLevels()
ROUND_THE_CLOCK = replace(DAY_ONE, week=((time(0), time(0)),) * 7)


def berlin(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BERLIN)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("since", "hours", "until"),
    [
        ((2026, 3, 2, 10, 0), 4, (2026, 3, 2, 14, 0)),
        # Over the evening, over the weekend, from before and after hours.
        ((2026, 3, 2, 15, 0), 4, (2026, 3, 3, 11, 0)),
        ((2026, 3, 6, 15, 0), 4, (2026, 3, 9, 11, 0)),
        ((2026, 3, 7, 12, 0), 8, (2026, 3, 9, 17, 0)),
        ((2026, 3, 2, 3, 0), 1, (2026, 3, 2, 10, 0)),
        ((2026, 3, 2, 22, 0), 1, (2026, 3, 3, 10, 0)),
        # To the very end of a day, and one hour more.
        ((2026, 3, 2, 9, 0), 8, (2026, 3, 2, 17, 0)),
        ((2026, 3, 2, 9, 0), 9, (2026, 3, 3, 10, 0)),
    ],
)
def test_counts_working_hours_alone(since, hours, until):
    assert DAY_ONE.after(berlin(*since), timedelta(hours=hours), zone=BERLIN) == berlin(*until)


def test_skips_holidays():
    levels = replace(DAY_ONE, holidays={date(2026, 12, 25): "Christmas Day"})
    found = levels.after(berlin(2026, 12, 24, 16, 0), timedelta(hours=2), zone=BERLIN)
    assert found == berlin(2026, 12, 28, 10, 0)


def test_counts_the_hours_that_pass_when_clocks_change():
    # At two in the morning of 29 March it is three.
    since = berlin(2026, 3, 29, 0, 0)
    found = ROUND_THE_CLOCK.after(since, timedelta(hours=8), zone=BERLIN)
    assert found - since.astimezone(UTC) == timedelta(hours=8)
    assert found == berlin(2026, 3, 29, 9, 0)


def test_of_an_unrated_case_is_that_of_high_risk():
    assert DAY_ONE.hours_for("KYC", "") == DAY_ONE.hours_for("KYC", "HIGH")


def test_comes_to_an_end_whatever_the_holidays():
    start = date(2026, 1, 1)
    always = {start + timedelta(days=number): "" for number in range(4000)}
    levels = replace(DAY_ONE, holidays=always)
    assert levels.after(berlin(2026, 1, 1), timedelta(hours=8), zone=BERLIN) > berlin(2026, 1, 1)


def test_survives_being_kept():
    levels = replace(DAY_ONE, version=3, holidays={date(2026, 12, 25): "Christmas Day"})
    assert ServiceLevels.of_data(3, levels.as_data()) == levels


def change(who, levels, seen=0):
    return services.change_service_levels(
        seen_version=seen,
        hours=levels.hours,
        week=levels.week,
        holidays=levels.holidays,
        actor=actor(who),
        now=timezone.now(),
    )


@pytest.mark.django_db
def test_follows_new_service_levels_and_a_new_risk(lena):
    case = make_case()
    came = case.due_since
    Case.objects.filter(pk=case.pk).update(risk_level="HIGH")
    change(lena, ROUND_THE_CLOCK)
    for risk, hours in (("", 24), ("LOW", 8), ("MEDIUM", 16)):
        Case.objects.filter(pk=case.pk).update(risk_level=risk)
        assert due.renew(timezone.now()) == 1
        assert again(case).due_at == came + timedelta(hours=hours)
        assert due.renew(timezone.now()) == 0


@pytest.mark.django_db
def test_is_promised_by_a_lead_alone_and_kept_in_the_trail(lena, rita):
    with pytest.raises(NotAllowed):
        change(rita, ROUND_THE_CLOCK)
    changed = change(lena, replace(DAY_ONE, hours={**DAY_ONE.hours, ("KYC", "LOW"): 4}))
    assert services.in_force() == changed
    entry = timeline_of(ServiceLevelsVersion.objects.get())[0]
    assert entry.facts["KYC LOW hours"] == "8 → 4"
    with pytest.raises(services.ChangedMeanwhile):
        change(lena, ROUND_THE_CLOCK)
    assert change(lena, changed, seen=1).version == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "levels",
    [
        replace(DAY_ONE, week=(None,) * 7),
        replace(DAY_ONE, week=((time(17), time(9)),) * 7),
        replace(DAY_ONE, hours={**DAY_ONE.hours, ("KYC", "LOW"): 0}),
        replace(DAY_ONE, hours={("KYC", "LOW"): 4}),
    ],
)
def test_is_never_promised_by_what_makes_no_sense(lena, levels):
    with pytest.raises(services.BadServiceLevels):
        change(lena, levels)


@pytest.mark.django_db
def test_is_changed_on_a_page(client, lena, rita):
    sign_in(client, rita)
    assert client.get("/cases/service-levels/").status_code == 404
    sign_in(client, lena)
    assert "Working hours until" in client.get("/cases/service-levels/").content.decode()
    typed = {"seen_version": "0", "holidays": "2026-12-25 Christmas Day\nsome day", "opens_0": "08:00"}
    typed |= {f"hours_{kind}_{risk}": "10" for kind, risk in DAY_ONE.hours}
    refused = client.post("/cases/service-levels/", typed).content.decode()
    assert "does not begin with a day" in refused
    assert "Enter both times for Monday" in refused
    typed |= {"holidays": "2026-12-25 Christmas Day", "closes_0": "16:30"}
    assert client.post("/cases/service-levels/", typed).status_code == 302
    levels = services.in_force()
    assert levels.hours["KYB", "HIGH"] == 10
    assert levels.week == ((time(8), time(16, 30)), *[None] * 6)
    assert levels.holidays == {date(2026, 12, 25): "Christmas Day"}
    assert "by Lena" in client.get("/cases/service-levels/").content.decode()


@pytest.mark.django_db
def test_is_that_of_the_risk_a_case_was_rated_with_as_it_came_in():
    case = make_case()
    assert case.risk_level == case.due_risk != ""
    levels = services.in_force()
    expected = levels.due_at(
        case.due_since, kind=case.submission_type, risk=case.risk_level, zone=settings.BUSINESS_TIME_ZONE
    )
    assert (case.due_at, case.due_version) == (expected, levels.version)
    # Nothing is left for the sweep to put right.
    assert due.renew(timezone.now()) == 0


@pytest.mark.django_db
def test_follows_a_lead_who_decides_another_risk(lena):
    case = make_case()
    override_rating(case=case, level="HIGH", text="Seen in person.", actor=actor(lena), now=timezone.now())
    changed = again(case)
    assert (changed.risk_level, changed.due_risk, changed.due_since) == ("HIGH", "HIGH", case.due_since)
