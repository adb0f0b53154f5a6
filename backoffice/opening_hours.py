"""When somebody works, or a bank does: a week with its hours, and the holidays. Pure; no clock, no database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

# Open from the first to the second; 00:00 as the end is midnight. None is closed.
Window = tuple[time, time] | None
MOST_HOLIDAYS = 400
# A calendar of holidays alone comes to an end, too.
LONGEST_SEARCH = timedelta(days=3660)


@dataclass(frozen=True)
class OpeningHours:
    """The week, Monday first, and days that are closed beside it, by their names."""

    week: tuple[Window, ...]
    holidays: Mapping[date, str] = field(default_factory=dict)

    def open_on(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
        """From when to when (UTC) that day is open in this zone; None where it is closed."""
        window = self.week[day.weekday()]
        if window is None or day in self.holidays:
            return None
        closing_day = day + timedelta(days=1) if window[1] == time(0) else day
        opens = datetime.combine(day, window[0], tzinfo=zone).astimezone(UTC)
        return opens, datetime.combine(closing_day, window[1], tzinfo=zone).astimezone(UTC)

    def next_open(self, at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
        """The hours that hold `at`, or else the first ones after it; None where it never opens again."""
        # Yesterday's may run past midnight where clocks change.
        day = at.astimezone(zone).date() - timedelta(days=1)
        last = day + LONGEST_SEARCH
        while day <= last:
            hours = self.open_on(day, zone)
            if hours is not None and at < hours[1]:
                return hours
            day += timedelta(days=1)
        return None

    def fault(self) -> str:
        """Why it makes no sense, in a sentence; empty if it does."""
        if len(self.week) != 7 or not any(self.week):
            return _("At least one day of the week must be open.")
        if any(window and window[0] >= window[1] and window[1] != time(0) for window in self.week):
            return _("A day closes after it opens.")
        if len(self.holidays) > MOST_HOLIDAYS:
            sentence = _("At most %(most)d holidays are kept. Take out those that have passed.")
            return sentence % {"most": MOST_HOLIDAYS}
        return ""

    def as_data(self) -> dict[str, Any]:
        """As it is kept: plain values."""
        return {
            "week": [[f"{w[0]:%H:%M}", f"{w[1]:%H:%M}"] if w else None for w in self.week],
            "holidays": {day.isoformat(): name for day, name in sorted(self.holidays.items())},
        }

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> "OpeningHours":
        return cls(
            week=tuple(
                (time.fromisoformat(w[0]), time.fromisoformat(w[1])) if w else None for w in data["week"]
            ),
            holidays={date.fromisoformat(day): name for day, name in data["holidays"].items()},
        )

    def changes_to(self, new: "OpeningHours") -> dict[str, Any]:
        """What is different, in plain words for the trail."""
        facts: dict[str, Any] = {} if self.week == new.week else {"week": "changed"}
        added = [day.isoformat() for day in new.holidays if self.holidays.get(day) != new.holidays[day]]
        taken = [day.isoformat() for day in self.holidays if day not in new.holidays]
        return (
            facts
            | ({"holidays_added": added} if added else {})
            | ({"holidays_removed": taken} if taken else {})
        )


def office_week() -> tuple[Window, ...]:
    """Monday to Friday, nine to five."""
    return (*[(time(9), time(17))] * 5, None, None)
