"""The incoming border: claim a due event, read what it is about, apply it under the record's lock.

1. The door keeps the event and answers; nothing was applied yet (see door). The bell rings.
2. `claim`: one transaction leases the row by the database's clock; of many workers one has it.
3. READ: with no transaction open. A read that fails leaves the event due for later, never DEAD.
4. APPLY: one transaction locks the event, then the app's record, and moves both. It happens once: who finds
   the lease or the state changed leaves everything as it stands.
5. A worker that died leaves a lease that runs out; the next one begins anew at 2.
6. What has no record yet is PARKED, tried again for ever, and taken up at once by `adopt`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Now

from backoffice import audit, vault
from backoffice.audit import Actor
from backoffice.oceafin import backoff, bell, reads
from backoffice.oceafin.client import refuse_open_transaction
from backoffice.oceafin.clock import database_now
from backoffice.oceafin.wire import Answer, Reply
from backoffice.staff.errors import Refusal
from webhooks.models import BODY_CONTEXT, WAITING, Event
from webhooks.states import EVENT, EventState

LEASE = timedelta(seconds=60)
LONGEST_DELAY = timedelta(minutes=5)
# An event that our handling failed on this often is parked: after a day there it is a person's task.
FAILURES_UNTIL_PARKED = 20

log = structlog.get_logger(__name__)

Resource = dict[str, Any]
Read = Callable[[str], Reply]


class ReadFailed(Exception):
    """The resource could not be read now; the event is tried again later. The message is a sentence."""


class NothingToApply(Refusal):
    """Only what waits, was ignored or could not be applied can be applied again."""


@dataclass(frozen=True)
class Applied:
    """It moved or confirmed `record`. `vault_key` is its customer's: the body is sealed anew under it."""

    record: models.Model | None = None
    vault_key: Any = None


@dataclass(frozen=True)
class Parked:
    """Not yet, for `reason`, a sentence for staff; tried again by itself."""

    reason: str


@dataclass(frozen=True)
class Ignored:
    """It changes nothing, for `reason`, a sentence for staff."""

    reason: str
    record: models.Model | None = None
    vault_key: Any = None


Outcome = Applied | Parked | Ignored


def read_nothing(_event: Event, _read: Read) -> None:
    """For resources that Oceafin has no GET for."""
    return None


@dataclass(frozen=True)
class Handler:
    """What an app makes of the events about one type of resource.

    `read(event, read)` runs with no transaction open; `read(path_url)` is a signed GET. It returns the
    resource or None, and raises ReadFailed to be asked again later (see `resource_of`).
    `apply(event, resource, now)` runs in one transaction: it locks its record and moves it. It may run
    again after a crash. Reads are made before the lock, so it compares instants (`event.is_newer_than`,
    the resource's `updatedAt`): an older word never overwrites a newer one.
    """

    apply: Callable[[Event, Resource | None, datetime], Outcome]
    read: Callable[[Event, Read], Resource | None] = read_nothing


@dataclass(frozen=True)
class Claimed:
    event: Event
    lease_number: int


_HANDLERS: dict[str, Handler] = {}
_FALLBACK: list[Handler] = []


def register(resource_type: str, handler: Handler) -> None:
    """Called once per type of resource in an app's ready()."""
    _HANDLERS[_spelled(resource_type)] = handler


def register_fallback(handler: Handler) -> None:
    """Called once in an app's ready(), for the types of resource that nobody registered."""
    _FALLBACK[:] = [handler]


def resource_of(reply: Reply) -> Resource:
    """The object that a read answered with. Raises ReadFailed for everything else, a 404 too."""
    if isinstance(reply, Answer) and isinstance(reply.data, dict):
        return reply.data
    raise ReadFailed(f"Oceafin could not be read ({_said(reply)}).")


def apply_due(*, worker: str, limit: int = 200) -> int:
    """Apply due events until none is due or the limit is reached; return how many were taken up."""
    count = 0
    while count < limit:
        claimed = claim(worker=worker)
        if claimed is None:
            break
        process(claimed)
        count += 1
    return count


def claim(*, worker: str) -> Claimed | None:
    """Lease the event that is due the longest, or None."""
    with transaction.atomic():
        now = database_now()
        event = (
            Event.objects.select_for_update(skip_locked=True)
            .filter(
                Q(leased_until__isnull=True) | Q(leased_until__lt=now), state__in=WAITING, due_at__lte=now
            )
            .order_by("due_at", "id")
            .first()
        )
        if event is None:
            return None
        # Counted before the work, so that an event that kills its worker is counted too.
        event.tries += 1
        event.lease_number += 1
        event.leased_until, event.leased_by = now + LEASE, worker[:80]
        event.save(update_fields=["tries", "lease_number", "leased_until", "leased_by"])
        return Claimed(event, event.lease_number)


def process(claimed: Claimed) -> None:
    """Read, then apply one claimed event. Promise: it is applied once, or stays due; never lost."""
    refuse_open_transaction()
    event = claimed.event
    handler = _handler_of(event)
    try:
        resource = handler.read(event, reads.read)
        with transaction.atomic():
            locked = _still_ours(claimed)
            if locked is None:
                return
            now = database_now()
            _settle(locked, handler.apply(locked, resource, now), now=now)
    except ReadFailed as failed:
        _put_off(claimed, str(failed))
    except vault.KeyDestroyed as erased:
        _bury(claimed, str(erased))
    except Exception as error:  # one event that our handling fails on must not stop the queue behind it
        log.exception("inbox.handling_failed", event_id=event.event_id, event_type=event.event_type)
        _put_off(claimed, f"Our own handling failed ({type(error).__name__}); it is tried again.")


def adopt(*, resource_type: str = "", resource_id: str = "", customer_ref: str = "") -> None:
    """Take up at once what waits for a record that has just appeared; call in the transaction that makes it.

    Names the resource (type and id) or the customer (our reference), or both: either finds events.
    """
    wanted = Q(pk__in=[])
    if resource_type and resource_id:
        wanted |= Q(resource_type=resource_type, resource_id=resource_id)
    if customer_ref:
        wanted |= Q(partner_customer_ref=customer_ref)

    def make_due() -> None:
        # After the commit: the record is there for all to see, and no lock is held while we wait for one.
        # RECEIVED too: a worker that could not see the record yet may be parking the event right now.
        if Event.objects.filter(wanted, state__in=WAITING).update(due_at=Now()):
            bell.ring("events")

    transaction.on_commit(make_due, robust=True)


def apply_again(event: Event, *, actor: Actor, now: datetime) -> None:
    """A person has an event tried again, at once. Raises NothingToApply."""
    with transaction.atomic():
        locked = Event.objects.select_for_update().get(pk=event.pk)
        if not can_apply_again(locked):
            raise NothingToApply("This event was applied meanwhile, or there is nothing in it to apply.")
        if locked.state in WAITING:
            audit.record(
                actor=actor, verb="event.asked_again", subject=locked, now=now, facts={"state": locked.state}
            )
            Event.objects.filter(pk=locked.pk).update(due_at=now)
        else:
            _move(locked, EventState.RECEIVED, actor=actor, now=now, verb="event.asked_again", tries=0)
    bell.ring_after_commit("events")


def can_apply_again(event: Event) -> bool:
    """Whether trying again can make a difference: it is not applied, and names what it is about."""
    return event.state != EventState.APPLIED and bool(event.resource_type)


def _handler_of(event: Event) -> Handler:
    known = _HANDLERS.get(_spelled(event.resource_type))
    if known is not None:
        return known
    if event.resource_type and _FALLBACK:
        return _FALLBACK[0]
    return Handler(apply=_ignore_unknown)


def _spelled(resource_type: str) -> str:
    """A type in the one spelling in which it is looked up: the public list mixes dots and underscores, and is
    incomplete (contract section 5)."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", resource_type.strip())
    return re.sub(r"[\W_]+", "_", words).lower()


def _ignore_unknown(event: Event, _resource: Resource | None, _now: datetime) -> Outcome:
    if not event.resource_type:
        return Ignored("It does not say what it is about.")
    return Ignored(f"We do not know this kind of resource: {event.resource_type}.")


def _said(reply: Reply) -> str:
    if isinstance(reply, Answer):
        return "the answer is not an object"
    code, status = getattr(reply, "code", ""), getattr(reply, "status", None)
    return str(code or status or getattr(reply, "reason", "") or "no answer")


def _still_ours(claimed: Claimed) -> Event | None:
    event = Event.objects.select_for_update().get(pk=claimed.event.pk)
    ours = event.lease_number == claimed.lease_number and event.state in WAITING
    return event if ours else None


def _settle(event: Event, outcome: Outcome, *, now: datetime) -> None:
    if isinstance(outcome, Parked):
        _park(event, outcome.reason, now=now)
        return
    changes = _placed(event, outcome)
    if isinstance(outcome, Ignored):
        changes["reason"] = outcome.reason[:300] or "It changes nothing."
        _move(event, EventState.IGNORED, now=now, verb="event.ignored", **changes)
    else:
        _move(event, EventState.APPLIED, now=now, verb="event.applied", reason="", **changes)


def _placed(event: Event, outcome: Applied | Ignored) -> dict[str, Any]:
    """Name the record, and seal the body anew under its customer's key, so that erasing takes it along."""
    changes: dict[str, Any] = {}
    record = outcome.record
    if record is not None:
        changes |= {"subject_type": record._meta.label, "subject_id": str(record.pk)}
    key = outcome.vault_key or getattr(record, "vault_key", None)
    if key is not None and key != event.vault_key:
        try:
            sealed = vault.seal(key, event.body, context=BODY_CONTEXT)
        except vault.KeyDestroyed:
            # It came after its customer was erased: what it says about our record still holds.
            return changes
        changes |= {"vault_key": key, "body_sealed": sealed}
    return changes


def _park(event: Event, reason: str, *, now: datetime) -> None:
    changes: dict[str, Any] = {"reason": reason[:300], "due_at": now + _delay(event)}
    if event.state == EventState.PARKED:
        _release(event, **changes)
    else:
        _move(event, EventState.PARKED, now=now, verb="event.parked", **changes)


def _put_off(claimed: Claimed, reason: str) -> None:
    with transaction.atomic():
        event = _still_ours(claimed)
        if event is None:
            return
        now = database_now()
        if event.tries >= FAILURES_UNTIL_PARKED:
            _park(event, reason, now=now)
        else:
            _release(event, reason=reason[:300], due_at=now + _delay(event))


def _bury(claimed: Claimed, reason: str) -> None:
    with transaction.atomic():
        event = _still_ours(claimed)
        if event is not None:
            _move(event, EventState.DEAD, now=database_now(), verb="event.died", reason=reason[:300])


def _delay(event: Event) -> timedelta:
    return min(backoff.delay(event.tries), LONGEST_DELAY)


def _release(event: Event, **changes: Any) -> None:
    Event.objects.filter(pk=event.pk).update(leased_until=None, leased_by="", **changes)


def _move(
    event: Event, to: EventState, *, now: datetime, verb: str, actor: Actor | None = None, **changes: Any
) -> None:
    record_type = changes.get("subject_type", event.subject_type)
    facts = {"event_type": event.event_type, "resource_id": event.resource_id}
    if record_type:
        facts |= {"record": f"{record_type} {changes.get('subject_id', event.subject_id)}"}
    audit.move(
        event,
        to,
        machine=EVENT,
        actor=actor or Actor.oceafin(event.event_id),
        now=now,
        verb=verb,
        facts=facts,
        leased_until=None,
        leased_by="",
        **({"due_at": now} | changes),
    )
