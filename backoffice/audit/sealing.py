"""The chain: each seal covers the seal before it and every field of its entry, under AUDIT_KEY."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from backoffice.audit.models import Entry, Seal, Unsealed

SEALER_LOCK = 0x5EA1
BATCH = 500
SEALED_WITHIN = timedelta(minutes=1)
START = b"\0" * 32


def seal_entries(*, now: datetime, limit: int = BATCH) -> int:
    """Chain committed entries that have no seal yet. One sealer at a time; the others return 0."""
    with transaction.atomic():
        return _seal_waiting(now, limit) if _is_the_only_sealer() else 0


def seal_all(*, now: datetime) -> None:
    """Chain every entry that was committed before this call; waits for a sealer that is at work."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEALER_LOCK])
        while _seal_waiting(now, BATCH) == BATCH:
            pass


def _seal_waiting(now: datetime, limit: int) -> int:
    waiting = list(Unsealed.objects.select_related("entry").order_by("entry_id")[:limit])
    if not waiting:
        return 0
    last = Seal.objects.order_by("-number").first()
    number, mac = (last.number, bytes(last.mac)) if last else (0, START)
    seals = []
    for row in waiting:
        number, mac = number + 1, mac_of(mac, row.entry)
        seals.append(Seal(number=number, entry=row.entry, mac=mac, sealed_at=now))
    Seal.objects.bulk_create(seals)
    Unsealed.objects.filter(pk__in=[row.pk for row in waiting]).delete()
    return len(seals)


def mac_of(previous: bytes, entry: Entry) -> bytes:
    """The MAC of one link."""
    canonical = json.dumps(content_of(entry), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hmac.digest(settings.AUDIT_KEY.encode(), previous + canonical.encode(), "sha256")


def content_of(entry: Entry) -> dict[str, Any]:
    """What a seal covers of an entry. Free text enters by the digest of its sealed bytes."""
    return {
        "id": entry.pk,
        "at": entry.at.isoformat(),
        "actor": [entry.actor_kind, entry.actor_id, entry.actor_label],
        "verb": entry.verb,
        "subject": [entry.subject_type, entry.subject_id, entry.customer_id],
        "facts": entry.facts,
        "note": hashlib.sha256(bytes(entry.note_sealed)).hexdigest(),
        "note_key": str(entry.note_key or ""),
    }


def macs_before(seals: Sequence[Seal]) -> dict[int, bytes]:
    """By each seal's number the MAC of the link before it, which its own covers."""
    before = [seal.number - 1 for seal in seals]
    found = dict(Seal.objects.filter(number__in=before).values_list("number", "mac"))
    return {seal.number: bytes(found.get(seal.number - 1, START)) for seal in seals}


@dataclass(frozen=True)
class Fault:
    """What is wrong with the trail, in a sentence."""

    sentence: str


@dataclass(frozen=True)
class Head:
    """The newest link: keep it elsewhere, and a cut end of the chain shows."""

    number: int
    mac: str

    def __str__(self) -> str:
        return f"{self.number}:{self.mac}"


def head() -> Head:
    last = Seal.objects.order_by("-number").first()
    return Head(last.number, bytes(last.mac).hex()) if last else Head(0, START.hex())


def faults(*, now: datetime, kept_head: str = "") -> Iterator[Fault]:
    """Walk the whole chain and yield what is wrong: the first broken link, gaps, unsealed entries, a lost end."""
    expected, mac, kept_seen = 1, START, not kept_head
    for seal in Seal.objects.select_related("entry").order_by("number").iterator(chunk_size=2000):
        if seal.number != expected:
            yield Fault(f"Seal {expected} is missing: entries were removed from the chain.")
            return
        mac = mac_of(mac, seal.entry)
        if not hmac.compare_digest(mac, bytes(seal.mac)):
            yield Fault(
                f"The chain breaks at seal {seal.number}: entry {seal.entry_id} of "
                f"{seal.entry.at:%d %b %Y} was changed."
            )
            return
        kept_seen = kept_seen or f"{seal.number}:{mac.hex()}" == kept_head
        expected += 1
    if not kept_seen:
        yield Fault(
            f"The head kept elsewhere ({kept_head[:24]}…) is not in this chain: its end was cut or rewritten."
        )
    yield from _unsealed_faults(now=now)


def _unsealed_faults(*, now: datetime) -> Iterator[Fault]:
    late = Entry.objects.filter(seal__isnull=True, at__lt=now - SEALED_WITHIN).order_by("id")
    for entry in late[:50]:
        yield Fault(f"Entry {entry.pk} of {entry.at:%d %b %Y %H:%M} UTC has had no seal for over a minute.")


def _is_the_only_sealer() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SEALER_LOCK])
        return bool(cursor.fetchone()[0])
