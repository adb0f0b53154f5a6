"""Stands when the database does not: nothing is lost, nothing is promised that was not kept."""

import psycopg
import pytest
from django.db import connection

from backoffice import vault
from tests.webhooks.sender import Sender, event
from tests.webhooks.things import Things
from webhooks import inbox, storing
from webhooks.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


def own_connection() -> psycopg.Connection:
    known = connection.get_connection_params()
    return psycopg.connect(
        host=known.get("host"),
        port=known.get("port"),
        user=known.get("user"),
        password=known.get("password"),
        dbname=known["dbname"],
        autocommit=True,
    )


def our_backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


@pytest.fixture
def database_away():
    """Makes the database unreachable, as a stopped server is, until `come_back` is called."""
    port = connection.settings_dict["PORT"]

    class Switch:
        def go_away(self) -> None:
            connection.close()
            connection.settings_dict["PORT"] = 9

        def come_back(self) -> None:
            connection.settings_dict["PORT"] = port

    switch = Switch()
    yield switch
    switch.come_back()


def test_loses_no_event_to_a_connection_that_was_dropped(sender: Sender) -> None:
    assert sender.send(event()) == 202
    for _ in range(3):
        with own_connection() as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [our_backend()])
        assert sender.send(event()) == 202
    assert Event.objects.count() == 4


def test_loses_no_event_to_a_connection_that_was_closed(sender: Sender) -> None:
    assert sender.send(event()) == 202
    connection.connection.close()
    assert sender.send(event()) == 202
    assert Event.objects.count() == 2


def test_answers_503_while_the_database_is_away(sender: Sender, database_away) -> None:
    told = event()
    database_away.go_away()
    assert [sender.send(told), sender.send(told)] == [503, 503]
    database_away.come_back()
    assert sender.send(told) == 202
    assert Event.objects.get().event_id == told["eventId"]


def test_refuses_forgeries_while_the_database_is_away(sender: Sender, database_away) -> None:
    database_away.go_away()
    assert sender.send(event(), secret="forged") == 401


def test_answers_503_when_the_table_is_locked_for_too_long(sender: Sender) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'")
    with own_connection() as other, other.transaction():
        other.execute("LOCK TABLE webhooks_event")
        assert sender.send(event()) == 503
    assert sender.send(event()) == 202


def test_answers_503_when_the_database_takes_no_writes(sender: Sender) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    assert sender.send(event()) == 503
    assert sender.send(event()) == 202


def test_answers_503_rather_than_keep_an_event_unsealed(sender: Sender, monkeypatch) -> None:
    def broken(*_args, **_kwargs):
        raise vault.SealBroken("None of FIELD_KEYS opens this key.")

    monkeypatch.setattr(storing.vault, "seal", broken)
    assert sender.send(event()) == 503
    assert not Event.objects.exists()


def test_answers_while_an_event_is_being_applied(sender: Sender, things: Things) -> None:
    """A long application locks its event's row; a delivery of the same event again needs no lock."""
    told = event()
    sender.send(told)
    with own_connection() as other, other.transaction():
        other.execute("SELECT 1 FROM webhooks_event FOR UPDATE")
        assert sender.send(told) == 202
        assert inbox.claim(worker="test") is None
    assert inbox.claim(worker="test")
