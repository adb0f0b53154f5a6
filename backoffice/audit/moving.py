from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol, cast
from uuid import UUID

from django.db import connection, models

from backoffice import prepared
from backoffice.audit.actors import Actor
from backoffice.audit.trail import record
from backoffice.states import Machine, State

Listener = Callable[[Any, str, str, datetime], None]
_LISTENERS: dict[str, list[Listener]] = {}


class HasState(Protocol):
    state: str


class MovedMeanwhile(Exception):
    """Somebody else moved the record first. Nothing was changed; look at it again."""

    def __init__(self, subject: models.Model) -> None:
        name = subject._meta.verbose_name
        super().__init__(
            f"This {name} was changed by somebody else meanwhile. Open it again to see its state."
        )


def on_move(label: str, listener: Listener) -> None:
    """Be told of each move of one kind of record ("onboarding.Case"), whoever makes it, in its transaction:
    `listener(record, old, to, now)`. Called in an app's ready()."""
    known = _LISTENERS.setdefault(label, [])
    if listener not in known:
        known.append(listener)


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
    if not _compare_and_set(subject, old=str(old), changes=changes):
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
    for listener in _LISTENERS.get(subject._meta.label, ()):
        listener(subject, str(old), to.value, now)


def _compare_and_set(subject: models.Model, *, old: str, changes: dict[str, Any]) -> bool:
    """Of two movers one finds the old state; the other changes nothing. Written out like the trail's own
    statement: a move goes with every step of every record."""
    meta = subject._meta
    fields = [cast("models.Field[Any, Any]", meta.get_field(name)) for name in changes]
    values = [
        # A person or record that a move sets is given as itself.
        field.get_db_prep_save(value.pk if isinstance(value, models.Model) else value, connection)
        for field, value in zip(fields, changes.values(), strict=True)
    ]
    sets = ", ".join(f'"{field.column}" = %s' for field in fields)
    statement = f'UPDATE "{meta.db_table}" SET {sets} WHERE "{meta.pk.column}" = %s AND state = %s'  # noqa: S608
    with prepared.cursor() as cursor:
        cursor.execute(statement, [*values, subject.pk, old])
        return bool(cursor.rowcount == 1)


def _has_field(subject: models.Model, name: str) -> bool:
    return any(field.name == name for field in subject._meta.concrete_fields)
