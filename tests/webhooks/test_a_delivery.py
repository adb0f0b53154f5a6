from datetime import UTC, datetime

import pytest

from tests.webhooks.sender import Sender, event, to_bytes
from webhooks.models import Event
from webhooks.states import EventState

pytestmark = pytest.mark.django_db


def test_is_kept_and_answered_202(sender: Sender) -> None:
    told = event()
    assert sender.send(told) == 202
    kept = Event.objects.get()
    assert kept.event_id == told["eventId"]
    assert kept.state == EventState.RECEIVED
    assert kept.event_type == "thing.updated"
    assert kept.resource_type == "thing"
    assert kept.resource_id == told["resource"]["resourceId"]
    assert kept.oceafin_customer_id == told["customer"]["customerId"]
    assert kept.partner_customer_ref == "cust-100001"
    assert kept.occurred_at == datetime(2026, 6, 28, tzinfo=UTC)
    assert kept.body == to_bytes(told)


def test_is_kept_sealed(sender: Sender) -> None:
    sender.send(event(data={"iban": "DE02120300000000202051"}))
    assert b"DE02120300000000202051" not in bytes(Event.objects.get().body_sealed)


def test_is_kept_once_however_often_it_comes(sender: Sender) -> None:
    told = event()
    assert {sender.send(told) for _ in range(100)} == {202}
    assert Event.objects.count() == 1
    assert Event.objects.get().tries == 0


def test_is_kept_as_it_came_first(sender: Sender) -> None:
    told = event()
    sender.send(told)
    sender.send({**told, "eventType": "thing.other"})
    assert Event.objects.get().event_type == "thing.updated"
