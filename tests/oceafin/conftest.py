from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from backoffice import vault
from backoffice.oceafin import client as client_module
from backoffice.oceafin import kinds, outbox
from backoffice.oceafin.models import Submission
from backoffice.oceafin.wire import Answer, Problem
from tests.oceafin.scripted import Script, scripted_oceafin


@pytest.fixture
def oceafin(settings) -> Iterator[Script]:
    with scripted_oceafin() as script:
        settings.OCEAFIN_PARTNER_API_BASE_URL = script.url
        client_module.reset_clients()
        yield script
    client_module.reset_clients()


@dataclass
class App:
    """An app as the border sees it: a gate that can be closed, and a memory of what it was told."""

    gate: Any = field(default_factory=kinds.Go)
    told: list[kinds.Outcome] = field(default_factory=list)
    breaks: bool = False

    @property
    def words(self) -> list[str]:
        return [type(outcome).__name__ for outcome in self.told]

    def answer_gate(self, submission: Submission, now: Any) -> Any:
        if isinstance(self.gate, Exception):
            raise self.gate
        return self.gate

    def settle(self, submission: Submission, outcome: kinds.Outcome, now: Any) -> None:
        if self.breaks:
            raise RuntimeError("a defect of ours")
        self.told.append(outcome)

    def look(self, submission: Submission, read: kinds.Read) -> kinds.Sight:
        reply = read("/partner/v1/things/1")
        if isinstance(reply, Answer):
            return kinds.Found(reply.data)
        if isinstance(reply, Problem) and reply.status == 404:
            return kinds.NotFound()
        return kinds.Unreadable("no answer")


@pytest.fixture
def app(monkeypatch) -> App:
    """Registers `thing.pay` (moves money, can be looked for) and `thing.file` (a paper, cannot)."""
    app = App()
    common = {"label": "A thing", "operation": "x", "gate": app.answer_gate, "settle": app.settle}
    identify = kinds.resource_with_id("thingId")
    known = {
        "thing.pay": kinds.Kind(
            name="thing.pay", lane="money", moves_money=True, identify=identify, look=app.look, **common
        ),
        "thing.paper": kinds.Kind(name="thing.paper", lane="papers", identify=identify, **common),
    }
    monkeypatch.setattr(kinds, "_KINDS", known)
    return app


def write(kind: str = "thing.pay", **body: str) -> Submission:
    """A decision that wrote a letter."""
    with transaction.atomic():
        key = vault.create_key(purpose="customer")
        return outbox.enqueue(
            kind=kind,
            subject=key,
            key=f"key-{uuid4()}",
            path_url="/partner/v1/things",
            body=body or {"amount": "10.00"},
            vault_key=key.pk,
            customer_ref="cust-1",
            now=timezone.now() - timedelta(seconds=1),
        )


def deliver(lane: str = "money") -> int:
    return outbox.deliver_due(lane=lane, worker="test")


def make_due(submission: Submission) -> None:
    """The back-off passed."""
    Submission.objects.filter(pk=submission.pk).update(due_at=timezone.now() - timedelta(seconds=1))


def age(submission: Submission, hours: float) -> None:
    """The first try left so long ago."""
    Submission.objects.filter(pk=submission.pk).update(
        first_left_at=timezone.now() - timedelta(hours=hours), due_at=timezone.now() - timedelta(seconds=1)
    )


def again(submission: Submission) -> Submission:
    return Submission.objects.get(pk=submission.pk)
