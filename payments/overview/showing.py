"""What the page of the overview is made of."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.staff.measuring import length_words
from backoffice.staff.models import User
from payments import terms
from payments.overview import drawing, exporting, reading, waiting
from payments.overview.asking import ALL, QUICK, Asked, AskForm, last_days
from payments.overview.reading import Phases, Times, Volume

# So many days are a table that can be read at once; more are opened when they are wanted.
OPEN_DAYS = 7
PHASE_WORDS: tuple[str | Promise, ...] = (
    gettext_lazy("Waiting for approval"),
    gettext_lazy("Approved, not sent yet"),
    gettext_lazy("Being sent"),
    gettext_lazy("At Oceafin"),
    gettext_lazy("Answering Oceafin"),
)


def overview(user: User, form: AskForm, now: datetime) -> dict[str, Any]:
    """Everything that the page shows, in as many queries for a million payments as for one."""
    asked = form.asked
    found = reading.volumes(asked)
    form.fields["currency"].widget.choices = _choices(found, asked)
    shown = [row for row in found if asked.currency in ("", row.currency)]
    sees_people = exporting.may_see_people(user)
    return {
        "asked": asked,
        "quick": _quick(asked, now),
        "zone": settings.BUSINESS_TIME_ZONE.key,
        "queues": waiting.queues(user, now),
        "currencies": [_currency(rows, asked) for rows in _by_currency(shown)],
        "times": _times(reading.times(asked), reading.phases(asked)) if shown else [],
        "phases": list(zip(drawing.PHASES, PHASE_WORDS, strict=True)),
        "followed": reading.FOLLOWED,
        "sees_people": sees_people,
        "people": _people(asked) if sees_people else [],
        "decisions": reading.DECISIONS,
        "now": now,
    }


def _choices(found: Sequence[Volume], asked: Asked) -> list[tuple[str, Any]]:
    """What ended in these days, and what was asked for."""
    names = sorted({row.currency for row in found} | ({asked.currency} - {""}))
    return [ALL, *((name, name) for name in names)]


def _quick(asked: Asked, now: datetime) -> list[tuple[str, str, bool]]:
    today = now.astimezone(settings.BUSINESS_TIME_ZONE).date()
    filters = {"kind": asked.kind, "currency": asked.currency}
    return [
        (
            _("Last %(days)d days") % {"days": days},
            urlencode({"days": days, **filters}),
            asked.span == last_days(days, today),
        )
        for days in QUICK
    ]


def _by_currency(rows: Sequence[Volume]) -> list[list[Volume]]:
    """The currencies with the most payments first."""
    groups = [list(days) for _key, days in groupby(rows, key=lambda row: (row.currency, row.network))]
    return sorted(groups, key=lambda days: (-sum(day.count for day in days), days[0].currency))


def _currency(rows: list[Volume], asked: Asked) -> dict[str, Any]:
    whole = reading.together(rows)
    return {
        "name": whole.name,
        "currency": whole.currency,
        "whole": _volume(whole),
        "days": [_volume(row) for row in reversed(rows)],
        "picture": drawing.columns(rows, asked.span) if asked.days > 1 else "",
        "is_open": len(rows) <= OPEN_DAYS,
    }


def _volume(row: Volume) -> dict[str, Any]:
    amounts = {name: terms.digits(getattr(row, name), row.currency, row.network) for name in reading.ENDS}
    return {"row": row, "share": exporting.share_words(row), **amounts}


def _times(times: Sequence[Times], phases: Sequence[Phases]) -> list[dict[str, Any]]:
    parts = {(part.kind, part.currency, part.network): part for part in phases}
    found = []
    for row in times:
        part = parts.get((row.kind, row.currency, row.network))
        found.append(
            {
                "row": row,
                "median": length_words(row.median),
                "ninetieth": length_words(row.ninetieth),
                "picture": drawing.parts(part.sums) if part else "",
                "medians": [_phase_words(each) for each in part.medians] if part else [],
            }
        )
    return found


def _phase_words(length: timedelta) -> str:
    return length_words(length) if length >= timedelta(minutes=1) else _("under a minute") if length else "–"


def _people(asked: Asked) -> list[dict[str, Any]]:
    return [{"row": row, "took": length_words(row.took)} for row in reading.people(asked)]
