from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from backoffice.audit import Actor, timeline_of
from backoffice.oceafin import kinds
from backoffice.oceafin.models import Attempt, Submission
from backoffice.references import NoReference, ReferenceTaken
from backoffice.staff.errors import NotAllowed
from customers import services, submission
from customers.models import Customer
from tests.customers.conftest import (
    ID,
    OTHER_ID,
    SYSTEM,
    T0,
    deliver,
    fresh,
    known_customer,
    make_customer,
    say,
)
from tests.oceafin.scripted import Script, answer, lost

pytestmark = pytest.mark.django_db(transaction=True)


def test_is_told_to_oceafin_and_gets_its_id_there(oceafin: Script) -> None:
    oceafin.posts.append(answer(customerId=ID, partnerCustomerRef="cust-1", status="DRAFT", updatedAt=T0))
    customer = make_customer(metadata={"tier": "gold"})
    deliver()
    customer = fresh(customer)
    assert (str(customer.oceafin_customer_id), customer.oceafin_status) == (ID, "DRAFT")
    assert oceafin.sent[0].key == "cust-1:create"
    assert b'"displayName":"Ada Example","metadata":{"tier":"gold"}' in oceafin.sent[0].body


def test_is_taken_in_once_when_two_ask_at_once() -> None:
    barrier = Barrier(2)

    def ask(name: str) -> str:
        barrier.wait(10)
        try:
            make_customer("cust-1", display_name=name)
            return "made"
        except ReferenceTaken as taken:
            return f"taken {taken.existing.pk}"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(ask, ["Ada", "Bob"]))
    assert answers == ["made", f"taken {Customer.objects.get().pk}"]
    assert Submission.objects.count() == 1


@pytest.mark.parametrize("ref", ["", "a b", "a/b", "ä", "x" * 65, "a\n"])
def test_is_not_taken_in_under_a_reference_that_is_none(ref: str) -> None:
    with pytest.raises(NoReference):
        make_customer(ref)
    customer = make_customer("good")
    with pytest.raises(DatabaseError), transaction.atomic():
        Customer.objects.filter(pk=customer.pk).update(partner_customer_ref=ref)


def test_keeps_its_reference_and_its_id_at_oceafin_for_ever() -> None:
    customer = known_customer()
    changes = [
        {"partner_customer_ref": "other"},
        {"oceafin_customer_id": OTHER_ID},
        {"oceafin_customer_id": None},
    ]
    for change in changes:
        with pytest.raises(DatabaseError), transaction.atomic():
            Customer.objects.filter(pk=customer.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Customer.objects.all().delete()


def test_is_held_for_a_person_when_oceafin_gives_another_id(oceafin: Script) -> None:
    oceafin.posts.append(answer(customerId=ID, status="DRAFT"))
    customer = make_customer()
    deliver()
    oceafin.posts.clear()
    oceafin.posts.append(answer(customerId=OTHER_ID, status="APPROVED"))
    services.ask_again(customer, actor=SYSTEM, now=timezone.now() - timedelta(seconds=1))
    deliver()
    assert Submission.objects.get(kind="customer.poll").state == "HELD"
    assert (str(fresh(customer).oceafin_customer_id), fresh(customer).oceafin_status) == (ID, "DRAFT")


def test_is_held_when_its_id_belongs_to_another_customer(oceafin: Script) -> None:
    oceafin.posts.append(answer(customerId=ID, status="DRAFT"))
    make_customer("one")
    make_customer("two")
    deliver()
    assert sorted(Submission.objects.values_list("state", flat=True)) == ["ACCEPTED", "HELD"]


def test_sends_nothing_while_it_is_restricted(oceafin: Script, lead: Actor) -> None:
    customer = make_customer()
    services.change_standing(
        customer, standing="RESTRICTED", reason="Court order", actor=lead, now=timezone.now()
    )
    deliver()
    assert oceafin.sent == []
    assert "restrict" in Submission.objects.get().waits_for


def test_is_restricted_only_by_somebody_who_may(reviewer: Actor) -> None:
    with pytest.raises(NotAllowed):
        services.change_standing(
            make_customer(), standing="RESTRICTED", reason="No", actor=reviewer, now=timezone.now()
        )


def test_says_why_no_money_may_leave(lead: Actor) -> None:
    customer = make_customer("new")
    assert "does not know" in customer.refusal_reason()
    approved = known_customer("approved")
    assert approved.may_send_money_out()
    services.change_standing(approved, standing="RESTRICTED", reason="Police", actor=lead, now=timezone.now())
    assert "restricted" in fresh(approved).refusal_reason()
    assert fresh(approved).standing_reason == "Police"
    assert "SUSPENDED" in known_customer("suspended", status="SUSPENDED").refusal_reason()


def test_keeps_the_reason_of_its_standing_out_of_the_trail(lead: Actor) -> None:
    customer = make_customer()
    services.change_standing(
        customer, standing="RESTRICTED", reason="Suspect", actor=lead, now=timezone.now()
    )
    entry = timeline_of(customer)[-1]
    assert entry.facts == {"from": "ACTIVE", "to": "RESTRICTED"}
    assert "Suspect" not in str(vars(entry))


def test_is_asked_about_with_the_bytes_of_its_creation_and_once_at_a_time(oceafin: Script) -> None:
    oceafin.posts.append(answer(customerId=ID, status="SUBMITTED", updatedAt=T0))
    customer = make_customer(display_name="Zoë")
    deliver()
    asked_at = timezone.now() - timedelta(seconds=1)
    services.ask_again(customer, actor=SYSTEM, now=asked_at)
    with pytest.raises(services.AlreadyAsking):
        services.ask_again(customer, actor=SYSTEM, now=asked_at)
    deliver()
    create, poll = oceafin.sent
    assert poll.key == "cust-1:create:poll:1"
    assert poll.body == create.body


def test_is_polled_hourly_then_ever_more_rarely_and_never_when_final(oceafin: Script) -> None:
    oceafin.posts.append(answer(customerId=ID, status="PROCESSING", updatedAt=T0))
    customer = make_customer()
    deliver()
    waits = []
    for _ in range(7):
        due_at = timezone.now() - timedelta(seconds=1)
        Customer.objects.filter(pk=customer.pk).update(poll_due_at=due_at)
        assert services.poll_due_customers(due_at) == 1
        deliver()
        waits.append(round((fresh(customer).poll_due_at - timezone.now()) / timedelta(hours=1)))
    assert waits == [2, 4, 8, 16, 24, 24, 24]
    say(customer, "CLOSED", timezone.now())
    assert fresh(customer).poll_due_at is None


def test_keeps_only_its_last_settled_poll(oceafin: Script) -> None:
    oceafin.posts.append(answer(customerId=ID, status="PROCESSING", updatedAt=T0))
    customer = make_customer()
    deliver()
    for _ in range(3):
        services.ask_again(customer, actor=SYSTEM, now=timezone.now() - timedelta(seconds=1))
        deliver()
    assert [row.key for row in Submission.objects.filter(kind="customer.poll")] == ["cust-1:create:poll:3"]
    with pytest.raises(DatabaseError), transaction.atomic():
        Attempt.objects.filter(submission__kind="customer.create").delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        Submission.objects.filter(kind="customer.create").delete()


def test_is_sent_again_under_the_same_key_when_the_answer_was_lost(oceafin: Script) -> None:
    oceafin.posts.extend([lost, answer(200, customerId=ID, status="DRAFT")])
    customer = make_customer()
    deliver()
    Submission.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    deliver()
    assert fresh(customer).is_known_to_oceafin
    assert len({(one.key, one.body) for one in oceafin.sent}) == 1


def test_tells_those_who_wait_for_its_id(oceafin: Script, monkeypatch) -> None:
    told = []
    monkeypatch.setattr(services.statuses, "_KNOWN_LISTENERS", [])
    services.on_known(lambda customer, now: told.append(str(customer.oceafin_customer_id)))
    oceafin.posts.append(answer(customerId=ID, status="DRAFT"))
    make_customer()
    deliver()
    assert told == [ID]


def test_answers_an_id_that_is_no_id_with_asking_again(oceafin: Script) -> None:
    oceafin.posts.append(answer(customerId="not-a-uuid", status="DRAFT"))
    customer = make_customer()
    deliver()
    assert submission.create_submission(customer).state == "UNCONFIRMED"
    assert kinds.named("customer.create").look is None
