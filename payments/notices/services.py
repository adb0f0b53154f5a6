"""Telling approvers by e-mail what waits for them.

The row is the queue, as everywhere here. `write_due` writes whom there is something to tell; the database holds that
there is one row for each person and business day, and one for each payment and person. `send_due` takes each row by
comparing and setting its state, and sends with no transaction open.

The promise: each is sent at most once. A row is taken before its mail leaves. It goes back into the queue, and is
tried again later until it would say nothing new, only where no connection was to be had or the mail server
itself said no. A worker that died between taking and sending leaves a row of which nobody knows whether its mail left:
after ten minutes it is UNCERTAIN and stays so, for a second mail would be worse than the next day's digest.
"""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import get_connection
from django.db.models import Exists, F, OuterRef, QuerySet

from backoffice.opening_hours import OpeningHours
from backoffice.staff.models import RoleGrant, User
from payments import half_time, queues
from payments.models import PaymentRequest
from payments.notices import choosing, mails, working
from payments.notices.models import Notice, NoticeKind
from payments.notices.states import NoticeState
from payments.policies.deciding import STAGE_ROLES

A_ROUND = 20
TRIED_AGAIN_AFTER = timedelta(minutes=1)
LONGEST_DELAY = timedelta(hours=1)
CUT_OFF_AFTER = timedelta(minutes=10)
HALF_TIMES_A_ROUND = 200
# What a mail server answers that did not take the message.
REFUSED = (SMTPResponseException, SMTPRecipientsRefused)

log = structlog.get_logger(__name__)


class _Failed(Exception):
    """One could not be sent; by the kind of failure, whose words may name an address."""


def write_due(now: datetime) -> int:
    """Write down whom there is something to tell; return how many notices that are. A duty of the sweep."""
    if settings.EMAIL_BACKEND == "django.core.mail.backends.dummy.EmailBackend":
        return 0
    hours, people = working.hours(), _approvers()
    asked_for = choosing.who_wants(people, "half_time")
    digests = _digests(choosing.who_wants(people, "digest"), hours, now)
    messages = [_half_times(person, hours, now) for person in asked_for]
    written = _written(digests) + sum(map(_written, messages))
    if any(len(each) == HALF_TIMES_A_ROUND for each in messages):
        return written
    # Never off for everybody: what none of those was told of, the others are told nevertheless.
    others = [person for person in people if person not in asked_for]
    return written + sum(_written(_half_times(each, hours, now, unless_told=asked_for)) for each in others)


def send_due(now: datetime) -> int:
    """Send what is due, at most a round of it; return how many the mail server took. A duty of the sweep.

    The first that fails ends the round: of a connection that broke nothing more is believed. Call with no transaction
    open.
    """
    _give_up_on_cut_off(now)
    due = Notice.objects.filter(state=NoticeState.QUEUED, due_at__lte=now).order_by("due_at", "pk")
    numbers = list(due.values_list("pk", flat=True)[:A_ROUND])
    if not numbers:
        return 0
    try:
        connection = get_connection()
        connection.open()
    except Exception as failure:  # whatever it is: nothing was taken, and nothing left
        log.warning("notices.no_connection", why=type(failure).__name__)
        due.update(due_at=now + TRIED_AGAIN_AFTER)
        return 0
    sent = 0
    try:
        for number in numbers:
            sent += _sent(number, connection, now)
    except _Failed as failure:
        log.warning("notices.failed", why=str(failure))
    finally:
        connection.close()
    return sent


def past_half_time(
    person: User, now: datetime, *, unless_told: Iterable[User] = ()
) -> QuerySet[PaymentRequest]:
    """Payments that this person is asked to decide, of which half the time from the asking to the deadline is gone,
    and of which neither they nor one of `unless_told` was told yet."""
    told = Notice.objects.filter(
        kind=NoticeKind.HALF_TIME, payment=OuterRef("pk"), person__in=[person, *unless_told]
    )
    mine = queues.waiting_for_my_approval(person, now).filter(half_time.is_over(now), ~Exists(told))
    # In the order of the index, so that no other one seems to be as good.
    return mine.order_by(half_time.twice_half_time())


def _digests(people: Iterable[User], hours: OpeningHours, now: datetime) -> list[Notice]:
    """One for each, once a working day, from the set hour on."""
    local = now.astimezone(settings.BUSINESS_TIME_ZONE)
    today = local.date()
    if local.hour < settings.NOTICES_HOUR or not working.is_working_day(today, hours):
        return []
    written = Notice.objects.filter(kind=NoticeKind.DIGEST, business_day=today)
    told = set(written.values_list("person", flat=True))
    midnight = datetime.combine(today + timedelta(days=1), time(0), tzinfo=local.tzinfo)
    return [
        _new(NoticeKind.DIGEST, person, now, expires_at=midnight, business_day=today)
        for person in people
        if person.pk not in told
    ]


def _half_times(
    person: User, hours: OpeningHours, now: datetime, *, unless_told: Iterable[User] = ()
) -> list[Notice]:
    rows = past_half_time(person, now, unless_told=unless_told).values_list("pk", "approval_deadline_at")
    return [
        _new(
            NoticeKind.HALF_TIME,
            person,
            now,
            due_at=working.goes_at(now, until, hours),
            expires_at=until,
            payment_id=number,
        )
        for number, until in rows[:HALF_TIMES_A_ROUND]
    ]


def _written(notices: list[Notice]) -> int:
    # Of two workers at once one writes each: the other's conflicts.
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    return len(notices)


def _approvers() -> list[User]:
    """Active people whom the policy can ask for an approval."""
    holders = RoleGrant.objects.in_force().filter(role__in=STAGE_ROLES).values("user")
    people = User.objects.filter(is_active=True, pk__in=holders).order_by("pk")
    return [person for person in people if queues.may_be_asked(person)]


def _new(kind: NoticeKind, person: User, now: datetime, *, expires_at: datetime, **about: Any) -> Notice:
    return Notice(
        kind=kind,
        person=person,
        created_at=now,
        state_since=now,
        expires_at=expires_at,
        **{"due_at": now, **about},
    )


def _sent(number: int, connection: Any, now: datetime) -> bool:
    """Take this one, send it, and write down what came of it; False where it was not to be sent. Raises _Failed."""
    if not _move(number, NoticeState.QUEUED, NoticeState.TAKEN, now, tries=F("tries") + 1):
        return False
    notice = Notice.objects.select_related("person", "payment__customer").get(pk=number)
    mail = mails.written(notice, now)
    if mail is None:
        _move(number, NoticeState.TAKEN, NoticeState.DROPPED, now, reason="Nothing waits for them any more.")
        return False
    try:
        connection.send_messages([mail])
    except REFUSED as refusal:
        why = type(refusal).__name__
        columns = {"reason": f"The mail server said no ({why}).", "due_at": now + _delay(notice.tries)}
        _move(number, NoticeState.TAKEN, NoticeState.QUEUED, now, **columns)
        raise _Failed(why) from None
    except Exception as failure:  # it may have left: a second mail is worse than none
        why = type(failure).__name__
        reason = f"Cut off while it was sent ({why})."
        _move(number, NoticeState.TAKEN, NoticeState.UNCERTAIN, now, reason=reason)
        raise _Failed(why) from None
    return _move(number, NoticeState.TAKEN, NoticeState.SENT, now, reason="")


def _delay(tries: int) -> timedelta:
    return min(TRIED_AGAIN_AFTER * (1 << min(tries - 1, 10)), LONGEST_DELAY)


def _give_up_on_cut_off(now: datetime) -> None:
    cut_off = Notice.objects.filter(state=NoticeState.TAKEN, state_since__lte=now - CUT_OFF_AFTER)
    cut_off.update(state=NoticeState.UNCERTAIN, state_since=now, reason="A worker ended while it was sent.")


def _move(number: int, old: NoticeState, new: NoticeState, now: datetime, **columns: Any) -> bool:
    """Compare and set; False where somebody else was first."""
    row = Notice.objects.filter(pk=number, state=old)
    return bool(row.update(state=new, state_since=now, **columns))
