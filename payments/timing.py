"""When a payment leaves: on its date, in the hours of its currency, and not while somebody holds it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from backoffice.audit import Actor, record
from backoffice.staff import rights
from backoffice.staff.roles import Right
from payments import errors, guards
from payments.models import PaymentRequest
from payments.states import CANCELLABLE
from payments.times.services import opens_at

FARTHEST = timedelta(days=366)


@dataclass(frozen=True)
class NotYet:
    """Until when it stays (UTC), and why in a sentence."""

    until: datetime
    sentence: str


def not_yet(payment: PaymentRequest, now: datetime) -> NotYet | None:
    """Why an approved payment does not leave now: its date, or the hours of its currency. None if it may."""
    zone = settings.BUSINESS_TIME_ZONE
    begins = now
    if payment.scheduled_on is not None:
        begins = max(now, datetime.combine(payment.scheduled_on, time(0), tzinfo=zone))
    waits_until = wait_ends(payment)
    begins = max(begins, waits_until or now)
    leaves = opens_at(payment.currency, begins)
    if leaves <= now:
        return None
    local = leaves.astimezone(zone)
    at = f"{date_format(local, 'j F Y, H:i')} ({zone.key})"
    if begins > now and begins == waits_until:
        sentence = _("Its beneficiary was added lately, and the policy lets it wait: it leaves on %(at)s.")
        return NotYet(leaves, sentence % {"at": at})
    if begins > now:
        return NotYet(leaves, _("It was asked for with a date: it leaves on %(at)s.") % {"at": at})
    sentence = _("Payments in %(currency)s have closed for now (cut-off or holiday): it leaves on %(at)s.")
    return NotYet(leaves, sentence % {"currency": payment.currency, "at": at})


def wait_ends(payment: PaymentRequest) -> datetime | None:
    """Until when no money leaves for its beneficiary, by the policy that the payment was decided by."""
    seconds = payment.policy.get("beneficiary_wait", 0)
    if payment.payee is None or not seconds:
        return None
    return payment.payee.created_at + timedelta(seconds=seconds)


def read_date(text: str) -> date | None:
    """The day that a request names; empty is none. Raises Unfit."""
    if not text:
        return None
    try:
        return date.fromisoformat(text) if len(text) == 10 else _bad_date()
    except ValueError:
        return _bad_date()


def check_date(scheduled_on: date | None, now: datetime) -> None:
    """Raise Unfit for a day that is over, or farther away than anybody plans."""
    if scheduled_on is None:
        return
    today = now.astimezone(settings.BUSINESS_TIME_ZONE).date()
    if scheduled_on < today:
        raise errors.Unfit("scheduledOn", _("This day is over. Give today or a later one."))
    if scheduled_on > today + FARTHEST:
        raise errors.Unfit("scheduledOn", _("Give a day within the next 12 months."))


@transaction.atomic
def hold(*, payment: PaymentRequest, reason: str, actor: Actor, now: datetime) -> PaymentRequest:
    """Keep it from leaving until somebody releases it, as long as no worker has claimed it; approvals stay.

    Raises NotAllowed, TooLate, HeldAlready, ReasonNeeded.
    """
    payment = guards.locked(payment)
    user = rights.person(actor)
    lead = Right.LEAD_PAYMENTS in rights.rights_held(user)
    rights.require(actor, Right.LEAD_PAYMENTS if lead else Right.APPROVE_PAYMENTS, now)
    words = guards.reason_given(reason)
    if payment.state not in CANCELLABLE:
        sentence = _("This payment is %(state)s and cannot be held any more.")
        raise errors.TooLate(sentence % {"state": payment.get_state_display().lower()})
    if payment.held_at is not None:
        raise errors.HeldAlready(_("%(name)s holds this payment already.") % {"name": payment.held_by})
    guards.set_columns(payment, held_at=now, held_by=actor.label)
    _record(payment, "payment.held", words, actor=actor, now=now)
    return payment


@transaction.atomic
def release(*, payment: PaymentRequest, reason: str, actor: Actor, now: datetime) -> PaymentRequest:
    """Let it go on. Raises NotAllowed, NotHeld, ReasonNeeded."""
    payment = guards.locked(payment)
    rights.require(actor, Right.LEAD_PAYMENTS, now)
    words = guards.reason_given(reason)
    if payment.held_at is None:
        raise errors.NotHeld(_("Nobody holds this payment."))
    guards.set_columns(payment, held_at=None, held_by="")
    _record(payment, "payment.released", words, actor=actor, now=now)
    return payment


def _record(payment: PaymentRequest, verb: str, words: str, *, actor: Actor, now: datetime) -> None:
    facts: dict[str, Any] = {"ref": payment.payment_ref, "state": payment.state}
    key = payment.customer.vault_key
    record(actor=actor, verb=verb, subject=payment, now=now, facts=facts, note=words, customer_key=key)


def _bad_date() -> None:
    raise errors.Unfit("scheduledOn", _("Give a day such as 2026-12-24."))
