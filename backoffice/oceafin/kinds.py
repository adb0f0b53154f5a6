"""What the apps tell the outgoing border about each kind of submission. The border itself knows no app."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

from backoffice.oceafin.wire import Reply

if TYPE_CHECKING:
    from backoffice.oceafin.models import Submission

Resource = dict[str, Any]


@dataclass(frozen=True)
class Go:
    """The gate is open: the record stands as it must, and was moved if it had to."""


@dataclass(frozen=True)
class Wait:
    """Not yet. `reason` is a sentence for staff; it is asked again at `until`."""

    reason: str
    until: datetime


@dataclass(frozen=True)
class Withdraw:
    """No longer wanted; nothing has left."""

    reason: str


GateAnswer = Go | Wait | Withdraw


@dataclass(frozen=True)
class Accepted:
    """Oceafin took it. `source` says how we know: reply, read, event."""

    resource: Resource
    source: str


@dataclass(frozen=True)
class Refused:
    """Oceafin's final no, and nothing took effect."""

    code: str
    detail: str
    status: int | None = None
    errors: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Unconfirmed:
    """It left, and no readable answer came."""

    reason: str


@dataclass(frozen=True)
class Held:
    """Only a person can decide what is true."""

    reason: str


@dataclass(frozen=True)
class Withdrawn:
    """Taken back before it left."""

    reason: str


Outcome = Accepted | Refused | Unconfirmed | Held | Withdrawn


@dataclass(frozen=True)
class Found:
    """The world was read and the effect is there."""

    resource: Resource


@dataclass(frozen=True)
class NotFound:
    """The world was read and the effect is not there. Absence is no proof."""


@dataclass(frozen=True)
class Unreadable:
    """The world could not be read."""

    reason: str


Sight = Found | NotFound | Unreadable
Read = Callable[[str], Reply]


class Foreign(Exception):
    """A 2xx that does not carry the resource that was asked for: no readable answer."""


class Contradiction(Exception):
    """A readable answer that cannot be true beside what we know. It is held for a person."""


def resource_with_id(name: str) -> Callable[["Submission", Resource], str]:
    """The usual reader of an answer: the resource carries its id under `name`."""

    def read(submission: "Submission", resource: Resource) -> str:
        value = resource.get(name)
        if not isinstance(value, str) or not value:
            raise Foreign(f"The answer carries no {name}.")
        return value

    return read


@dataclass(frozen=True)
class Kind:
    """One kind of submission. `label` is what a person reads where it is named.

    `gate` runs in the claim's transaction: it locks the record, checks that it may still leave, and moves it.
    `settle` runs in the settling transaction: it locks the record, moves it and enqueues the next step. It may
    run for `Unconfirmed` more than once.
    `identify` reads the resource's id out of an answer; raises Foreign or Contradiction.
    `after_all` hears of an acceptance that came to light when people had closed the submission; it moves no more.
    `look` reads the world with no transaction open: the item by Oceafin's id, else the list by our reference.
    """

    name: str
    label: str | Promise
    lane: str
    operation: str
    gate: Callable[["Submission", datetime], GateAnswer]
    settle: Callable[["Submission", Outcome, datetime], None]
    identify: Callable[["Submission", Resource], str]
    moves_money: bool = False
    after_all: Callable[["Submission", Resource, datetime], None] | None = None
    look: Callable[["Submission", Read], Sight] | None = field(default=None)


_KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Called once per kind in the app's ready()."""
    _KINDS[kind.name] = kind


def kind_of(submission: "Submission") -> Kind:
    return _KINDS[submission.kind]


def named(name: str) -> Kind:
    return _KINDS[name]


def label_of(name: str) -> str:
    """The kind of this name in words for people, empty where there is none."""
    kind = _KINDS.get(name)
    return str(kind.label) if kind else ""


def all_kinds() -> tuple[Kind, ...]:
    return tuple(_KINDS.values())
