"""Payments that still lack approvals and soon run out of time: shown before it is too late.

Three things run out. The time to be approved: then it expires. The last moment at which it still leaves on its day,
or today: its cut-off. And the quote that was approved already: a new one that is worse voids what was given; before
anybody approved, a new quote costs nothing. Each is found by an index of its own, so that it costs the same among a
thousand payments and a million.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Case, DateTimeField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Least
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from backoffice.opening_hours import OpeningHours
from payments.models import Approval, PaymentRequest, Quote, QuotePurpose
from payments.states import PaymentState
from payments.times.services import each_newest

DEADLINE_IS_SOON, DAY_IS_SOON, CUT_OFF_IS_SOON = timedelta(hours=24), timedelta(hours=24), timedelta(hours=4)
# Of each that runs out as many as a page and a count look at.
OF_EACH = 100
PARTS = ("deadline_runs_out", "day_runs_out", "cut_off_runs_out", "quote_runs_out")


@dataclass(frozen=True)
class RunsOut:
    """When, how long there is left, and what it means, in a sentence."""

    at: datetime
    left: timedelta
    sentence: str


def running_out(now: datetime) -> QuerySet[PaymentRequest]:
    """Those that run out soon, the first to run out first; each has `runs_out_at`, and what does in `PARTS`."""
    pending = PaymentRequest.objects.filter(state=PaymentState.PENDING_APPROVAL)
    clock = _Clock.read(now)
    soon = pending.filter(approval_deadline_at__gt=now, approval_deadline_at__lte=now + DEADLINE_IS_SOON)
    on_its_day = pending.filter(scheduled_on__in=clock.days).order_by("scheduled_on")
    shown = Quote.objects.filter(purpose=QuotePurpose.SHOWN, expires_at__gt=now).order_by("expires_at")
    agreed = shown.filter(Exists(_approvals(OuterRef("payment"))))
    found = [
        soon.order_by("approval_deadline_at").values("pk")[:OF_EACH],
        on_its_day.values("pk")[:OF_EACH],
        agreed.values("payment")[:OF_EACH],
    ]
    for currency in clock.closing:
        today = pending.filter(scheduled_on__isnull=True, currency=currency)
        found.append(today.order_by("state_since", "pk").values("pk")[:OF_EACH])
    first, *others = found
    rows = _reckoned(pending.filter(pk__in=first.union(*others, all=True)), clock)
    return rows.filter(runs_out_at__gt=now).order_by("runs_out_at", "pk")


def of_each(payments: Iterable[PaymentRequest], now: datetime) -> dict[int, RunsOut]:
    """What runs out of these, by their numbers: of those that run out soon."""
    numbers = [each.pk for each in payments if each.state == PaymentState.PENDING_APPROVAL]
    if not numbers:
        return {}
    rows = _reckoned(PaymentRequest.objects.filter(pk__in=numbers), _Clock.read(now))
    return {row.pk: _said(row, now) for row in rows.filter(runs_out_at__gt=now)}


def of(payment: PaymentRequest, now: datetime) -> RunsOut | None:
    """What runs out of this one soon, while it lacks approvals."""
    return of_each([payment], now).get(payment.pk)


@dataclass(frozen=True)
class _Clock:
    """When currencies close: today, and on the days that come soon."""

    now: datetime
    hours: dict[str, OpeningHours]
    # Currencies that close soon, and when.
    closing: dict[str, datetime]

    @classmethod
    def read(cls, now: datetime) -> "_Clock":
        hours = {row.currency: row.opening for row in each_newest() if row.opening is not None}
        closing = {}
        for currency, opening in hours.items():
            holding = opening.next_open(now, settings.BUSINESS_TIME_ZONE)
            if holding and holding[0] <= now and holding[1] - now <= CUT_OFF_IS_SOON:
                closing[currency] = holding[1]
        return cls(now, hours, closing)

    @property
    def days(self) -> list[date]:
        """Those that end soon, by the business clock."""
        today = self.now.astimezone(settings.BUSINESS_TIME_ZONE).date()
        each = [today + timedelta(days=number) for number in range(2)]
        return [day for day in each if _begins(day) - self.now <= DAY_IS_SOON]

    def leaves_by(self, day: date, currency: str = "") -> datetime | None:
        """The last moment of that day at which this currency leaves; None where that is over, or the day is closed."""
        at: datetime | None = _begins(day + timedelta(days=1))
        if currency in self.hours:
            hours = self.hours[currency].open_on(day, settings.BUSINESS_TIME_ZONE)
            at = hours[1] if hours else None
        return at if at and at > self.now else None


def _reckoned(payments: QuerySet[PaymentRequest], clock: _Clock) -> QuerySet[PaymentRequest]:
    on_days = [
        When(scheduled_on=day, currency=currency, then=Value(clock.leaves_by(day, currency)))
        for day in clock.days
        for currency in clock.hours
    ] + [When(scheduled_on=day, then=Value(clock.leaves_by(day))) for day in clock.days]
    closing = [
        When(scheduled_on__isnull=True, currency=currency, then=Value(at))
        for currency, at in clock.closing.items()
    ]
    newest = Quote.objects.filter(payment=OuterRef("pk"), purpose=QuotePurpose.SHOWN).order_by("-number")
    deadline = When(approval_deadline_at__lte=clock.now + DEADLINE_IS_SOON, then=F("approval_deadline_at"))
    rows = payments.annotate(
        shown_until=Subquery(newest.values("expires_at")[:1]),
        deadline_runs_out=_when(deadline),
        day_runs_out=_when(*on_days),
        cut_off_runs_out=_when(*closing),
    ).annotate(
        quote_runs_out=_when(
            When(Exists(_approvals(OuterRef("pk"))) & Q(shown_until__gt=clock.now), then=F("shown_until"))
        )
    )
    rows = rows.annotate(runs_out_at=Least(*PARTS))
    return rows.select_related("customer", "beneficiary", "wallet")


def _said(row: Any, now: datetime) -> RunsOut:
    what = next(part for part in PARTS if getattr(row, part) == row.runs_out_at)
    sentence = {
        "deadline_runs_out": _("Its time to be approved ends then, and it expires."),
        "day_runs_out": _("To leave on %(day)s it has to be approved by then."),
        "cut_off_runs_out": _("Payments in %(currency)s close then; later it leaves with the next hours."),
        "quote_runs_out": _("The quote that was approved ends then; a worse one voids what was given."),
    }[what]
    words = {
        "currency": row.currency,
        "day": date_format(row.scheduled_on, "j F") if row.scheduled_on else "",
    }
    return RunsOut(row.runs_out_at, row.runs_out_at - now, sentence % words)


def _approvals(payment: OuterRef) -> QuerySet[Approval]:
    return Approval.objects.filter(payment=payment, voided_at__isnull=True)


def _when(*whens: When) -> Case:
    return Case(*whens, default=Value(None), output_field=DateTimeField())


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(0), tzinfo=settings.BUSINESS_TIME_ZONE).astimezone(UTC)
