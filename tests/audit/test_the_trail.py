from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from backoffice import audit, vault
from backoffice.audit import Actor, sealing
from backoffice.audit.models import Entry, Seal, Unsealed
from backoffice.vault.models import DataKey

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def subject() -> DataKey:
    return vault.create_key(purpose="customer")


def write(subject: DataKey, *, verb: str = "customer.created", note: str = "", key=None, at=NOW) -> Entry:
    return audit.record(
        actor=Actor.system("test"),
        verb=verb,
        subject=subject,
        now=at,
        facts={"n": 1},
        note=note,
        customer_key=key,
    )


def with_triggers_off(sql: str) -> None:
    """What somebody with full rights on the server could do."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql)
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_refuses_to_be_changed_or_cut(subject: DataKey) -> None:
    write(subject)
    for act in (Entry.objects.all().delete, lambda: Entry.objects.update(verb="x")):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE audit_entry CASCADE")
    assert Entry.objects.get().verb == "customer.created"


def test_is_sealed_in_a_whole_chain(subject: DataKey) -> None:
    for n in range(5):
        write(subject, verb=f"step.{n}")
    assert sealing.seal_entries(now=NOW) == 5
    write(subject, verb="later")
    assert sealing.seal_entries(now=NOW) == 1
    assert not Unsealed.objects.exists()
    assert list(sealing.faults(now=NOW + timedelta(hours=1))) == []


def test_seals_also_what_was_written_by_sql(subject: DataKey) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_entry (at, actor_kind, actor_id, actor_label, verb, subject_type, subject_id,"
            " facts, note_sealed) VALUES (now(), 'SYSTEM', 'x', 'x', 'by.hand', 'a.B', '1', '{}', '')"
        )
    assert sealing.seal_entries(now=NOW) == 1


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        ("UPDATE audit_entry SET facts = '{\"n\": 2}' WHERE verb = 'step.2'", "breaks at seal 3"),
        ("UPDATE audit_entry SET actor_label = 'other' WHERE verb = 'step.0'", "breaks at seal 1"),
        ("UPDATE audit_entry SET note_sealed = 'x' WHERE verb = 'step.4'", "breaks at seal 5"),
        ("DELETE FROM audit_seal WHERE number = 2", "Seal 2 is missing"),
    ],
)
def test_names_the_first_broken_link(subject: DataKey, harm: str, sentence: str) -> None:
    for n in range(5):
        write(subject, verb=f"step.{n}")
    sealing.seal_entries(now=NOW)
    with_triggers_off(harm)
    assert sentence in next(sealing.faults(now=NOW)).sentence


def test_shows_that_its_end_was_cut_when_a_head_was_kept(subject: DataKey) -> None:
    for n in range(3):
        write(subject, verb=f"step.{n}")
    sealing.seal_entries(now=NOW)
    kept = str(sealing.head())
    with_triggers_off("DELETE FROM audit_seal WHERE number = 3")
    with_triggers_off("DELETE FROM audit_entry WHERE verb = 'step.2'")
    assert list(sealing.faults(now=NOW)) == []
    assert "cut or rewritten" in next(sealing.faults(now=NOW, kept_head=kept)).sentence


def test_names_entries_that_wait_too_long_for_a_seal(subject: DataKey) -> None:
    write(subject)
    assert list(sealing.faults(now=NOW + timedelta(seconds=30))) == []
    assert "no seal" in next(sealing.faults(now=NOW + timedelta(seconds=61))).sentence


def test_still_verifies_after_a_customer_was_erased(subject: DataKey) -> None:
    entry = write(subject, note="Her passport looks forged", key=subject.pk)
    assert audit.note_of(entry) == "Her passport looks forged"
    sealing.seal_entries(now=NOW)
    vault.destroy_key(subject, now=NOW)
    assert "erased" in audit.note_of(Entry.objects.get())
    assert list(sealing.faults(now=NOW + timedelta(hours=1))) == []
    assert Seal.objects.count() == 1


def test_holds_no_readable_note(subject: DataKey) -> None:
    entry = write(subject, note="secret words", key=subject.pk)
    assert b"secret" not in bytes(entry.note_sealed)
