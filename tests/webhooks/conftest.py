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


@pytest.fixture(autouse=True)
def counter(monkeypatch) -> refusals.RefusalCounter:
    """Counts of one test, added to the table only when the test says so."""
    counter = refusals.RefusalCounter(flushes_by_itself=False)
    monkeypatch.setattr(refusals, "counter", counter)
    return counter


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
