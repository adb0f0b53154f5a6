"""A pause of all sending begins where Oceafin is silent, ends by a probe, and does not begin again for old reasons."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from backoffice.audit.models import Entry
from backoffice.oceafin import breaker
from backoffice.oceafin.models import Breaker
from tests.oceafin.conftest import App, deliver, write
from tests.oceafin.scripted import Script, answer, html, lost, problem

pytestmark = pytest.mark.django_db(transaction=True)
NOT_THERE = problem(404, "PARTNER_RESOURCE_NOT_FOUND")


@transaction.atomic
def paused(reason: str) -> None:
    breaker.open_breaker(reason=reason, now=timezone.now())


def silence(times: int) -> None:
    for _ in range(times):
        write()
    deliver()


def test_is_probed_only_when_its_time_has_come(oceafin: Script, app: App) -> None:
    assert not breaker.probe_if_due()
    paused("a test")
    assert not breaker.probe_if_due()
    assert oceafin.seen == []


@pytest.mark.parametrize("said", [lost, html(502), html(404), problem(401, "PARTNER_AUTH_FAILED")])
def test_goes_on_while_oceafin_does_not_hear_us(oceafin: Script, app: App, said) -> None:
    paused("a test")
    oceafin.gets.append(said)
    Breaker.objects.update(probe_due_at=timezone.now() - timedelta(seconds=1))
    assert breaker.probe_if_due()
    row = breaker.state()
    assert (row.is_open, row.probes) == (True, 1)
    assert row.last_probe.startswith("The last probe failed: ")
    assert timezone.now() < row.probe_due_at < timezone.now() + timedelta(seconds=61)


def test_that_ended_does_not_begin_again_by_the_silence_before_it(oceafin: Script, app: App) -> None:
    oceafin.posts.append(lost)
    silence(5)
    assert breaker.is_open()
    oceafin.gets.append(NOT_THERE)
    Breaker.objects.update(probe_due_at=timezone.now() - timedelta(seconds=1))
    assert breaker.probe_if_due()
    silence(4)
    assert not breaker.is_open()
    silence(1)
    assert breaker.is_open()


def test_does_not_begin_where_one_of_the_last_five_was_answered(oceafin: Script, app: App) -> None:
    oceafin.posts.extend([lost, lost, lost, answer(thingId="t-1"), lost])
    silence(5)
    assert not breaker.is_open()


def test_is_on_record_once_however_often_it_is_asked_for(oceafin: Script, app: App) -> None:
    for reason in ("first", "second"):
        paused(reason)
    assert breaker.state().reason == "first"
    assert Entry.objects.filter(verb="sending.paused").count() == 1
