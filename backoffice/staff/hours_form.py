"""A week with its hours and the holidays, as a person types them."""

from datetime import date, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.opening_hours import OpeningHours, Window


class OpeningHoursForm(forms.Form):
    """Two times for each day of the week, and a line for each holiday."""

    holidays = forms.CharField(
        label=gettext_lazy("Holidays"),
        required=False,
        max_length=30_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy("One on each line: the day, then its name. Such as 2026-12-25 Christmas Day."),
    )

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        for day, name in WEEKDAYS.items():
            for end, words in (("opens", _("opens")), ("closes", _("closes"))):
                self.fields[f"{end}_{day}"] = forms.TimeField(
                    label=f"{name} {words}",
                    required=False,
                    widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
                )

    def clean_holidays(self) -> dict[date, str]:
        """Each line as a day and its name."""
        found: dict[date, str] = {}
        for line in self.cleaned_data["holidays"].splitlines():
            day, _space, name = line.strip().partition(" ")
            if not day:
                continue
            try:
                found[date.fromisoformat(day)] = name.strip()[:80]
            except ValueError:
                raise ValidationError(
                    _("“%(line)s” does not begin with a day such as 2026-12-25."), params={"line": line[:40]}
                ) from None
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for day, name in WEEKDAYS.items():
            opens, closes = cleaned.get(f"opens_{day}"), cleaned.get(f"closes_{day}")
            if (opens is None) != (closes is None):
                self.add_error(f"closes_{day}", _("Enter both times for %(day)s, or none.") % {"day": name})
        return cleaned

    def opening(self) -> OpeningHours:
        data = self.cleaned_data
        week = tuple(_window(data[f"opens_{day}"], data[f"closes_{day}"]) for day in WEEKDAYS)
        return OpeningHours(week, data["holidays"])

    def days(self) -> list[dict[str, Any]]:
        """The week as rows of a table."""
        return [
            {"label": name, "fields": [self[f"opens_{day}"], self[f"closes_{day}"]]}
            for day, name in WEEKDAYS.items()
        ]


def as_typed(hours: OpeningHours) -> dict[str, Any]:
    """What the form shows of hours that stand."""
    typed: dict[str, Any] = {}
    for day, window in enumerate(hours.week):
        if window:
            typed |= {f"opens_{day}": window[0], f"closes_{day}": window[1]}
    lines = [f"{day.isoformat()} {name}".strip() for day, name in sorted(hours.holidays.items())]
    return typed | {"holidays": "\n".join(lines)}


def _window(opens: time | None, closes: time | None) -> Window:
    return (opens, closes) if opens is not None and closes is not None else None
