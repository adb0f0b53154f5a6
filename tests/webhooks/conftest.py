import pytest

from backoffice import vault
from backoffice.audit import Actor
from tests.webhooks.sender import Sender
from tests.webhooks.things import Things
from webhooks import inbox, refusals


@pytest.fixture
def sender(client) -> Sender:
    """Oceafin, as far as its deliveries go."""
    return Sender(client)


@pytest.fixture
def counter() -> refusals.RefusalCounter:
    return refusals.counter


@pytest.fixture
def things(db, monkeypatch) -> Things:
    """Registers a handler for the resource type `thing`, and no other."""
    things = Things(vault_key=vault.create_key(purpose="customer").pk)
    monkeypatch.setattr(inbox, "_HANDLERS", {"thing": inbox.Handler(read=things.read, apply=things.apply)})
    monkeypatch.setattr(inbox, "_FALLBACK", [])
    return things


@pytest.fixture
def staff_actor() -> Actor:
    return Actor("STAFF", "7", "alice")
