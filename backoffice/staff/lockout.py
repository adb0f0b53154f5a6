"""Repeated failures at the door: counted in PostgreSQL, so that the count holds across processes."""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import F
from django.utils.translation import gettext as _

from backoffice.staff.errors import Refusal
from backoffice.staff.models import FailureCount

FAILURES_ALLOWED = 5
LOCKED_FOR = timedelta(minutes=15)

# One statement: of ten guesses at once, each takes its own number.
_TAKE = """
INSERT INTO staff_failurecount AS kept (subject, failures, window_ends_at) VALUES (%(subject)s, 1, %(ends)s)
ON CONFLICT (subject) DO UPDATE SET
    failures = CASE WHEN kept.window_ends_at <= %(now)s THEN 1 ELSE kept.failures + 1 END,
    window_ends_at = CASE
        WHEN kept.window_ends_at <= %(now)s OR kept.failures < %(allowed)s THEN %(ends)s
        ELSE kept.window_ends_at END
RETURNING failures, window_ends_at
"""


class LockedOut(Refusal):
    """Too many failures; the door stays shut for a while, for the right password too."""

    seconds_left = 0


def take(subject: str, *, now: datetime, allowed: int = FAILURES_ALLOWED) -> int:
    """Count one try before it is looked at and return its number in the window.

    A success gives the tries back with `clear`. Raises LockedOut beyond so many tries within 15 minutes.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE,
            {"subject": subject, "now": now, "ends": now + LOCKED_FOR, "allowed": allowed},
        )
        failures, ends = cursor.fetchone()
    if failures > allowed:
        minutes = max(1, -(-int((ends - now).total_seconds()) // 60))
        locked = LockedOut(
            _("Too many failed tries. Wait %(minutes)s minutes, then try again.") % {"minutes": minutes}
        )
        locked.seconds_left = max(1, int((ends - now).total_seconds()))
        raise locked
    return int(failures)


def give_back(subject: str) -> None:
    """A success of one among many at the same place: only this try is forgotten."""
    FailureCount.objects.filter(subject=subject, failures__gt=0).update(failures=F("failures") - 1)


def forget_old(now: datetime) -> int:
    """Take away counts whose window ended a day ago. A duty of the sweep."""
    return FailureCount.objects.filter(window_ends_at__lt=now - timedelta(days=1)).delete()[0]


def clear(subject: str) -> None:
    """A success: forget the failures."""
    FailureCount.objects.filter(subject=subject).delete()
