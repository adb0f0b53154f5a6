from datetime import datetime
from typing import Any, Protocol, cast
from uuid import UUID

from django.db import models

from backoffice.audit.actors import Actor
from backoffice.audit.trail import record
from backoffice.states import Machine, State


class HasState(Protocol):
    state: str


class MovedMeanwhile(Exception):
    """Somebody else moved the record first. Nothing was changed; look at it again."""

    def __init__(self, subject: models.Model) -> None:
        name = subject._meta.verbose_name
        super().__init__(
            f"This {name} was changed by somebody else meanwhile. Open it again to see its state."
        )


def move(
    subject: models.Model,
    to: State,
    *,
    machine: Machine,
    actor: Actor,
    now: datetime,
    verb: str,
    facts: dict[str, Any] | None = None,
    note: str = "",
    customer_key: UUID | None = None,
    **changes: Any,
) -> None:
    """Move a record along its table: the one way a state changes.

    Refuses what the table lacks (IllegalMove), compares and sets so that of two movers one wins
    (MovedMeanwhile), sets `changes` with it, and writes the audit entry in the same transaction.
    """
    old = cast(HasState, subject).state
    machine.check(old, to)
    changes["state"] = to.value
    if _has_field(subject, "state_since"):
        changes["state_since"] = now
    moved = type(subject)._default_manager.filter(pk=subject.pk, state=old).update(**changes)
    if moved != 1:
        raise MovedMeanwhile(subject)
    for name, value in changes.items():
        setattr(subject, name, value)
    record(
        actor=actor,
        verb=verb,
        subject=subject,
        now=now,
        facts={"from": str(old), "to": to.value, **(facts or {})},
        note=note,
        customer_key=customer_key,
    )


def _has_field(subject: models.Model, name: str) -> bool:
    return any(field.name == name for field in subject._meta.concrete_fields)
