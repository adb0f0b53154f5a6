"""Its row, held by the database itself, whoever writes; and taken up by one worker, whoever looks."""

import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from backoffice import vault
from tests.waiting import eventually
from tests.webhooks.sender import Sender, event
from tests.webhooks.things import Things
from webhooks import inbox
from webhooks.models import Event
from webhooks.states import EventState

pytestmark = pytest.mark.django_db(transaction=True)


def refused(**changes) -> bool:
    try:
        with transaction.atomic():
            Event.objects.update(**changes)
    except DatabaseError:
        return True
    return False


@pytest.fixture
def kept(sender: Sender) -> Event:
    sender.send(event())
    return Event.objects.get()


def test_is_never_deleted(kept: Event) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.all().delete()


@pytest.mark.parametrize(
    "column", ["event_id", "event_type", "resource_type", "resource_id", "partner_customer_ref", "nonce"]
)
def test_does_not_change_what_oceafin_said(kept: Event, column: str) -> None:
    assert refused(**{column: "other"})


def test_does_not_change_when_it_was_said(kept: Event) -> None:
    assert refused(occurred_at=timezone.now())
    assert refused(received_at=timezone.now())


def test_does_not_change_its_bytes_under_the_same_key(kept: Event) -> None:
    assert refused(body_sealed=b"other")
    key = vault.create_key(purpose="customer").pk
    assert not refused(vault_key=key, body_sealed=vault.seal(key, kept.body, context="event.body"))


@pytest.mark.parametrize("after", [EventState.RECEIVED, EventState.PARKED, EventState.DEAD])
def test_stays_applied(kept: Event, after: EventState) -> None:
    assert not refused(state=EventState.APPLIED)
    assert refused(state=after, reason="why")


def test_is_not_set_aside_without_a_reason(kept: Event) -> None:
    assert refused(state=EventState.IGNORED)
    assert refused(state=EventState.DEAD)


def in_threads(count: int, work) -> None:
    failures: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=guarded) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_is_applied_once_by_however_many_workers(sender: Sender, things: Things) -> None:
    for number in range(30):
        things.known.add(f"t-{number}")
        sender.send(event(resource={"resourceType": "thing", "resourceId": f"t-{number}"}))
    in_threads(6, lambda: inbox.apply_due(worker=threading.current_thread().name))
    assert sorted(things.applied) == sorted(Event.objects.values_list("event_id", flat=True))
    assert not Event.objects.exclude(state=EventState.APPLIED).exists()


def test_is_taken_up_though_its_record_appeared_while_it_was_being_parked(
    sender: Sender, things: Things
) -> None:
    sender.send(event(resource={"resourceType": "thing", "resourceId": "t-1"}))
    looked, may_park = threading.Event(), threading.Event()

    def look_then_wait(told, resource, now):
        outcome = things.apply(told, resource, now)
        looked.set()
        assert may_park.wait(10)
        return outcome

    inbox._HANDLERS["thing"] = inbox.Handler(apply=look_then_wait)

    def create_record() -> None:
        assert looked.wait(10)
        with transaction.atomic():
            things.known.add("t-1")
            inbox.adopt(resource_type="thing", resource_id="t-1")

    def let_park_once_adoption_waits() -> None:
        with connection.cursor() as cursor:

            def waits() -> bool:
                cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                return cursor.fetchone()[0] > 0

            eventually(waits)
        may_park.set()

    jobs = iter([lambda: inbox.apply_due(worker="one", limit=1), create_record, let_park_once_adoption_waits])
    lock = threading.Lock()

    def one_job() -> None:
        with lock:
            job = next(jobs)
        job()

    in_threads(3, one_job)
    assert Event.objects.get().state == EventState.PARKED
    assert Event.objects.get().due_at <= timezone.now() + timedelta(milliseconds=100)
    assert inbox.apply_due(worker="two") == 1
    assert Event.objects.get().state == EventState.APPLIED
