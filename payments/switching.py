"""The one switch over all money out: one person stops it, two administrators start it."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import prepared
from backoffice.audit import Actor, record
from backoffice.staff import rights
from backoffice.staff.models import User
from backoffice.staff.roles import Right
from payments import errors
from payments.guards import reason_given
from payments.models import MoneyOutSwitch

ASKING_LIVES = timedelta(hours=24)


def money_out() -> MoneyOutSwitch:
    """The switch as it stands; closed where nobody ever touched it."""
    return MoneyOutSwitch.objects.select_related("asked_by", "confirmed_by").filter(pk=1).first() or (
        MoneyOutSwitch(pk=1)
    )


def is_open() -> bool:
    """Whether money may leave. Written out, because it is asked before each letter."""
    with prepared.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM payments_moneyoutswitch WHERE id = 1 AND is_open)")
        answer: bool = cursor.fetchone()[0]
        return answer


def asking_counts(switch: MoneyOutSwitch, now: datetime) -> bool:
    """Whether somebody asked to open it, not too long ago."""
    return not switch.is_open and switch.asked_at is not None and now - switch.asked_at < ASKING_LIVES


def to_confirm_for(user: User, held: frozenset[Right]) -> list[QuerySet[MoneyOutSwitch]]:
    """For the sidebar: that another administrator asked to open it, for who can confirm that."""
    if Right.OPEN_MONEY_OUT not in held:
        return []
    asked = MoneyOutSwitch.objects.filter(is_open=False, asked_at__gt=timezone.now() - ASKING_LIVES)
    return [asked.exclude(asked_by=user)]


@transaction.atomic
def stop_money_out(*, reason: str, actor: Actor, now: datetime) -> MoneyOutSwitch:
    """Nothing leaves any more, from the next claim on. Raises NotAllowed, ReasonNeeded, SwitchStands."""
    rights.require(actor, Right.STOP_MONEY_OUT, now)
    words = reason_given(reason)
    switch = _locked()
    if not switch.is_open and switch.asked_at is None:
        raise errors.SwitchStands(_("Money out is stopped already."))
    switch.is_open, switch.closed_by, switch.reason = False, actor.label, words[:300]
    switch.asked_by = switch.asked_at = switch.confirmed_by = None
    switch.changed_at = now
    switch.save()
    record(actor=actor, verb="money_out.stopped", subject=switch, now=now, note=words)
    return switch


@transaction.atomic
def ask_to_open_money_out(*, actor: Actor, now: datetime) -> MoneyOutSwitch:
    """The first of two administrators. Raises NotAllowed, SwitchStands."""
    user = rights.require(actor, Right.OPEN_MONEY_OUT, now)
    switch = _locked()
    if switch.is_open:
        raise errors.SwitchStands(_("Money out is open already."))
    if asking_counts(switch, now) and switch.asked_by != user:
        raise errors.SwitchStands(_("Another administrator asked already. Confirm instead of asking."))
    switch.asked_by, switch.asked_at = user, now
    switch.save()
    record(actor=actor, verb="money_out.opening_asked", subject=switch, now=now)
    return switch


@transaction.atomic
def confirm_open_money_out(*, actor: Actor, now: datetime) -> MoneyOutSwitch:
    """The second of two administrators. Raises NotAllowed, SwitchStands, SameAdministrator."""
    user = rights.require(actor, Right.OPEN_MONEY_OUT, now)
    switch = _locked()
    if switch.is_open:
        raise errors.SwitchStands(_("Money out is open already."))
    if not asking_counts(switch, now) or switch.asked_by is None:
        raise errors.SwitchStands(_("Nobody asked to open money out in the last 24 hours. Ask first."))
    if switch.asked_by == user:
        raise errors.SameAdministrator(
            _("You asked to open money out. Another administrator has to confirm it.")
        )
    # The first one must still be allowed to, now that it takes effect.
    rights.require(switch.asked_by, Right.OPEN_MONEY_OUT, now)
    switch.is_open, switch.confirmed_by = True, user
    switch.changed_at, switch.closed_by, switch.reason = now, "", ""
    switch.save()
    facts = {"asked_by": switch.asked_by.pk, "confirmed_by": user.pk}
    record(actor=actor, verb="money_out.opened", subject=switch, now=now, facts=facts)
    return switch


def _locked() -> MoneyOutSwitch:
    MoneyOutSwitch.objects.bulk_create([MoneyOutSwitch(pk=1)], ignore_conflicts=True)
    return MoneyOutSwitch.objects.select_for_update(of=("self",)).get(pk=1)
