"""The sweep does each duty once in its time, whoever else sweeps, and goes on where one of its steps fails."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from backoffice.oceafin import recovery, sweep
from backoffice.oceafin.models import DutyRun
from tests.oceafin.conftest import App, again, write
from tests.oceafin.scripted import Script, answer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def done(monkeypatch) -> list[str]:
    """What was done of the duties and steps of these tests alone."""
    monkeypatch.setattr(sweep, "_DUTIES", {})
    monkeypatch.setattr(sweep, "_STEPS", {})
    return []


def fails(*_about: object) -> None:
    raise RuntimeError("a defect of ours")


def test_does_a_duty_once_in_its_time(done: list[str]) -> None:
    def work(now: datetime) -> None:
        done.append("counted")

    sweep.register_duty("count", every=timedelta(hours=1), work=work)
    for _process in range(2):
        sweep.sweep(lanes=())
    assert done == ["counted"]
    DutyRun.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    sweep.sweep(lanes=())
    assert done == ["counted", "counted"]


def test_goes_on_where_a_step_or_a_duty_fails(
    oceafin: Script, app: App, done: list[str], monkeypatch
) -> None:
    oceafin.posts.append(answer(thingId="t-1"))
    row = write()
    monkeypatch.setattr(recovery, "recover_leases", fails)
    sweep.register_step("broken step", fails)
    sweep.register_step("step", lambda: done.append("step"))
    sweep.register_duty("broken duty", every=timedelta(hours=1), work=fails)
    sweep.register_duty("duty", every=timedelta(hours=1), work=lambda now: done.append("duty"))
    sweep.sweep()
    assert (again(row).state, done) == ("ACCEPTED", ["step", "duty"])


def test_carries_only_the_lanes_of_its_process(oceafin: Script, app: App, done: list[str]) -> None:
    row = write()
    sweep.sweep(lanes=["papers"])
    assert (again(row).state, oceafin.seen) == ("QUEUED", [])
