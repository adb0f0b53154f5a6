"""What /readyz and /metrics tell, to whom, and what makes an installation not ready."""

import re
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from backoffice import health
from backoffice.oceafin import breaker
from tests.webhooks.sender import Sender, event
from webhooks import refusals
from webhooks.models import Event

pytestmark = pytest.mark.django_db


def test_is_ready_with_its_migrations(client) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "database": "ok",
        "migrations_waiting": 0,
        "broker": "ok",
        "breaker": "closed",
        "oldest_due_submission_age": None,
        "oldest_due_event_age": None,
        "last_event_age": None,
    }


def test_is_ready_without_a_broker(client, settings) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:9/0"
    response = client.get("/readyz")
    assert (response.status_code, response.json()["broker"]) == (200, "away")


def test_is_ready_while_sending_is_paused(client) -> None:
    breaker.open_breaker(reason="Oceafin does not know us.", now=timezone.now())
    response = client.get("/readyz")
    assert (response.status_code, response.json()["breaker"]) == (200, "open")


def test_tells_how_long_events_wait(client) -> None:
    Sender(client).send(event())
    Event.objects.update(due_at=timezone.now() - timedelta(minutes=2))
    answer = client.get("/readyz").json()
    assert 120 <= answer["oldest_due_event_age"] < 180
    assert answer["last_event_age"] is not None


def test_is_not_ready_without_its_migrations(client, monkeypatch) -> None:
    monkeypatch.setattr(health, "_migrated", type(health._migrated)())
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'webhooks'")
    response = client.get("/readyz")
    assert (response.status_code, response.json()["migrations_waiting"]) == (503, 1)


def test_is_not_ready_without_its_database(client, monkeypatch) -> None:
    def away(*_args):
        raise DatabaseError("away")

    monkeypatch.setattr(connection, "cursor", away)
    for path in ("/readyz", "/metrics"):
        assert client.get(path).status_code == 503
    assert client.get("/healthz").status_code == 200


def test_counts_what_is_not_applied_and_what_was_refused(client) -> None:
    sender = Sender(client)
    sender.send(event())
    sender.send(b"not json")
    for _ in range(3):
        sender.send(event(), secret="forged")
    refusals.counter.flush()
    response = client.get("/metrics")
    assert response["Content-Type"].startswith("text/plain; version=0.0.4")
    text = response.content.decode()
    for line in [
        'backoffice_events{state="RECEIVED"} 1',
        'backoffice_events{state="DEAD"} 1',
        'backoffice_submissions{lane="money",state="HELD"} 0',
        'backoffice_webhook_refused_total{reason="SIGNATURE_WRONG"} 3',
        "backoffice_breaker_open 0",
    ]:
        assert line in text.splitlines()
    for line in text.splitlines():
        assert re.fullmatch(r"# (HELP|TYPE) backoffice_\w+ .+|backoffice_\w+(\{[^}]+\})? \d+", line)


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"REMOTE_ADDR": "10.0.0.9"},
        {"REMOTE_ADDR": ""},
        {"HTTP_X_FORWARDED_FOR": "198.51.100.7"},
        {"HTTP_FORWARDED": "for=198.51.100.7"},
    ],
)
def test_shows_its_numbers_to_this_machine_alone(client, elsewhere) -> None:
    assert client.get("/metrics", **elsewhere).status_code == 403


def test_shows_its_numbers_to_who_has_the_token(client, settings) -> None:
    settings.METRICS_TOKEN = "token-for-prometheus"
    bearer = {"Authorization": "Bearer token-for-prometheus"}
    assert client.get("/metrics", headers=bearer, REMOTE_ADDR="10.0.0.9").status_code == 200
    for wrong in ("", "Bearer ", "Bearer token", "token-for-prometheus", "Bearer tökén"):
        assert client.get("/metrics", headers={"Authorization": wrong}).status_code == 403
