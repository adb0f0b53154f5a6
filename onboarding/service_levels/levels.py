"""Working hours and what is promised in them. Pure: no database, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from backoffice.opening_hours import LONGEST_SEARCH, OpeningHours, Window, office_week

RISKS = ("LOW", "MEDIUM", "HIGH")
KINDS = ("KYC", "KYB")
# What is not rated yet is treated like the most careful case.
UNRATED = "HIGH"
LONGEST_HOURS = 2000


def _day_one_hours() -> dict[tuple[str, str], int]:
    kyc, kyb = zip(RISKS, (8, 16, 24), strict=True), zip(RISKS, (16, 24, 40), strict=True)
    return {**{("KYC", risk): hours for risk, hours in kyc}, **{("KYB", risk): hours for risk, hours in kyb}}


@dataclass(frozen=True)
class ServiceLevels:
    """One version of what is promised: hours by (kind, risk), the week (Monday first; None is closed), holidays.

    A day that closes at 00:00 is open until midnight. Version 0 is what holds until a lead makes the first.
    """

    version: int = 0
    hours: Mapping[tuple[str, str], int] = field(default_factory=_day_one_hours)
    week: tuple[Window, ...] = field(default_factory=office_week)
    holidays: Mapping[date, str] = field(default_factory=dict)

    @property
    def opening(self) -> OpeningHours:
        return OpeningHours(self.week, self.holidays)

    def hours_for(self, kind: str, risk: str) -> int:
        """The working hours in which a case of this kind and risk is to be reviewed."""
        return self.hours[kind, risk if risk in RISKS else UNRATED]

    def due_at(self, since: datetime, *, kind: str, risk: str, zone: ZoneInfo) -> datetime:
        """The instant (UTC) at which the promise runs out for what came at `since`."""
        return self.after(since, timedelta(hours=self.hours_for(kind, risk)), zone=zone)

    def after(self, since: datetime, working: timedelta, *, zone: ZoneInfo) -> datetime:
        """The instant at which `working` of working time has gone by. Clock changes count as they pass."""
        left, day = working, since.astimezone(zone).date()
        last = day + LONGEST_SEARCH
        while day <= last:
            opened = self.opening.open_on(day, zone)
            if opened is not None:
                begins, ends = max(opened[0], since.astimezone(UTC)), opened[1]
                there_is = max(ends - begins, timedelta(0))
                if there_is >= left:
                    return begins + left
                left -= there_is
            day += timedelta(days=1)
        return since + working

    def between(self, start: datetime, end: datetime, *, zone: ZoneInfo) -> timedelta:
        """How much working time lies between two instants."""
        total, day = timedelta(0), start.astimezone(zone).date()
        last = min(end.astimezone(zone).date(), day + LONGEST_SEARCH)
        while day <= last:
            opened = self.opening.open_on(day, zone)
            if opened is not None:
                inside = min(opened[1], end) - max(opened[0], start)
                total += max(inside, timedelta(0))
            day += timedelta(days=1)
        return total

    def as_data(self) -> dict[str, Any]:
        """As it is kept: plain values."""
        return {
            "hours": {kind: {risk: self.hours[kind, risk] for risk in RISKS} for kind in KINDS},
            **self.opening.as_data(),
        }

    @classmethod
    def of_data(cls, version: int, data: Mapping[str, Any]) -> "ServiceLevels":
        opening = OpeningHours.of_data(data)
        return cls(
            version=version,
            hours={(kind, risk): data["hours"][kind][risk] for kind in KINDS for risk in RISKS},
            week=opening.week,
            holidays=opening.holidays,
        )
