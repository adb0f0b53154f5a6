import hashlib
import io
import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.webhooks.sender import PATH, Sender, event, signed, to_bytes
from webhooks import door
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


def test_is_kept_with_its_evidence(sender: Sender) -> None:
    body = to_bytes(event())
    headers = signed(body)
    sender.send(body, headers=headers)
    kept = Event.objects.get()
    assert [kept.timestamp, kept.nonce, kept.signature] == list(headers.values())
    assert kept.body_sha256 == hashlib.sha256(body).hexdigest()


def test_is_kept_sealed(sender: Sender) -> None:
    sender.send(event(data={"iban": "DE02120300000000202051"}))
    assert b"DE02120300000000202051" not in bytes(Event.objects.get().body_sealed)


def test_is_kept_once_however_often_it_comes(sender: Sender) -> None:
    told = event()
    assert {sender.send(told) for _ in range(100)} == {202}
    assert Event.objects.count() == 1


def test_is_kept_as_it_came_first(sender: Sender) -> None:
    told = event()
    sender.send(told)
    sender.send({**told, "eventType": "thing.other"})
    assert Event.objects.get().event_type == "thing.updated"


@pytest.mark.django_db(transaction=True)
def test_is_kept_once_when_ten_arrive_together() -> None:
    body = to_bytes(event())
    together = threading.Barrier(10)
    answers: list[int] = []

    def deliver() -> None:
        try:
            sender = Sender(Client())
            together.wait()
            answers.extend(sender.send(body) for _ in range(10))
        finally:
            connection.close()

    threads = [threading.Thread(target=deliver) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [202] * 100
    assert Event.objects.count() == 1


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head", "options"])
def test_comes_by_post_alone(client, method: str) -> None:
    response = getattr(client, method)(PATH)
    assert response.status_code == 405
    assert response["Allow"] == "POST"


def test_leaves_other_pages_alone(client) -> None:
    assert client.get("/healthz").status_code == 200


def test_needs_no_cookie_and_leaves_none(client) -> None:
    body = to_bytes(event())
    response = Client(enforce_csrf_checks=True).post(
        PATH, body, content_type="application/json", headers=signed(body)
    )
    assert response.status_code == 202
    assert not response.cookies


# --- what is larger or shorter than it says ------------------------------------------------------------


class Stream(io.BytesIO):
    """A body as a server hands it on; remembers how much was taken from it."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        part = super().read(min(size or 0, 1000) if size and size > 0 else size)
        self.taken += len(part)
        return part


def post_raw(stream: Any, headers: dict[str, str], **environ: Any) -> int:
    """As a WSGI server calls us, without the test client's own bookkeeping of lengths."""
    names = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    return door.receive({"wsgi.input": stream, **names, **environ}, now=datetime.now(UTC)).status_code


def padded(size: int) -> bytes:
    head = to_bytes(event())[:-1] + b', "pad": "'
    return head + b"x" * (size - len(head) - 2) + b'"}'


def test_is_taken_up_to_256_kib(sender: Sender) -> None:
    assert sender.send(padded(256 * 1024)) == 202
    assert Event.objects.count() == 1


def test_is_refused_above_256_kib_without_being_read(sender: Sender) -> None:
    body = padded(256 * 1024 + 1)
    assert sender.send(body) == 413
    stream = Stream(body)
    assert post_raw(stream, signed(body), CONTENT_LENGTH=str(len(body))) == 413
    assert stream.taken == 0
    assert not Event.objects.exists()


@pytest.mark.parametrize("length", ["9" * 400, "0" * 400 + "999999999"])
def test_is_refused_for_an_absurd_length(length: str) -> None:
    assert post_raw(Stream(), signed(b""), CONTENT_LENGTH=length) == 413


@pytest.mark.parametrize("length", ["-1", "1e3", "0x10", "٣", " ", "12,12"])
def test_is_refused_for_an_unreadable_length(length: str) -> None:
    assert post_raw(Stream(b"{}"), signed(b"{}"), CONTENT_LENGTH=length) == 400


def test_is_taken_in_chunks() -> None:
    body = to_bytes(event())
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    assert post_raw(Stream(body), signed(body), **chunked) == 202
    assert Event.objects.get().body == body


def test_is_refused_in_chunks_above_256_kib_as_soon_as_that_shows() -> None:
    stream = Stream(padded(2 * 1024 * 1024))
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    assert post_raw(stream, signed(b""), **chunked) == 413
    assert stream.taken == 256 * 1024 + 1


def test_is_refused_in_chunks_by_a_server_that_does_not_know_their_end() -> None:
    assert post_raw(Stream(b"{}"), signed(b"{}"), HTTP_TRANSFER_ENCODING="chunked") == 411


def test_is_refused_when_it_stops_short() -> None:
    body = to_bytes(event())
    assert post_raw(Stream(body[:-9]), signed(body), CONTENT_LENGTH=str(len(body))) == 400
    assert not Event.objects.exists()


def test_is_refused_when_the_sender_goes_away() -> None:
    class Broken:
        def read(self, _size: int) -> bytes:
            raise ConnectionResetError

    assert post_raw(Broken(), signed(b"x"), CONTENT_LENGTH="1") == 400


# --- genuine, and odd ----------------------------------------------------------------------------------

UNREADABLE = {
    "nothing": b"",
    "no JSON": b"hello",
    "half of it": to_bytes(event())[:-5],
    "invalid UTF-8": b'{"eventId": "\xff\xfe"}',
    "an array": b"[]",
    "a text": b'"e-1"',
    "a number": b"7",
    "null": b"null",
    "no eventId": to_bytes({"eventType": "x"}),
    "eventId null": to_bytes(event(eventId=None)),
    "eventId a number": to_bytes(event(eventId=7)),
    "eventId an object": to_bytes(event(eventId={})),
    "eventId empty": to_bytes(event(eventId="")),
    "eventId blank": to_bytes(event(eventId="  ")),
    "eventId with NUL": to_bytes(event(eventId="e\0")),
    "eventId with half a surrogate": b'{"eventId": "\\ud800"}',
    "eventId with a line break": to_bytes(event(eventId="e\n1")),
    "nested deep": b'{"a":' * 50_000,
    "arrays nested deep": b"[" * 200_000,
}


@pytest.mark.parametrize("oddity", UNREADABLE)
def test_is_kept_dead_when_it_has_no_id(sender: Sender, oddity: str) -> None:
    body = UNREADABLE[oddity]
    assert [sender.send(body), sender.send(body)] == [202, 202]
    kept = Event.objects.get()
    assert kept.event_id == f"sha256:{hashlib.sha256(body).hexdigest()}"
    assert kept.state == EventState.DEAD
    assert kept.reason
    assert kept.body == body


ODD = {
    "eventId no uuid": event(eventId="evt_1"),
    "unknown type": event(eventType="moon.landed"),
    "type null": event(eventType=None),
    "type a number": event(eventType=9),
    "type endless": event(eventType="x" * 5000),
    "type with NUL": event(eventType="a\0b"),
    "type with half a surrogate": event(eventType="a\udc00b"),
    "customer a text": event(customer="cust"),
    "customer null": event(customer=None),
    "customer of odd types": event(customer={"customerId": 1, "partnerCustomerRef": []}),
    "resource a list": event(resource=[1, 2]),
    "resource of odd types": event(resource={"resourceType": {}, "resourceId": 5.5}),
    "occurredAt null": event(occurredAt=None),
    "occurredAt a number": event(occurredAt=1_782_604_800),
    "occurredAt no day": event(occurredAt="2026-02-31T00:00:00Z"),
    "occurredAt far away": event(occurredAt="9999-12-31T23:59:59-23:00"),
    "occurredAt long ago": event(occurredAt="0001-01-01T00:00:00Z"),
    "data null": event(data=None),
    "data a list": event(data=[{}]),
    "more fields": event(extra={"a": [1]}),
    "other alphabets": event(customer={"customerId": "ж", "partnerCustomerRef": "客户"}),
}


@pytest.mark.parametrize("oddity", ODD)
def test_is_kept_however_odd_its_fields(sender: Sender, oddity: str) -> None:
    assert sender.send(ODD[oddity]) == 202
    kept = Event.objects.get()
    assert kept.state == EventState.RECEIVED
    assert kept.event_id == ODD[oddity]["eventId"]
    assert kept.happened_at
    assert isinstance(kept.data, dict)
    assert kept.body == to_bytes(ODD[oddity])


def test_is_kept_with_a_number_of_any_size(sender: Sender) -> None:
    assert sender.send(b'{"eventId": "e-1", "data": {"n": ' + b"9" * 10_000 + b', "f": 1e999999}}') == 202
    assert Event.objects.get().state == EventState.RECEIVED
    assert Event.objects.get().data["f"] == "1e999999"


def test_is_kept_once_under_an_id_of_any_length(sender: Sender) -> None:
    told = event(eventId="e" * 4000)
    assert [sender.send(told), sender.send({**told, "data": {"second": "try"}})] == [202, 202]
    assert Event.objects.get().state == EventState.RECEIVED


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner),
    max_leaves=5,
)
objects = st.dictionaries(
    st.sampled_from(["eventId", "eventType", "customer", "resource", "occurredAt", "data"])
    | st.text(max_size=3),
    json_values
    | st.dictionaries(
        st.sampled_from(["customerId", "partnerCustomerRef", "resourceType", "resourceId"]), json_values
    ),
)


@hypothesis_settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=st.binary(max_size=200) | objects.map(to_bytes))
def test_is_never_lost_and_never_an_error(sender: Sender, body: bytes) -> None:
    before = Event.objects.count()
    assert sender.send(body) == 202
    assert Event.objects.count() in {before, before + 1}
    sha256 = hashlib.sha256(body).hexdigest()
    assert Event.objects.filter(body_sha256=sha256).exists() or Event.objects.count() == before
