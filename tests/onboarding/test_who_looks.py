"""Who looks at a case now: told by open pages, shown to the others, forgotten when they leave."""

from datetime import timedelta

import pytest
from django.utils import timezone

from onboarding import guards
from onboarding.presence import services
from onboarding.presence.models import Looker
from tests.onboarding.conftest import act, again, make_case
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db


def test_is_shown_to_the_others_and_not_to_oneself(client, rita, robin):
    case = make_case()
    services.look(case=case, user=robin, now=timezone.now())
    sign_in(client, rita)
    for _twice in range(2):
        assert (
            "Robin is looking at it now" in client.post(f"/cases/{case.case_ref}/looking/").content.decode()
        )
    assert Looker.objects.count() == 2
    assert services.others(case, robin, now=timezone.now()) == ["Rita"]


def test_is_over_soon_after_the_page_was_left(rita, robin):
    case, now = make_case(), timezone.now()
    services.look(case=case, user=robin, now=now)
    later = now + services.GONE_AFTER
    assert services.look(case=case, user=rita, now=later) == []
    assert services.forget_who_left(later) == 1
    assert services.others(case, robin, now=later) == ["Rita"]


def test_carries_the_claim_on_of_who_has_the_case(rita, robin):
    case = act("claim_case", rita, case=make_case())
    at = timezone.now() + guards.CLAIM_LASTS - timedelta(minutes=5)
    services.look(case=again(case), user=robin, now=at)
    assert again(case).claim_expires_at < at + timedelta(minutes=10)
    services.look(case=again(case), user=rita, now=at)
    assert again(case).claim_expires_at == at + guards.CLAIM_LASTS


def test_is_not_told_by_reading_nor_by_who_has_no_right(client):
    case = make_case()
    sign_in(client, person())
    assert client.post(f"/cases/{case.case_ref}/looking/").status_code == 404
    assert client.get(f"/cases/{case.case_ref}/looking/").status_code == 405
    assert not Looker.objects.exists()
