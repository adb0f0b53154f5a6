from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Model, Q, QuerySet

from backoffice import prepared, vault
from backoffice.audit.actors import Actor
from backoffice.audit.models import Entry

NOTE_CONTEXT = "audit.note"
_WRITTEN = [field for field in Entry._meta.concrete_fields if not field.primary_key]
_APPEND = "INSERT INTO audit_entry ({}) VALUES ({}) RETURNING id".format(  # noqa: S608 (our own columns)
    ", ".join(f'"{field.column}"' for field in _WRITTEN), ", ".join("%s" for _ in _WRITTEN)
)


class NoTransaction(Exception):
    """An entry must commit with the act that it tells of."""


def record(
    *,
    actor: Actor,
    verb: str,
    subject: Model,
    now: datetime,
    facts: dict[str, Any] | None = None,
    note: str = "",
    customer_key: UUID | None = None,
    customer_id: int | None = None,
) -> Entry:
    """Append one entry in the transaction of the act; raise NoTransaction if none is open.

    `facts` holds ids, states, amounts as strings and digests: never personal data. `note` is free text,
    sealed under `customer_key` (the door's key where there is no customer), so that erasing the customer
    erases the words and the chain still verifies.
    """
    if not connection.in_atomic_block:
        raise NoTransaction(f"{verb} must be recorded in the transaction of the act.")
    key = (customer_key or vault.door_key().pk) if note else None
    try:
        note_sealed = vault.seal_text(key, note, context=NOTE_CONTEXT) if key else b""
    except vault.KeyDestroyed:
        # The act still counts; of its words nothing could be read any more.
        key, note_sealed = None, b""
    entry = Entry(
        at=now,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
        verb=verb,
        subject_type=subject._meta.label,
        subject_id=str(subject.pk),
        customer_id=customer_id if customer_id is not None else _customer_of(subject),
        facts=facts or {},
        note_sealed=note_sealed,
        note_key=key,
    )
    _append(entry)
    return entry


def _append(entry: Entry) -> None:
    """Written out, because an entry goes with every act and composing the statement costs more than running it."""
    values = [field.get_db_prep_save(getattr(entry, field.attname), connection) for field in _WRITTEN]
    with prepared.cursor() as cursor:
        cursor.execute(_APPEND, values)
        entry.pk = cursor.fetchone()[0]


def note_of(entry: Entry) -> str:
    """The free text of an entry, or a sentence that it was erased with its customer."""
    if not entry.note_key:
        return ""
    try:
        return vault.unseal_text(entry.note_key, bytes(entry.note_sealed), context=NOTE_CONTEXT)
    except vault.KeyDestroyed:
        return "(erased with the customer's data)"


def timeline_of(subject: Model) -> list[Entry]:
    """What happened to one record, oldest first."""
    return timeline_for([subject])


def timeline_for(subjects: Iterable[Model]) -> list[Entry]:
    """What happened to several records, oldest first, in one query."""
    return list(entries_of(subjects).order_by("id"))


def entries_of(subjects: Iterable[Model]) -> QuerySet[Entry]:
    """The entries of several records, in no order: for a page that shows some of them at a time."""
    numbers: dict[str, list[str]] = {}
    for subject in subjects:
        numbers.setdefault(subject._meta.label, []).append(str(subject.pk))
    wanted = Q(pk__in=[])
    for label, ids in numbers.items():
        wanted |= Q(subject_type=label, subject_id__in=ids)
    return Entry.objects.filter(wanted)


def _customer_of(subject: Model) -> int | None:
    if subject._meta.label == "customers.Customer":
        return int(subject.pk)
    return getattr(subject, "customer_id", None)
