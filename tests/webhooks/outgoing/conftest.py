from collections.abc import Iterator

import pytest
from django.db import transaction
from django.utils import timezone

from backoffice import vault
from backoffice.staff.models import User
from backoffice.staff.roles import Role
from tests.people import actor, person
from tests.webhooks.outgoing.receiver import Receiver, receiving
from webhooks import outgoing
from webhooks.outgoing import kinds, services
from webhooks.outgoing.models import Endpoint, Message


@pytest.fixture(autouse=True)
def kind(monkeypatch) -> None:
    """One kind of event beside those that the apps registered."""
    monkeypatch.setitem(kinds._KINDS, "thing.moved", "A thing moved")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def ada(db) -> User:
    """She administers, and asks."""
    return person(Role.ADMINISTRATOR, name="Ada")


@pytest.fixture
def ben(db) -> User:
    """He administers, and confirms."""
    return person(Role.ADMINISTRATOR, name="Ben")


@pytest.fixture
def endpoint(receiver: Receiver, ada: User, ben: User) -> Endpoint:
    """In force, leading to the receiver."""
    endpoint = ask(ada, url=receiver.url)
    services.confirm_endpoint(endpoint, actor=actor(ben), now=timezone.now())
    services.issue_secret(endpoint, actor=actor(ada), now=timezone.now())
    return again(endpoint)


def ask(who: User, **changes) -> Endpoint:
    asked = {"name": "Core banking", "url": "http://127.0.0.1:9/hooks", "event_types": (), **changes}
    return services.ask_endpoint(**asked, actor=actor(who), now=timezone.now())


def again(endpoint: Endpoint) -> Endpoint:
    return Endpoint.objects.get(pk=endpoint.pk)


def announce(kind: str = "thing.moved", key=None, **data) -> Message | None:
    key = key or vault.create_key(purpose="customer").pk
    with transaction.atomic():
        return outgoing.announce(kind, key, {"state": "MOVED", **data}, timezone.now())
