"""Opening personal data for a purpose, and putting down each look in the transaction of the act it belongs to."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Model, Q
from django.utils.translation import gettext as _

from backoffice import audit, vault
from backoffice.audit import Actor
from backoffice.reveals.models import STATED, WORDS_CONTEXT, Burst, Export, Purpose, Reveal
from backoffice.staff import rights
from backoffice.staff.errors import NotAllowed, Refusal
from backoffice.staff.models import User
from backoffice.staff.roles import Right

LONGEST_WORDS = 500


class NotRevealed(NotAllowed):
    """The data is hidden from this person: no purpose was stated, or the minutes are over."""


class PurposeNeeded(Refusal):
    """It was not said what the data is needed for."""


class Erased(Refusal):
    """There is nothing left to open."""


class OwnBurst(Refusal):
    """Somebody else has to look at this one."""


class SeenAlready(Refusal):
    """Another person has looked at it."""


class HasKey(Protocol):
    """A customer, or whatever is sealed under a customer's key and tells its reference."""

    @property
    def vault_key(self) -> UUID: ...

    @property
    def partner_customer_ref(self) -> str: ...


@dataclass(frozen=True)
class Whose:
    """The customer that a record is about, for records which name it otherwise."""

    vault_key: UUID
    partner_customer_ref: str


Ground = Callable[[User, UUID, datetime], bool]
_grounds: list[Ground] = []


def register_ground(ground: Ground) -> None:
    """Called in an app's ready(): `ground(user, customer's key, now)` says whether their work itself opens the data."""
    if ground not in _grounds:
        _grounds.append(ground)


def is_open(user: User, customer: HasKey, now: datetime) -> bool:
    """May this person see this customer's data now? For what a page shows; services call `require`."""
    return user.has_right(Right.SEE_PERSONAL_DATA) and _is_opened(user, customer, now)


def open_reveal(user: User, customer: HasKey, now: datetime) -> Reveal | None:
    """The purpose under which the data is open to this person now; None where only their work opens it, or nothing."""
    live = Reveal.objects.filter(user=user, customer_key=customer.vault_key, until__gt=now, ended_at=None)
    return live.order_by("-until").first()


def require(user: User | Actor, customer: HasKey, now: datetime) -> User:
    """Let the act go on only if the data is open to this person at this moment; return the person.

    Call it inside the transaction of the act, like `rights.require`. Raises NotAllowed, NotRevealed.
    """
    who = rights.require(user, Right.SEE_PERSONAL_DATA, now)
    if not _is_opened(who, customer, now):
        raise NotRevealed(_("This is hidden. Press “Show personal data” and say what you need it for."))
    return who


@transaction.atomic
def open(
    *, customer: HasKey, purpose: str, words: str = "", subject: Model, actor: Actor, now: datetime
) -> Reveal:
    """Open one customer's personal data to this person for REVEAL_MINUTES, for a stated purpose.

    Opening it again begins the minutes anew. Raises NotAllowed, PurposeNeeded, Erased.
    """
    words = _stated(purpose, words)
    until = now + timedelta(minutes=settings.REVEAL_MINUTES)
    reveal = _written(customer, purpose, words, subject, actor, now, until=until)
    # About the look, and what for is sealed: on the record's own timeline, or among the facts, a suspicion would be
    # there for everybody to read.
    audit.record(
        actor=actor,
        verb="personal_data.opened",
        subject=reveal,
        now=now,
        facts={"minutes": settings.REVEAL_MINUTES, "on": reveal.subject_name},
        note=_told(purpose, words),
        customer_key=customer.vault_key,
        customer_id=_customer_id(subject),
    )
    return reveal


@transaction.atomic
def close(*, customer: HasKey, subject: Model, actor: Actor, now: datetime) -> int:
    """Hide the data again before the minutes are over; return how many looks that ended."""
    user = rights.person(actor)
    live = Reveal.objects.filter(user=user, customer_key=customer.vault_key, until__gt=now, ended_at=None)
    ended = list(live.select_for_update())
    for reveal in ended:
        reveal.ended_at = now
        reveal.save(update_fields=["ended_at"])
        audit.record(
            actor=actor,
            verb="personal_data.closed",
            subject=reveal,
            now=now,
            customer_id=_customer_id(subject),
        )
    return len(ended)


@transaction.atomic
def record(
    *,
    customer: HasKey,
    purpose: str = Purpose.DECISION,
    words: str = "",
    subject: Model,
    actor: Actor,
    now: datetime,
) -> Reveal:
    """Put down a look that an act brings with it: taking a case, reading the account of a payment to approve.

    The act writes its own entry into the trail. Nothing is opened for minutes by this.
    Raises NotAllowed, PurposeNeeded, Erased.
    """
    words = _clean(words) if purpose == Purpose.DECISION else _stated(purpose, words)
    return _written(customer, Purpose(purpose).value, words, subject, actor, now)


@transaction.atomic
def record_export(
    *, what: str, customers: Iterable[HasKey], purpose: str, words: str, actor: Actor, now: datetime
) -> Export:
    """Put down that this person takes a file with the data of these customers; each of them is told of it.

    The page that hands the file out asks for the second factor first (`stepup.required`). `what` names the file.
    Raises NotAllowed, PurposeNeeded.
    """
    user = rights.require(actor, Right.SEE_PERSONAL_DATA, now)
    words = _stated(purpose, words)
    whose = {customer.vault_key: customer.partner_customer_ref for customer in customers}
    export = Export.objects.create(user=user, what=what[:80], purpose=purpose, customers=len(whose), at=now)
    Reveal.objects.bulk_create(
        [
            _reveal(Whose(key, ref), purpose, "", export, user, now, export=export)
            for key, ref in whose.items()
        ],
        batch_size=500,
    )
    audit.record(
        actor=actor,
        verb="personal_data.exported",
        subject=export,
        now=now,
        facts={"what": export.what, "customers": len(whose)},
        note=_told(purpose, words),
    )
    _watch(user, by_choice=True, now=now)
    return export


@transaction.atomic
def acknowledge(burst: Burst, *, reason: str, actor: Actor, now: datetime) -> Burst:
    """A lead, not the person concerned, says what the burst was. Raises NotAllowed, OwnBurst, SeenAlready."""
    user = rights.require(actor, Right.LEAD_CASES, now)
    burst = Burst.objects.select_for_update(no_key=True).get(pk=burst.pk)
    if burst.user_id == user.pk:
        raise OwnBurst(_("These were your own looks: another lead has to see this."))
    if burst.acknowledged_at is not None:
        raise SeenAlready(_("Somebody has looked at this already."))
    burst.acknowledged_by, burst.acknowledged_at = user, now
    burst.save(update_fields=["acknowledged_by", "acknowledged_at"])
    audit.record(actor=actor, verb="burst.seen", subject=burst, now=now, note=reason.strip())
    return burst


def _is_opened(user: User, customer: HasKey, now: datetime) -> bool:
    return open_reveal(user, customer, now) is not None or is_opened_by_work(user, customer, now)


def is_opened_by_work(user: User, customer: HasKey, now: datetime) -> bool:
    """Whether what this person has in hand opens the data; asked after the right to see personal data."""
    return any(ground(user, customer.vault_key, now) for ground in _grounds)


def _written(
    customer: HasKey,
    purpose: str,
    words: str,
    subject: Model,
    actor: Actor,
    now: datetime,
    *,
    until: datetime | None = None,
) -> Reveal:
    user = rights.require(actor, Right.SEE_PERSONAL_DATA, now)
    try:
        reveal = _reveal(customer, purpose, words, subject, user, now, until=until)
    except vault.KeyDestroyed:
        raise Erased(_("This customer's data was erased. There is nothing to show.")) from None
    reveal.save(force_insert=True)
    _watch(user, by_choice=purpose != Purpose.DECISION, now=now)
    return reveal


def _reveal(
    customer: HasKey,
    purpose: str,
    words: str,
    subject: Model,
    user: User,
    now: datetime,
    *,
    until: datetime | None = None,
    export: Export | None = None,
) -> Reveal:
    sealed = vault.seal_text(customer.vault_key, words, context=WORDS_CONTEXT) if words else b""
    return Reveal(
        user=user,
        customer_key=customer.vault_key,
        customer_ref=customer.partner_customer_ref[:255],
        purpose=purpose,
        words_sealed=sealed,
        subject_type=subject._meta.label,
        subject_id=str(subject.pk),
        subject_name=str(subject)[:120],
        at=now,
        until=until,
        export=export,
    )


def _watch(user: User, *, by_choice: bool, now: datetime) -> None:
    """Raise a burst, or carry an open one on. The person's row is locked by `rights.require`: one at a time."""
    limit = settings.REVEAL_BURST_CUSTOMERS if by_choice else settings.REVEAL_BURST_DECISIONS
    kind = ~Q(purpose=Purpose.DECISION) if by_choice else Q(purpose=Purpose.DECISION)
    last = Burst.objects.filter(user=user, by_choice=by_choice).order_by("-id").first()
    open_one = last if last is not None and last.acknowledged_at is None else None
    since = now - timedelta(minutes=settings.REVEAL_BURST_MINUTES)
    if open_one is not None:
        # Of looks at once the one that waited for the lock may have begun before the burst did.
        since = min(open_one.began_at, now)
    elif last is not None and last.acknowledged_at is not None:
        # What a lead has seen does not alarm again.
        since = max(since, last.acknowledged_at)
    looks = Reveal.objects.filter(kind, user=user, at__gte=since)
    seen = looks.values("customer_key").distinct().count()
    if open_one is not None:
        last_at = max(open_one.last_at, now)
        Burst.objects.filter(pk=open_one.pk).update(customers=seen, began_at=since, last_at=last_at)
    elif seen > limit:
        began = looks.order_by("at").values_list("at", flat=True)[0]
        burst = Burst.objects.create(
            user=user, by_choice=by_choice, customers=seen, began_at=began, last_at=now
        )
        audit.record(
            actor=Actor.system("reveals"),
            verb="burst.raised",
            subject=burst,
            now=now,
            facts={"customers": seen, "minutes": settings.REVEAL_BURST_MINUTES},
        )


def _customer_id(subject: Model) -> int | None:
    if subject._meta.label == "customers.Customer":
        return int(subject.pk)
    found: int | None = getattr(subject, "customer_id", None)
    return found if isinstance(found, int) else None


def _stated(purpose: str, words: str) -> str:
    """The words, tidied. Raises PurposeNeeded without a purpose that a person may choose."""
    words = _clean(words)
    if purpose not in dict(STATED):
        raise PurposeNeeded(_("Choose what you need the data for."))
    if purpose == Purpose.OTHER and not words:
        raise PurposeNeeded(_("Write in your own words what you need the data for."))
    return words


def _told(purpose: str, words: str) -> str:
    return f"{purpose}: {words}" if words else purpose


def _clean(words: str) -> str:
    return words.replace("\x00", "").strip()[:LONGEST_WORDS]
