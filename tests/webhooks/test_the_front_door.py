"""The door as the web process has it: before a delivery becomes a request of Django's."""

import pytest

from tests.bench.wsgi_caller import environ
from tests.webhooks.sender import PATH, event, signed, to_bytes
from webhooks.door import in_front_of
from webhooks.models import Event

pytestmark = pytest.mark.django_db


def house(_environ, start_response):
    start_response("200 OK", [])
    return [b"the house"]


def send(path: str, body: bytes = b"", headers: dict[str, str] | None = None, method: str = "POST"):
    said = []
    asked = environ(path, body, headers or {}) | {"REQUEST_METHOD": method}
    content = b"".join(in_front_of(house)(asked, lambda status, headers: said.append(status)))
    return said[0], content


def test_keeps_a_genuine_event_once() -> None:
    body = to_bytes(event())
    for _ in range(2):
        assert send(PATH, body, signed(body)) == ("202 Accepted", b"")
    assert Event.objects.count() == 1


def test_turns_a_forged_one_away() -> None:
    body = to_bytes(event())
    status, content = send(PATH, body, signed(body, secret="another"))
    assert status == "401 Unauthorized"
    assert b"signature" in content
    assert not Event.objects.exists()


def test_answers_other_methods_itself() -> None:
    assert send(PATH, method="GET")[0] == "405 Method Not Allowed"


def test_lets_everything_else_into_the_house() -> None:
    assert send("/", method="GET") == ("200 OK", b"the house")
    assert send("/webhooks/other/") == ("200 OK", b"the house")
