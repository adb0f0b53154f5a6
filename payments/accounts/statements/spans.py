"""Spans of whole days in the partner's business time zone. Both days belong to the span."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from backoffice.staff.errors import Refusal

EARLIEST, LATEST = date(1900, 1, 1), date(9998, 12, 30)


class NoSpan(Refusal):
    """The days do not make a span."""


@dataclass(frozen=True)
class Span:
    """From the beginning of `first` to the end of `last`, by the business clock."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if not EARLIEST <= self.first <= self.last <= LATEST:
            raise NoSpan(_("The first day must not be after the last one."))

    @property
    def start(self) -> datetime:
        return _midnight(self.first)

    @property
    def end(self) -> datetime:
        """The first instant that no longer belongs to it."""
        return _midnight(self.last + timedelta(days=1))


def this_month(now: datetime) -> Span:
    """From the first of the month to today."""
    today = now.astimezone(settings.BUSINESS_TIME_ZONE).date()
    return Span(today.replace(day=1), today)


def quick(now: datetime) -> list[tuple[str, Span]]:
    """The spans that are asked for most, with their names."""
    month = this_month(now)
    before = month.first - timedelta(days=1)
    return [
        (_("This month"), month),
        (_("Last month"), Span(before.replace(day=1), before)),
        (_("This year"), Span(month.first.replace(month=1), month.last)),
    ]


def local(at: datetime) -> str:
    """An instant by the business clock, with its offset: 2026-06-28T02:00:00+02:00."""
    return at.astimezone(settings.BUSINESS_TIME_ZONE).isoformat(timespec="seconds")


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=settings.BUSINESS_TIME_ZONE).astimezone(UTC)
