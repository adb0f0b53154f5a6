"""Where two things go wrong for one letter: what is known of it is never thrown away, and nothing is doubled."""

import dataclasses
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from backoffice.audit import Actor
from backoffice.oceafin import breaker, by_hand, kinds, outbox, recovery
from backoffice.oceafin.models import Submission
from backoffice.staff.roles import Right, Role
from tests.oceafin.conftest import App, again, age, deliver, make_due, write
from tests.oceafin.scripted import Script, answer, lost, problem
from tests.people import person

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


# --- By hand ------------------------------------------------------------------------------------------------------


def unanswered(oceafin: Script, kind: str = "thing.pay", lane: str = "money") -> Submission:
    oceafin.posts.append(lost)
    row = write(kind)
    deliver(lane)
    assert again(row).state == "UNCONFIRMED"
    return row


def look(row: Submission) -> kinds.Sight:
    by = Actor.staff(person(Role.OPERATIONS_LEAD))
    return by_hand.look_now(row, right=Right.RELEASE_HELD, actor=by, now=timezone.now())


def send(row: Submission) -> None:
    by = Actor.staff(person(Role.OPERATIONS_LEAD))
    by_hand.send_again(row, right=Right.RELEASE_HELD, actor=by, note="again", now=timezone.now())


def stop(row: Submission) -> None:
    with transaction.atomic():
        by_hand.stop(row, reason="Two people look.", now=timezone.now())


@pytest.mark.parametrize("act", [look, send, stop])
def test_is_left_alone_while_a_worker_carries_it(oceafin: Script, app: App, act) -> None:
    """What the worker is about to learn would come too late for whoever closed it."""
    row = unanswered(oceafin)
    oceafin.gets.append(NOT_THERE)
    make_due(row)
    assert outbox.claim(lane="money", worker="at work") is not None
    before = again(row)
    with pytest.raises(by_hand.BeingTried):
        act(row)
    after = again(row)
    assert (after.state, after.lease_number, after.leased_until) == (
        before.state,
        before.lease_number,
        before.leased_until,
    )
    run_out(row)
    act(row)


@pytest.mark.parametrize("act", [look, send, stop])
def test_is_no_persons_matter_while_it_goes_on_by_itself_or_once_it_is_known(
    oceafin: Script, app: App, act
) -> None:
    oceafin.posts.append(TAKEN)
    row = write()
    for state in ("QUEUED", "ACCEPTED"):
        with pytest.raises(by_hand.NotInDoubt):
            act(row)
        assert again(row).state == state
        deliver()


def test_cannot_be_looked_for_where_nothing_shows_it(oceafin: Script, app: App) -> None:
    row = unanswered(oceafin, "thing.paper", "papers")
    with pytest.raises(by_hand.CannotLook):
        look(row)


def meanwhile(app: App, act: Callable[[], object]) -> None:
    """It happens while a person looks, whose lease has run out."""

    def slowly(submission: Submission, read: kinds.Read) -> kinds.Sight:
        run_out(submission)
        act()
        return app.look(submission, read)

    kinds.register(dataclasses.replace(kinds.named("thing.pay"), look=slowly))


def test_that_is_closed_while_a_person_looks_stays_closed(oceafin: Script, app: App) -> None:
    row = unanswered(oceafin)
    oceafin.gets.append(answer(200, thingId="t-1"))

    def two_people_close_it() -> None:
        with transaction.atomic():
            by_hand.close(by_hand.locked_in_doubt(row), reason="It never arrived.", now=timezone.now())

    meanwhile(app, two_people_close_it)
    assert isinstance(look(row), kinds.Found)
    assert (again(row).state, app.words[-1]) == ("WITHDRAWN", "Withdrawn")


def test_stays_with_the_worker_who_took_it_while_a_person_looked(oceafin: Script, app: App) -> None:
    row = unanswered(oceafin)
    oceafin.gets.append(NOT_THERE)

    def a_worker_takes_it() -> None:
        recovery.recover_leases()
        make_due(row)
        assert outbox.claim(lane="money", worker="at work") is not None

    meanwhile(app, a_worker_takes_it)
    look(row)
    assert again(row).leased_by == "at work"


# --- What cannot be read, and what cannot be looked for -----------------------------------------------------------


def changed(name: str, **changes: object) -> None:
    kinds.register(dataclasses.replace(kinds.named(name), **changes))  # type: ignore[arg-type]


def breaks(*_about: object) -> kinds.Sight:
    raise RuntimeError("a defect of ours")


@pytest.mark.parametrize("is_ours", [False, True])
def test_is_not_sent_again_while_its_effect_cannot_be_read(oceafin: Script, app: App, is_ours: bool) -> None:
    row = unanswered(oceafin)
    oceafin.gets.append(problem(500, "OUT_OF_ORDER"))
    if is_ours:
        changed("thing.pay", look=breaks)
    make_due(row)
    deliver()
    kept = again(row)
    assert (kept.state, kept.leased_until, len(oceafin.sent)) == ("UNCONFIRMED", None, 1)
    assert kept.due_at > timezone.now()
    assert "could not be read" in kept.waits_for


def test_is_held_where_it_is_called_off_and_nothing_shows_whether_it_arrived(
    oceafin: Script, app: App
) -> None:
    row = unanswered(oceafin, "thing.paper", "papers")
    app.gate = kinds.Withdraw("The case was withdrawn.")
    make_due(row)
    deliver("papers")
    assert (again(row).state, app.words[-1], len(oceafin.sent)) == ("HELD", "Held", 1)


def test_is_held_with_an_old_key_where_nothing_shows_whether_it_arrived(oceafin: Script, app: App) -> None:
    changed("thing.pay", look=None)
    row = unanswered(oceafin)
    age(row, hours=23)
    deliver()
    assert (again(row).state, len(oceafin.sent)) == ("HELD", 1)


def test_is_held_where_it_was_refused_and_nothing_shows_whether_it_arrived(oceafin: Script, app: App) -> None:
    changed("thing.pay", look=None)
    oceafin.posts.extend([lost, problem(400, "PARTNER_VALIDATION_FAILED")])
    row = write()
    deliver()
    make_due(row)
    deliver()
    assert (again(row).state, app.words) == ("HELD", ["Unconfirmed", "Held"])


def test_waits_where_it_is_called_off_while_its_acceptance_waits_to_be_settled(
    oceafin: Script, app: App
) -> None:
    """There is nothing to look for it by: the answer that is kept settles it."""
    changed("thing.pay", look=None)
    oceafin.posts.append(TAKEN)
    row = write()
    app.breaks = True
    deliver()
    app.breaks = False
    app.gate = kinds.Withdraw("The quote ran out.")
    make_due(row)
    deliver()
    assert (again(row).state, app.words) == ("QUEUED", [])
    make_due(row)
    recovery.settle_late_replies()
    assert again(row).state == "ACCEPTED"


def test_is_held_at_once_where_its_answer_cannot_be_true(oceafin: Script, app: App) -> None:
    def contradicts(*_about: object) -> str:
        raise kinds.Contradiction("Another amount than was sent.")

    changed("thing.pay", identify=contradicts)
    oceafin.posts.append(TAKEN)
    row = write()
    deliver()
    assert (again(row).state, again(row).waits_for) == ("HELD", "Another amount than was sent.")


def test_whose_look_was_cut_off_is_looked_for_later(oceafin: Script, app: App) -> None:
    row = unanswered(oceafin)
    tries = again(row).tries
    make_due(row)
    assert outbox.claim(lane="money", worker="dead") is not None
    run_out(row)
    recovery.recover_leases()
    kept = again(row)
    assert (kept.state, kept.leased_until, kept.tries) == ("UNCONFIRMED", None, tries)
    assert kept.due_at > timezone.now()
    assert kept.attempts.order_by("number").last().outcome == "UNREADABLE"  # type: ignore[union-attr]


def test_keeps_the_late_answer_that_our_own_handling_fails_on_again(oceafin: Script, app: App) -> None:
    oceafin.posts.append(TAKEN)
    row, other = write(), write()
    app.breaks = True
    deliver()
    for each in (row, other):
        make_due(each)
    assert recovery.settle_late_replies() == 0
    assert again(row).due_at > timezone.now()
    app.breaks = False
    assert recovery.settle_late_replies() == 0
    for each in (row, other):
        make_due(each)
    assert recovery.settle_late_replies() == 2
    assert app.words == ["Accepted", "Accepted"]
