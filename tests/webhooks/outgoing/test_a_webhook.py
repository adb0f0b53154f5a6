"""A webhook of ours: signed as the specification says, sent until it was taken, and never lost."""

import json
import re
import threading
from datetime import UTC, datetime, timedelta

import pytest
import standardwebhooks
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from backoffice import vault
from backoffice.local.receiver import verified
from tests.people import actor
from tests.waiting import eventually, somebody_waits_for_us
from tests.webhooks.outgoing.conftest import again, announce
from tests.webhooks.outgoing.receiver import Receiver, receiving
from webhooks import outgoing
from webhooks.outgoing import delivering, services, signing
from webhooks.outgoing.announcing import CannotAnnounce
from webhooks.outgoing.models import Attempt, Delivery, Endpoint, Message

pytestmark = pytest.mark.django_db(transaction=True)


def let_time_pass(**changes) -> None:
    """Everything that waits is due now, and nothing holds it."""
    Delivery.objects.update(due_at=timezone.now() - timedelta(seconds=1), leased_until=None, **changes)
    Endpoint.objects.update(resting_until=None)


def secret_of(endpoint: Endpoint) -> str:
    return endpoint.secrets(timezone.now())[0]


def test_is_verified_by_the_librarys_own_receiver(endpoint: Endpoint, receiver: Receiver) -> None:
    announce(name="Zoë 李")
    assert delivering.deliver_due() == 1
    headers, body = receiver.taken[0]
    read = standardwebhooks.Webhook(secret_of(endpoint)).verify(body, headers)
    assert read == json.loads(body)
    assert (read["type"], read["data"]) == ("thing.moved", {"state": "MOVED", "name": "Zoë 李"})
    assert headers["content-type"] == "application/json"
    assert (Delivery.objects.get().state, again(endpoint).delivered_at is not None) == ("DELIVERED", True)


def test_is_verified_by_the_receiver_to_try_it_with(endpoint: Endpoint, receiver: Receiver) -> None:
    announce()
    delivering.deliver_due()
    headers, body = receiver.taken[0]
    now = timezone.now().timestamp()
    assert verified(secret_of(endpoint), headers, body, now=now)
    assert not verified(secret_of(endpoint), headers, body + b" ", now=now)
    assert not verified(secret_of(endpoint), headers, body, now=now + 400)
    assert not verified(signing.new_secret(), headers, body, now=now)


def test_is_signed_as_the_page_for_receivers_shows() -> None:
    page = (settings.BASE_DIR / "docs" / "webhooks.md").read_text()
    secret = re.search(r"whsec_[A-Za-z0-9+/=]+", page.split("test vector")[1]).group()
    headers = dict(re.findall(r"^(webhook-[a-z]+): (.+)$", page, re.M))
    body = re.search(r"^\{.*\}$", page, re.M).group().encode()
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    assert signing.headers([secret], message_id=headers["webhook-id"], now=at, body=body) == headers
    theirs = standardwebhooks.Webhook(secret).sign(headers["webhook-id"], at, body.decode())
    assert theirs == headers["webhook-signature"]


def test_is_refused_by_it_when_a_byte_was_changed(endpoint: Endpoint, receiver: Receiver) -> None:
    announce()
    delivering.deliver_due()
    headers, body = receiver.taken[0]
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(secret_of(endpoint)).verify(body + b" ", headers)


def test_is_signed_by_both_secrets_while_one_takes_over(endpoint: Endpoint, receiver: Receiver, ada) -> None:
    old = secret_of(endpoint)
    new = services.rotate_secret(endpoint, actor=actor(ada), now=timezone.now())
    announce()
    delivering.deliver_due()
    headers, body = receiver.taken[0]
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in (old, new):
        standardwebhooks.Webhook(secret).verify(body, headers)
    newest = services.rotate_secret(endpoint, actor=actor(ada), now=timezone.now())
    assert endpoint.secrets(timezone.now()) == [newest, new]
    assert endpoint.secrets(timezone.now() + timedelta(hours=25)) == [newest]


def test_comes_with_the_act_or_not_at_all(endpoint: Endpoint) -> None:
    with pytest.raises(CannotAnnounce):
        outgoing.announce("thing.moved", None, {}, timezone.now())
    with transaction.atomic():
        outgoing.announce("thing.moved", None, {}, timezone.now())
        transaction.set_rollback(True)
    assert not Message.objects.exists()


def test_of_an_unknown_kind_is_a_mistake_that_shows(endpoint: Endpoint) -> None:
    with pytest.raises(CannotAnnounce):
        announce("thing.unheard_of")


def test_goes_only_where_its_kind_is_wanted(endpoint: Endpoint, receiver: Receiver) -> None:
    Endpoint.objects.update(event_types=["customer.status_changed"])
    assert announce() is None
    Endpoint.objects.update(event_types=["thing.moved"])
    assert announce() is not None


def test_is_sent_again_under_the_same_id_until_it_is_taken(endpoint: Endpoint, receiver: Receiver) -> None:
    announce()
    receiver.status = 500
    assert delivering.deliver_due() == 1
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.reason) == ("PENDING", "Answered 500.")
    assert delivery.due_at > timezone.now()
    assert delivering.deliver_due() == 0
    let_time_pass()
    receiver.status = 200
    assert delivering.deliver_due() == 1
    assert Delivery.objects.get().state == "DELIVERED"
    assert len(set(receiver.ids)) == 1
    assert [each.status_code for each in Attempt.objects.order_by("number")] == [500, 200]
    assert again(endpoint).failing_since is None


def test_waits_as_long_as_the_receiver_asks(endpoint: Endpoint, receiver: Receiver) -> None:
    announce()
    receiver.status, receiver.headers = 429, {"Retry-After": "3600"}
    delivering.deliver_due()
    assert Delivery.objects.get().due_at > timezone.now() + timedelta(minutes=59)


def test_follows_no_redirect(endpoint: Endpoint, receiver: Receiver) -> None:
    with receiving() as elsewhere:
        receiver.status, receiver.headers = 307, {"Location": elsewhere.url}
        announce()
        delivering.deliver_due()
        assert not elsewhere.taken
    assert Delivery.objects.get().reason.startswith("Answered 307: redirects are not followed")


def test_is_given_up_after_its_last_try_and_can_be_sent_again(
    endpoint: Endpoint, receiver: Receiver, ada
) -> None:
    announce()
    receiver.status = 400
    let_time_pass(tries=len(delivering.WAITS))
    delivering.deliver_due()
    delivery = Delivery.objects.get()
    assert delivery.state == "FAILED"
    receiver.status = 204
    services.send_again(delivery, actor=actor(ada), now=timezone.now())
    delivering.deliver_due()
    assert Delivery.objects.get().state == "DELIVERED"


def test_that_was_taken_can_be_sent_once_more(endpoint: Endpoint, receiver: Receiver, ada) -> None:
    announce()
    delivering.deliver_due()
    services.send_again(Delivery.objects.get(), actor=actor(ada), now=timezone.now())
    delivering.deliver_due()
    assert len(receiver.taken) == 2
    assert len(set(receiver.ids)) == 1


def test_stays_when_its_sender_dies_in_the_middle(endpoint: Endpoint, receiver: Receiver) -> None:
    announce()
    assert delivering.claim() is not None
    assert delivering.claim() is None
    let_time_pass()
    assert delivering.deliver_due() == 1
    assert [each.outcome for each in Attempt.objects.order_by("number")] == ["UNANSWERED", "TAKEN"]


def test_is_not_moved_by_a_sender_that_woke_late(endpoint: Endpoint, receiver: Receiver) -> None:
    announce()
    late = delivering.claim()
    let_time_pass()
    delivering.deliver_due()
    receiver.status = 500
    delivering.deliver(late)
    assert Delivery.objects.get().state == "DELIVERED"


def test_is_written_down_while_an_administrator_revokes_its_endpoint(
    endpoint, receiver: Receiver, ada
) -> None:
    announce()
    claimed = delivering.claim()

    def send() -> None:
        try:
            delivering.deliver(claimed)
        finally:
            connection.close()

    sender = threading.Thread(target=send)
    with transaction.atomic():
        Endpoint.objects.select_for_update(no_key=True).get()
        sender.start()
        eventually(somebody_waits_for_us)
        services.revoke_endpoint(endpoint, actor=actor(ada), now=timezone.now())
    sender.join(30)
    assert (Delivery.objects.get().state, Attempt.objects.get().outcome) == ("CANCELLED", "TAKEN")


def test_of_an_erased_customer_is_cancelled(endpoint: Endpoint, receiver: Receiver) -> None:
    key = vault.create_key(purpose="customer").pk
    announce(key=key)
    vault.destroy_key(key, now=timezone.now())
    assert delivering.deliver_due() == 0
    assert (Delivery.objects.get().state, receiver.taken) == ("CANCELLED", [])


def damage(table: str, column: str) -> None:
    """What a disk may do, past every guard of the database's: the first row's bytes are others."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(f"UPDATE {table} SET {column} = 'x' WHERE id = (SELECT min(id) FROM {table})")
        cursor.execute("SET session_replication_role = origin")


def test_whose_bytes_are_damaged_fails_alone(endpoint: Endpoint, receiver: Receiver) -> None:
    announce()
    announce()
    damage("outgoing_message", "body_sealed")
    assert delivering.deliver_due() == 1
    assert [each.state for each in Delivery.objects.order_by("id")] == ["FAILED", "DELIVERED"]


def test_stays_when_the_secret_of_its_endpoint_is_damaged(endpoint: Endpoint, receiver: Receiver) -> None:
    announce()
    damage("outgoing_secret", "sealed")
    assert delivering.deliver_due() == 0
    endpoint.refresh_from_db()
    assert (Delivery.objects.get().state, receiver.taken) == ("PENDING", [])
    assert endpoint.disabled_reason == "Its secret cannot be read. Give it a new one."


def test_waits_behind_a_slow_one_to_the_same_endpoint_alone(endpoint: Endpoint, receiver: Receiver, ada, ben):
    with receiving() as quick:
        other = services.ask_endpoint(
            name="Quick", url=quick.url, event_types=(), actor=actor(ada), now=timezone.now()
        )
        services.confirm_endpoint(other, actor=actor(ben), now=timezone.now())
        services.issue_secret(other, actor=actor(ada), now=timezone.now())
        receiver.hold = threading.Event()
        announce()
        announce()

        def send() -> None:
            try:
                delivering.deliver_due()
            finally:
                connection.close()

        slow = threading.Thread(target=send)
        slow.start()
        eventually(lambda: len(receiver.taken) == 1)
        delivering.deliver_due()
        assert (len(quick.taken), len(receiver.taken)) == (2, 1)
        receiver.hold.set()
        slow.join()
    assert Delivery.objects.filter(state="DELIVERED").count() == 4


def test_is_sent_by_a_thread_of_its_own(endpoint: Endpoint, receiver: Receiver) -> None:
    announce()
    delivering.sender.wake()
    eventually(lambda: Delivery.objects.get().state == "DELIVERED")
