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
    if fault := levels.opening.fault():
        raise BadServiceLevels(fault)


def _changes(old: ServiceLevels, new: ServiceLevels) -> dict[str, Any]:
    """What is different, in plain words: the old version can be read in full, too."""
    facts: dict[str, Any] = {"version": new.version}
    for (kind, risk), number in new.hours.items():
        if old.hours[kind, risk] != number:
            facts[f"{kind} {risk} hours"] = f"{old.hours[kind, risk]} → {number}"
    return facts | old.opening.changes_to(new.opening)
