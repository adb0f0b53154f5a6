"""When payments in a currency leave: read, and changed by a lead."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.audit import Actor, record
from backoffice.opening_hours import OpeningHours
from backoffice.staff import rights
from backoffice.staff.errors import Refusal
from backoffice.staff.roles import Right
from payments import money
from payments.times.models import SendingHours

_ONE_AT_A_TIME = 0x5E4D0001


class BadSendingHours(Refusal):
    """What was entered cannot be kept."""


class ChangedMeanwhile(Refusal):
    """Somebody else made a newer version first."""


def newest(currency: str) -> SendingHours | None:
    return (
        SendingHours.objects.filter(currency=currency).select_related("made_by").order_by("-number").first()
    )


def each_newest() -> list[SendingHours]:
    """The version in force of each currency that ever had one, by currency."""
    rows = SendingHours.objects.select_related("made_by").order_by("currency", "-number")
    return list(rows.distinct("currency"))


def opens_at(currency: str, at: datetime) -> datetime:
    """The first instant (UTC) from `at` on at which payments in this currency leave. `at` itself where they do now.

    Hours are those of the business time zone. A currency of which nobody said anything leaves at any time.
    """
    version = newest(currency)
    hours = version.opening if version else None
    following = hours.next_open(at, settings.BUSINESS_TIME_ZONE) if hours else None
    return max(at, following[0]) if following else at


@transaction.atomic
def change_sending_hours(
    *, currency: str, seen_version: int, opening: OpeningHours | None, actor: Actor, now: datetime
) -> SendingHours:
    """Make a new version for a currency or token; None lets it leave at any time. The same again changes nothing.

    It holds for what has not left yet, from the next claim on. Raises BadSendingHours, ChangedMeanwhile, NotAllowed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
    user = rights.require(actor, Right.LEAD_PAYMENTS, now)
    if currency not in money.EXPONENTS and currency not in money.TOKENS:
        raise BadSendingHours(_("Give a currency or token that is paid out, such as EUR."))
    old = newest(currency)
    if (old.number if old else 0) != seen_version:
        raise ChangedMeanwhile(
            _("Somebody changed these hours while you had them open. Look at them again, then change them.")
        )
    if opening is not None and (fault := opening.fault()):
        raise BadSendingHours(fault)
    if old is not None and old.opening == opening:
        return old
    made = SendingHours.objects.create(
        currency=currency,
        number=seen_version + 1,
        at_any_time=opening is None,
        data=opening.as_data() if opening else None,
        made_by=user,
        made_at=now,
    )
    facts: dict[str, Any] = {"currency": currency, "version": made.number, "at_any_time": opening is None}
    if opening is not None and old is not None and old.opening is not None:
        facts |= old.opening.changes_to(opening)
    record(actor=actor, verb="sending_hours.changed", subject=made, now=now, facts=facts)
    return made
