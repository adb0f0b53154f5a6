"""Reading the service levels, and making a new version of them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice import audit
from backoffice.audit import Actor
from backoffice.staff import rights
from backoffice.staff.errors import Refusal
from backoffice.staff.roles import Right
from onboarding.service_levels.levels import KINDS, LONGEST_HOURS, RISKS, ServiceLevels, Window
from onboarding.service_levels.models import ServiceLevelsVersion

MOST_HOLIDAYS = 400
_ONE_AT_A_TIME = 0x51A7E1E1


class BadServiceLevels(Refusal):
    """What was entered cannot be kept as a promise."""


class ChangedMeanwhile(Refusal):
    """Somebody else made a newer version first."""


def in_force() -> ServiceLevels:
    """The version that counts now; one query."""
    row = ServiceLevelsVersion.objects.order_by("-number").first()
    return ServiceLevels.of_data(row.number, row.data) if row else ServiceLevels()


@transaction.atomic
def change_service_levels(
    *,
    seen_version: int,
    hours: Mapping[tuple[str, str], int],
    week: Sequence[Window],
    holidays: Mapping[date, str],
    actor: Actor,
    now: datetime,
) -> ServiceLevels:
    """Make a new version from the whole of what a lead entered; the same again changes nothing.

    Cases that wait get their new due time within a minute. Raises BadServiceLevels, ChangedMeanwhile, NotAllowed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
    user = rights.require(actor, Right.LEAD_CASES, now)
    old = in_force()
    if old.version != seen_version:
        raise ChangedMeanwhile(
            _(
                "Somebody changed the service levels while you had them open. Look at them again, then change them."
            )
        )
    new = ServiceLevels(old.version + 1, dict(hours), tuple(week), dict(holidays))
    _check(new)
    if new.as_data() == old.as_data():
        return old
    row = ServiceLevelsVersion.objects.create(
        number=new.version, data=new.as_data(), made_by=user, made_at=now
    )
    audit.record(actor=actor, verb="service_levels.changed", subject=row, now=now, facts=_changes(old, new))
    return new


def _check(levels: ServiceLevels) -> None:
    if set(levels.hours) != {(kind, risk) for kind in KINDS for risk in RISKS}:
        raise BadServiceLevels(_("Every kind of customer and every risk needs its hours."))
    if not all(1 <= number <= LONGEST_HOURS for number in levels.hours.values()):
        raise BadServiceLevels(_("Enter hours from 1 to %(most)d.") % {"most": LONGEST_HOURS})
    if len(levels.week) != 7 or not any(levels.week):
        raise BadServiceLevels(_("At least one day of the week must be open."))
    for window in levels.week:
        # Midnight as the end is the end of the day.
        if window and window[0] >= window[1] and f"{window[1]:%H:%M}" != "00:00":
            raise BadServiceLevels(_("A day closes after it opens."))
    if len(levels.holidays) > MOST_HOLIDAYS:
        raise BadServiceLevels(
            _("At most %(most)d holidays are kept. Take out those that have passed.")
            % {"most": MOST_HOLIDAYS}
        )


def _changes(old: ServiceLevels, new: ServiceLevels) -> dict[str, Any]:
    """What is different, in plain words: the old version can be read in full, too."""
    facts: dict[str, Any] = {"version": new.version}
    for (kind, risk), number in new.hours.items():
        if old.hours[kind, risk] != number:
            facts[f"{kind} {risk} hours"] = f"{old.hours[kind, risk]} → {number}"
    if old.week != new.week:
        facts["week"] = "changed"
    added = [day.isoformat() for day in new.holidays if old.holidays.get(day) != new.holidays[day]]
    taken = [day.isoformat() for day in old.holidays if day not in new.holidays]
    return (
        facts | ({"holidays_added": added} if added else {}) | ({"holidays_removed": taken} if taken else {})
    )
