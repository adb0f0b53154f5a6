"""Telling that one looks, and who else does."""

from datetime import datetime, timedelta

from django.db import transaction

from backoffice.staff.models import User
from onboarding import guards
from onboarding.models import Case
from onboarding.presence.models import Looker

# The page tells every 15 seconds; after three times of silence somebody has gone.
GONE_AFTER = timedelta(seconds=45)


@transaction.atomic
def look(*, case: Case, user: User, now: datetime) -> list[str]:
    """Note that this person has the case before them; return the names of the others who have it now.

    Whose claim it is, it goes on: looking at one's case is working on it.
    """
    Looker.objects.bulk_create(
        [Looker(case=case, user=user, seen_at=now)],
        update_conflicts=True,
        unique_fields=["case", "user"],
        update_fields=["seen_at"],
    )
    if case.is_held_by(user, now) and guards.is_half_over(case, now):
        locked, _customer = guards.locked(case)
        if locked.is_held_by(user, now):
            guards.carry_on(locked, now)
    return others(case, user, now=now)


def others(case: Case, user: User, *, now: datetime) -> list[str]:
    """Who else is looking at the case now, by name."""
    rows = Looker.objects.filter(case=case, seen_at__gt=now - GONE_AFTER).exclude(user=user)
    return list(rows.order_by("user__display_name").values_list("user__display_name", flat=True))


def forget_who_left(now: datetime) -> int:
    """A duty of the sweep: rows of who has gone are of no use to anybody. Returns how many went."""
    return Looker.objects.filter(seen_at__lte=now - GONE_AFTER).delete()[0]
