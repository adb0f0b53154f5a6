"""Corrupted in every way there is: answered 401, nothing kept, and a counter that tells of it."""

import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.webhooks.sender import SECRET, Sender, event, signed, to_bytes
from webhooks import refusals
from webhooks.models import Event, Refusal

pytestmark = pytest.mark.django_db

TIMESTAMP = "X-Oceafin-Webhook-Timestamp"
NONCE = "X-Oceafin-Webhook-Nonce"
SIGNATURE = "X-Oceafin-Webhook-Signature"

BODY = to_bytes(event(eventId="e-1"))
Headers = dict[str, str]


def without(name: str) -> Callable[[Headers], Headers]:
    return lambda headers: {key: value for key, value in headers.items() if key != name}


def changed(name: str, change: Callable[[str], str]) -> Callable[[Headers], Headers]:
    return lambda headers: {**headers, name: change(headers[name])}


def arabic(text: str) -> str:
    return "".join(chr(0x660 + int(char)) if char.isdigit() else char for char in text)


def resigned(timestamp: str, nonce: str, secret: str = SECRET) -> Headers:
    """Headers whose signature is right for themselves, so that only the check of the part refuses them."""
    base = "\n".join([timestamp, nonce, hashlib.sha256(BODY).hexdigest()])
    signature = hmac.new(secret.encode(), base.encode(), "sha256").hexdigest()
    return {TIMESTAMP: timestamp, NONCE: nonce, SIGNATURE: signature}


def now(**offset: float) -> str:
    return (datetime.now(UTC) + timedelta(**offset)).strftime("%Y-%m-%dT%H:%M:%SZ")


CORRUPTIONS = {
    "no timestamp": without(TIMESTAMP),
    "no nonce": without(NONCE),
    "no signature": without(SIGNATURE),
    "empty timestamp": changed(TIMESTAMP, lambda _: ""),
    "empty nonce": changed(NONCE, lambda _: ""),
    "empty signature": changed(SIGNATURE, lambda _: ""),
    "doubled timestamp": changed(TIMESTAMP, lambda text: f"{text},{text}"),
    "doubled nonce": changed(NONCE, lambda text: f"{text},{text}"),
    "doubled signature": changed(SIGNATURE, lambda text: f"{text},{text}"),
    "upper-case signature": changed(SIGNATURE, str.upper),
    "truncated signature": changed(SIGNATURE, lambda text: text[:-1]),
    "half a signature": changed(SIGNATURE, lambda text: text[:32]),
    "longer signature": changed(SIGNATURE, lambda text: text + "0"),
    "signature with a space": changed(SIGNATURE, lambda text: text + " "),
    "signature with a scheme": changed(SIGNATURE, lambda text: f"sha256={text}"),
    "one digit changed": changed(SIGNATURE, lambda text: ("0" if text[0] != "0" else "1") + text[1:]),
    "zeros": changed(SIGNATURE, lambda _: "0" * 64),
    "not hex": changed(SIGNATURE, lambda _: "z" * 64),
    "unicode digits in the signature": changed(SIGNATURE, arabic),
    "bytes beyond ASCII in the signature": changed(SIGNATURE, lambda text: text[:-1] + "é"),
    "base64 signature": changed(SIGNATURE, lambda text: "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="),
    "another nonce": changed(NONCE, lambda text: text + "x"),
    "another timestamp": changed(TIMESTAMP, lambda _: now(seconds=-7)),
    "same instant written otherwise": changed(TIMESTAMP, lambda text: text.replace("Z", "+00:00")),
    "lower-case z": changed(TIMESTAMP, str.lower),
    "all three swapped": lambda headers: {
        TIMESTAMP: headers[NONCE],
        NONCE: headers[SIGNATURE],
        SIGNATURE: headers[TIMESTAMP],
    },
    "signed with nothing": lambda _: resigned(now(), "n" * 16, secret=""),
    "signed with another secret": lambda _: resigned(now(), "n" * 16, secret="another"),
    "signed with the client's secret": lambda _: resigned(now(), "n" * 16, secret="test-client-secret"),
    "timestamp without a zone": lambda _: resigned(now()[:-1], "n" * 16),
    "timestamp in unix seconds": lambda _: resigned(str(int(datetime.now(UTC).timestamp())), "n" * 16),
    "timestamp in unicode digits": lambda _: resigned(arabic(now()), "n" * 16),
    "timestamp with a line break": lambda _: resigned(now() + "\n", "n" * 16),
    "timestamp of no such day": lambda _: resigned("2026-02-30T00:00:00Z", "n" * 16),
    "timestamp of the year zero": lambda _: resigned("0000-01-01T00:00:00Z", "n" * 16),
    "timestamp before the calendar": lambda _: resigned("0001-01-01T00:00:00+23:00", "n" * 16),
    "nonce with a line break": lambda _: resigned(now(), "n" * 16 + "\nmore"),
    "nonce beyond ASCII": lambda _: resigned(now(), "é" * 16),
    "line break moved from nonce to timestamp": lambda _: {
        **resigned(now(), "a\nb"),
        NONCE: "b",
        TIMESTAMP: now() + "\na",
    },
}


@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_is_answered_401_and_not_kept(sender: Sender, corruption: str) -> None:
    headers = CORRUPTIONS[corruption](signed(BODY))
    response = sender.post(BODY, headers)
    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"
    assert not Event.objects.exists()


def test_would_have_been_kept_uncorrupted(sender: Sender) -> None:
    assert sender.send(BODY, headers=resigned(now(), "n" * 16)) == 202


@pytest.mark.parametrize("place", [0, 1, len(BODY) // 2, len(BODY) - 1])
def test_has_one_byte_changed(sender: Sender, place: int) -> None:
    changed_body = BODY[:place] + bytes([BODY[place] ^ 1]) + BODY[place + 1 :]
    assert sender.send(changed_body, headers=signed(BODY)) == 401


@pytest.mark.parametrize(
    "body", [b"", BODY[:-1], BODY + b"\n", BODY + b" ", b"\xef\xbb\xbf" + BODY, BODY * 2]
)
def test_has_bytes_added_or_taken_away(sender: Sender, body: bytes) -> None:
    assert sender.send(body, headers=signed(BODY)) == 401
    assert not Event.objects.exists()


@pytest.mark.parametrize("minutes", [5.1, 60, 60 * 24 * 365])
def test_is_too_old_or_from_the_future(sender: Sender, minutes: float) -> None:
    assert sender.send(BODY, age=timedelta(minutes=minutes)) == 401
    assert sender.send(BODY, age=timedelta(minutes=-minutes)) == 401
    assert not Event.objects.exists()


def test_is_not_one_that_is_a_little_old_or_early(sender: Sender) -> None:
    assert sender.send(event(), age=timedelta(minutes=4.9)) == 202
    assert sender.send(event(), age=timedelta(minutes=-4.9)) == 202


def test_is_not_one_under_the_previous_secret(sender: Sender, settings) -> None:
    settings.OCEAFIN_PARTNER_API_WEBHOOK_SECRET = "the-new-one"
    assert sender.send(event()) == 401
    settings.OCEAFIN_PARTNER_API_WEBHOOK_SECRET_PREVIOUS = SECRET
    assert sender.send(event()) == 202
    assert sender.send(event(), secret="the-new-one") == 202


def test_asks_nothing_of_the_database(sender: Sender) -> None:
    with CaptureQueriesContext(connection) as queries:
        for _ in range(50):
            sender.send(BODY, secret="forged")
    assert len(queries) == 0


def test_is_counted_by_reason(sender: Sender, counter: refusals.RefusalCounter) -> None:
    for _ in range(3):
        sender.send(BODY, secret="forged")
    sender.send(BODY, headers={})
    counter.flush()
    sender.send(BODY, secret="forged")
    counter.flush()
    counter.flush()
    assert dict(Refusal.objects.values_list("reason", "count")) == {"SIGNATURE_WRONG": 4, "HEADER_MISSING": 1}


def test_leaves_one_line_in_the_log_and_none_of_its_bytes(sender: Sender, caplog, capsys) -> None:
    headers = signed(BODY, secret="forged")
    for _ in range(20):
        sender.send(BODY, headers=headers)
    written = capsys.readouterr()
    lines = [
        line for line in (written.out + written.err + caplog.text).splitlines() if "webhook.refused" in line
    ]
    assert len(lines) == 1
    assert headers[SIGNATURE] not in lines[0]
    assert "e-1" not in lines[0]


@pytest.mark.django_db(transaction=True)
def test_is_still_counted_when_the_database_was_away(
    sender: Sender, counter: refusals.RefusalCounter, monkeypatch
) -> None:
    from django.db import OperationalError

    sender.send(BODY, secret="forged")
    with monkeypatch.context() as away:
        away.setattr(connection, "cursor", lambda: (_ for _ in ()).throw(OperationalError("away")))
        counter.flush()
    counter.flush()
    assert Refusal.objects.get().count == 1
