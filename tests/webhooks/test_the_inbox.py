import itertools
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from backoffice import vault
from backoffice.audit import Actor, timeline_of
from backoffice.oceafin.wire import Answer, NoAnswer, Problem
from tests.webhooks.sender import Sender, event
from tests.webhooks.things import Things
from webhooks import inbox
from webhooks.models import Event
from webhooks.states import EventState

pytestmark = pytest.mark.django_db(transaction=True)


def about(resource_id: str, *, occurred_at: str = "2026-06-28T00:00:00Z", status: str = "") -> dict:
    return event(
        resource={"resourceType": "thing", "resourceId": resource_id},
        occurredAt=occurred_at,
        data={"status": status},
    )


def work() -> int:
    return inbox.apply_due(worker="test")


def let_time_pass(**changes) -> None:
    """Everything that waits is due now, and no lease holds it."""
    Event.objects.update(due_at=timezone.now() - timedelta(seconds=1), leased_until=None, **changes)


def test_applies_what_it_knows(sender: Sender, things: Things) -> None:
    things.known.add("t-1")
    sender.send(about("t-1", status="COMPLETED"))
    assert work() == 1
    assert Event.objects.get().state == EventState.APPLIED
    assert things.said == {"t-1": "COMPLETED"}
    assert work() == 0


def test_writes_who_moved_the_event(sender: Sender, things: Things) -> None:
    things.known.add("t-1")
    sender.send(about("t-1"))
    work()
    entry = timeline_of(Event.objects.get())[-1]
    assert (entry.verb, entry.actor_kind) == ("event.applied", "OCEAFIN")
    assert entry.actor_id == Event.objects.get().event_id


def test_seals_the_body_anew_so_that_erasing_the_customer_erases_it(sender: Sender, things: Things) -> None:
    things.known.add("t-1")
    sender.send(about("t-1", status="PRIVATE"))
    work()
    kept = Event.objects.get()
    assert kept.data == {"status": "PRIVATE"}
    vault.destroy_key(kept.vault_key, now=timezone.now())
    with pytest.raises(vault.KeyDestroyed):
        _ = Event.objects.get().body


def test_applies_what_comes_after_its_customer_was_erased(sender: Sender, things: Things) -> None:
    things.known.add("t-1")
    vault.destroy_key(things.vault_key, now=timezone.now())
    sender.send(about("t-1", status="RETURNED"))
    work()
    assert Event.objects.get().state == EventState.APPLIED
    assert things.said == {"t-1": "RETURNED"}


def test_parks_what_has_no_record_yet(sender: Sender, things: Things) -> None:
    sender.send(about("t-1"))
    work()
    kept = Event.objects.get()
    assert kept.state == EventState.PARKED
    assert kept.reason == "This thing is not known yet."
    assert timedelta(0) < kept.due_at - timezone.now() <= timedelta(minutes=5)


def test_tries_parked_events_again_by_itself(sender: Sender, things: Things) -> None:
    sender.send(about("t-1"))
    work()
    let_time_pass()
    work()
    assert Event.objects.get().state == EventState.PARKED
    things.known.add("t-1")
    let_time_pass()
    work()
    assert Event.objects.get().state == EventState.APPLIED


def test_waits_at_most_five_minutes_between_tries(sender: Sender, things: Things) -> None:
    sender.send(about("t-1"))
    let_time_pass(tries=500)
    work()
    assert Event.objects.get().due_at - timezone.now() <= timedelta(minutes=5)


@pytest.mark.parametrize("by", ["resource", "customer"])
def test_takes_up_at_once_what_waits_for_a_new_record(sender: Sender, things: Things, by: str) -> None:
    sender.send(about("t-1"))
    work()
    assert work() == 0
    with transaction.atomic():
        things.known.add("t-1")
        if by == "resource":
            inbox.adopt(resource_type="thing", resource_id="t-1")
        else:
            inbox.adopt(customer_ref="cust-100001")
        assert Event.objects.get().due_at > timezone.now()
    assert work() == 1
    assert Event.objects.get().state == EventState.APPLIED


def test_leaves_alone_what_waits_for_another_record(sender: Sender, things: Things) -> None:
    sender.send(about("t-1"))
    work()
    with transaction.atomic():
        inbox.adopt(resource_type="thing", resource_id="t-2", customer_ref="cust-200002")
    assert work() == 0


def test_shows_what_is_parked_for_over_a_day(sender: Sender, things: Things) -> None:
    sender.send(about("t-1"))
    work()
    now = timezone.now()
    assert not Event.objects.parked_too_long(now + timedelta(hours=23)).exists()
    assert Event.objects.parked_too_long(now + timedelta(hours=25)).get().resource_id == "t-1"


def test_keeps_an_event_due_when_the_read_fails(sender: Sender, things: Things) -> None:
    things.known.add("t-1")
    things.read_fails = True
    sender.send(about("t-1"))
    for _ in range(5):
        let_time_pass()
        work()
    kept = Event.objects.get()
    assert (kept.state, kept.tries) == (EventState.RECEIVED, 5)
    assert kept.reason == "Oceafin could not be read (503)."
    assert kept.leased_until is None
    things.read_fails = False
    let_time_pass()
    work()
    assert Event.objects.get().state == EventState.APPLIED
    assert Event.objects.get().reason == ""


def test_keeps_an_event_that_our_handling_fails_on(sender: Sender, things: Things) -> None:
    things.known.add("t-1")
    things.breaks = True
    sender.send(about("t-1"))
    work()
    kept = Event.objects.get()
    assert kept.state == EventState.RECEIVED
    assert kept.reason == "Our own handling failed (KeyError); it is tried again."
    let_time_pass(tries=inbox.FAILURES_UNTIL_PARKED - 1)
    work()
    assert Event.objects.get().state == EventState.PARKED
    things.breaks = False
    let_time_pass()
    work()
    assert Event.objects.get().state == EventState.APPLIED


def test_goes_on_behind_an_event_that_fails(sender: Sender, things: Things) -> None:
    things.known.add("t-2")
    sender.send(event(resource={"resourceType": "broken", "resourceId": "b"}))
    sender.send(about("t-2"))
    inbox._HANDLERS["broken"] = inbox.Handler(apply=lambda *_: 1 / 0)
    assert work() == 2
    assert things.applied


def test_undoes_what_a_failing_handler_wrote(sender: Sender, things: Things) -> None:
    def write_and_fail(told, resource, now):
        from backoffice.audit import record

        record(actor=Actor.system("test"), verb="half.done", subject=told, now=now)
        raise KeyError

    inbox._HANDLERS["thing"] = inbox.Handler(apply=write_and_fail)
    sender.send(about("t-1"))
    work()
    assert timeline_of(Event.objects.get()) == []


def test_ignores_kinds_of_resource_that_nobody_knows(sender: Sender, things: Things) -> None:
    sender.send(event(resource={"resourceType": "spaceship", "resourceId": "s"}))
    work()
    kept = Event.objects.get()
    assert kept.state == EventState.IGNORED
    assert kept.reason == "We do not know this kind of resource: spaceship."


def test_ignores_what_names_no_resource(sender: Sender, things: Things) -> None:
    sender.send(event(resource=None))
    work()
    assert Event.objects.get().reason == "It does not say what it is about."


def test_hands_unknown_kinds_to_the_fallback(sender: Sender, things: Things) -> None:
    inbox.register_fallback(inbox.Handler(apply=lambda *_: inbox.Applied()))
    sender.send(event(resource={"resourceType": "spaceship", "resourceId": "s"}))
    work()
    assert Event.objects.get().state == EventState.APPLIED


def test_lets_the_newest_word_stand_in_every_order(sender: Sender, things: Things) -> None:
    words = ["ONE", "TWO", "THREE", "FOUR"]
    for number, order in enumerate(itertools.permutations(range(4))):
        things.known.add(f"t-{number}")
        for place in order:
            sender.send(about(f"t-{number}", occurred_at=f"2026-06-28T00:00:0{place}Z", status=words[place]))
    while work():
        pass
    assert set(things.said.values()) == {"FOUR"}
    assert len(things.said) == 24
    assert Event.objects.filter(state__in=[EventState.APPLIED, EventState.IGNORED]).count() == 96


def test_reads_with_no_transaction_open(sender: Sender, things: Things) -> None:
    open_while_reading = []

    def read(told, read):
        open_while_reading.append(connection.in_atomic_block)
        return None

    inbox._HANDLERS["thing"] = inbox.Handler(read=read, apply=things.apply)
    sender.send(about("t-1"))
    work()
    assert open_while_reading == [False]


def test_does_not_apply_what_another_worker_has(sender: Sender, things: Things) -> None:
    things.known.add("t-1")
    sender.send(about("t-1"))
    assert inbox.claim(worker="one")
    assert inbox.claim(worker="two") is None


def test_takes_up_what_a_dead_worker_left(sender: Sender, things: Things) -> None:
    things.known.add("t-1")
    sender.send(about("t-1"))
    woke_late = inbox.claim(worker="died")
    Event.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert work() == 1
    inbox.process(woke_late)
    assert len(things.applied) == 1


@pytest.mark.parametrize("why", ["unknown yet", "not readable", "our own defect"])
def test_leaves_an_event_with_the_worker_who_has_it_now(sender: Sender, things: Things, why: str) -> None:
    things.read_fails, things.breaks = why == "not readable", why == "our own defect"
    sender.send(about("t-1"))
    woke_late = inbox.claim(worker="died")
    Event.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert inbox.claim(worker="at work") is not None
    inbox.process(woke_late)
    kept = Event.objects.get()
    assert (kept.leased_by, kept.state, kept.reason) == ("at work", "RECEIVED", "")


def test_parks_again_what_is_parked_without_a_word_in_the_trail(sender: Sender, things: Things) -> None:
    sender.send(about("t-1"))
    for _ in range(3):
        work()
        let_time_pass()
    kept = Event.objects.get()
    assert (kept.state, kept.tries) == ("PARKED", 3)
    assert [entry.verb for entry in timeline_of(kept)] == ["event.parked"]


def test_is_tried_again_when_a_person_asks(sender: Sender, things: Things, staff_actor: Actor) -> None:
    sender.send(event(resource={"resourceType": "spaceship", "resourceId": "s"}))
    sender.send(about("t-1"))
    work()
    inbox.register_fallback(inbox.Handler(apply=lambda *_: inbox.Applied()))
    things.known.add("t-1")
    for kept in Event.objects.all():
        inbox.apply_again(kept, actor=staff_actor, now=timezone.now())
    assert work() == 2
    assert set(Event.objects.values_list("state", flat=True)) == {EventState.APPLIED}
    for kept in Event.objects.all():
        with pytest.raises(inbox.NothingToApply):
            inbox.apply_again(kept, actor=staff_actor, now=timezone.now())
        assert "event.asked_again" in [entry.verb for entry in timeline_of(kept)]


def test_buries_an_event_whose_body_was_erased(sender: Sender, things: Things) -> None:
    sender.send(about("t-1"))
    key = vault.create_key(purpose="customer")
    kept = Event.objects.get()
    Event.objects.update(vault_key=key.pk, body_sealed=vault.seal(key, kept.body, context="event.body"))
    vault.destroy_key(key, now=timezone.now())
    things.known.add("t-1")
    work()
    assert Event.objects.get().state == EventState.DEAD


@pytest.mark.parametrize(
    "reply",
    [
        Problem(404, "PARTNER_RESOURCE_NOT_FOUND"),
        Problem(503),
        NoAnswer("nothing came", True),
        Answer(200, {}, b"[]", []),
    ],
)
def test_takes_nothing_but_an_object_for_a_resource(reply) -> None:
    with pytest.raises(inbox.ReadFailed):
        inbox.resource_of(reply)


def test_takes_an_object_for_a_resource() -> None:
    assert inbox.resource_of(Answer(200, {}, b"", {"status": "X"})) == {"status": "X"}


def test_loses_none_of_what_was_answered_2xx(sender: Sender, things: Things) -> None:
    things.known.add("t-1")
    answered = [
        sender.send(about("t-1")),
        sender.send(about("t-2")),
        sender.send(event(resource=None)),
        sender.send(b"not json"),
        sender.send({"noEventId": 1}),
    ]
    assert answered == [202] * 5
    work()
    states = list(Event.objects.values_list("state", flat=True))
    assert sorted(states) == sorted(["APPLIED", "PARKED", "IGNORED", "DEAD", "DEAD"])
