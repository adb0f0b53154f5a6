"""Where two things go wrong for one letter: what is known of it is never thrown away, and nothing is doubled."""

import dataclasses
from datetime import timedelta

import pytest
from django.utils import timezone

from backoffice.oceafin import breaker, kinds, outbox, recovery
from backoffice.oceafin.models import Submission
from tests.oceafin.conftest import App, again, deliver, make_due, write
from tests.oceafin.scripted import Script, answer, lost, problem

pytestmark = pytest.mark.django_db(transaction=True)
TAKEN = answer(thingId="t-1", status="SUBMITTED")
NOT_THERE = problem(404, "PARTNER_RESOURCE_NOT_FOUND")


def run_out(*rows: Submission) -> None:
    """The workers that hold these rows have not been heard of for too long."""
    long_ago = timezone.now() - timedelta(seconds=1)
    Submission.objects.filter(pk__in=[row.pk for row in rows]).update(leased_until=long_ago)


def test_is_not_called_off_while_its_acceptance_waits_to_be_settled(oceafin: Script, app: App) -> None:
    oceafin.posts.append(TAKEN)
    oceafin.gets.append(NOT_THERE)
    row = write()
    app.breaks = True
    deliver()
    app.breaks = False
    app.gate = kinds.Withdraw("The quote ran out.")
    make_due(row)
    deliver()
    assert again(row).state == "QUEUED"
    make_due(row)
    recovery.settle_late_replies()
    assert (again(row).state, app.words) == ("ACCEPTED", ["Accepted"])


def test_remembers_when_it_left_though_our_own_handling_failed(oceafin: Script, app: App) -> None:
    """Its key grows old from then on."""
    oceafin.posts.append(TAKEN)
    row = write()
    app.breaks = True
    deliver()
    assert again(row).first_left_at is not None


def test_is_not_refused_beside_an_acceptance_that_came_late(oceafin: Script, app: App) -> None:
    oceafin.posts.extend([TAKEN, problem(409, "PARTNER_QUOTE_EXPIRED")])
    oceafin.gets.append(NOT_THERE)
    row = write()
    late = outbox.claim(lane="money", worker="asleep")
    assert late is not None
    run_out(row)
    recovery.recover_leases()
    make_due(row)
    second = outbox.claim(lane="money", worker="awake")
    assert second is not None
    outbox.deliver(late)
    outbox.deliver(second)
    assert again(row).state == "UNCONFIRMED"
    make_due(row)
    recovery.settle_late_replies()
    assert again(row).state == "ACCEPTED"


def test_does_not_keep_others_from_being_taken_back(oceafin: Script, app: App, monkeypatch) -> None:
    first, second = write(), write()
    told = []

    def settle(submission: Submission, outcome: kinds.Outcome, now: object) -> None:
        if submission.pk == first.pk:
            raise RuntimeError("a defect of ours")
        told.append(submission.pk)

    monkeypatch.setitem(
        kinds._KINDS, "thing.pay", dataclasses.replace(kinds.named("thing.pay"), settle=settle)
    )
    for _ in range(2):
        outbox.claim(lane="money", worker="dead")
    run_out(first, second)
    recovery.recover_leases()
    assert told == [second.pk]
    assert again(second).state == "UNCONFIRMED"


def test_whose_worker_died_says_nothing_about_oceafin(oceafin: Script, app: App) -> None:
    """Four workers of ours died, and one answer was lost: that is not five times silence."""
    rows = [write() for _ in range(4)]
    for _ in rows:
        outbox.claim(lane="money", worker="dead")
    run_out(*rows)
    recovery.recover_leases()
    oceafin.posts.append(lost)
    write()
    deliver()
    assert not breaker.is_open()
