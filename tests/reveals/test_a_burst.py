"""Many looks within a short time: a lead is told, and somebody else says what it was."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from backoffice import reveals
from backoffice.audit import note_of, timeline_of
from backoffice.reveals import services
from backoffice.reveals.models import Burst
from backoffice.staff.errors import NotAllowed
from tests.customers.conftest import make_customer
from tests.onboarding.conftest import act, make_case
from tests.reveals.conftest import NOW, by, look

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _limits(settings):
    settings.REVEAL_BURST_CUSTOMERS = 3
    settings.REVEAL_BURST_DECISIONS = 1
    settings.REVEAL_BURST_MINUTES = 60


@pytest.fixture
def people():
    return [make_customer(f"cust-{number}") for number in range(5)]


def burst_by(who, people):
    for customer in people:
        look(who, customer)
    return Burst.objects.get()


def test_is_raised_by_the_customer_beyond_the_limit(rita, people):
    for customer in people[:3]:
        look(rita, customer)
    assert not Burst.objects.exists()
    look(rita, people[3])
    burst = Burst.objects.get()
    assert (burst.user, burst.customers, burst.by_choice) == (rita, 4, True)
    assert [entry.verb for entry in timeline_of(burst)] == ["burst.raised"]


def test_is_not_raised_by_looking_at_the_same_customer_often(rita, people):
    for _number in range(9):
        look(rita, people[0])
    assert not Burst.objects.exists()


def test_is_not_raised_over_a_long_time_nor_by_several_people(rita, lena, people):
    now = NOW()
    for number, customer in enumerate(people):
        look(rita if number % 2 else lena, customer, now=now + timedelta(minutes=20 * number))
    for number, customer in enumerate(people):
        look(rita, customer, now=now + timedelta(days=1, minutes=25 * number))
    assert not Burst.objects.exists()


def test_grows_while_nobody_has_seen_it(rita, people):
    burst = burst_by(rita, people[:4])
    look(rita, people[4], now=NOW() + timedelta(hours=5))
    burst.refresh_from_db()
    assert burst.customers == 5
    assert Burst.objects.count() == 1


def test_counts_a_look_that_began_before_it_and_came_after(rita, people):
    began = NOW()
    burst = burst_by(rita, people[:4])
    look(rita, people[4], now=began - timedelta(seconds=1))
    burst.refresh_from_db()
    assert burst.customers == 5
    assert burst.began_at == began - timedelta(seconds=1)


def test_is_seen_by_another_lead_with_a_word(rita, lena, people):
    burst = burst_by(rita, people[:4])
    reveals.acknowledge(burst, reason="Rita answers the post today.", actor=by(lena), now=NOW())
    burst.refresh_from_db()
    assert burst.acknowledged_by == lena
    assert note_of(timeline_of(burst)[-1]) == "Rita answers the post today."
    with pytest.raises(services.SeenAlready):
        reveals.acknowledge(burst, reason="x", actor=by(lena), now=NOW())
    # What was seen does not alarm again; what comes afterwards does.
    look(rita, people[4])
    assert Burst.objects.count() == 1
    for customer in people[:3]:
        look(rita, customer)
    assert Burst.objects.count() == 2


def test_is_not_seen_by_who_did_it_nor_by_a_reviewer(rita, lena, people):
    burst = burst_by(lena, people[:4])
    with pytest.raises(services.OwnBurst):
        reveals.acknowledge(burst, reason="x", actor=by(lena), now=NOW())
    with pytest.raises(NotAllowed):
        reveals.acknowledge(burst, reason="x", actor=by(rita), now=NOW())
    with pytest.raises(IntegrityError), transaction.atomic():
        Burst.objects.filter(pk=burst.pk).update(acknowledged_by=lena, acknowledged_at=NOW())


def test_counts_cases_that_were_taken_by_another_measure(rita, people):
    for number in range(2):
        act("claim_case", rita, case=make_case(people[number], ref=f"case-{number}"))
    burst = Burst.objects.get()
    assert (burst.by_choice, burst.customers) == (False, 2)


def test_is_raised_by_a_large_export(rita, people):
    reveals.record_export(
        what="Queue", customers=people, purpose="AUDIT", words="", actor=by(rita), now=NOW()
    )
    assert Burst.objects.get().customers == 5


@pytest.mark.django_db(transaction=True)
def test_is_raised_once_by_looks_at_the_same_moment(rita, people):
    def look_at(customer):
        try:
            look(rita, customer)
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(look_at, people))
    assert Burst.objects.get().customers == 5
