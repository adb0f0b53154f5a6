"""A screening that somebody takes down by hand: what was typed, and what it says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from customers.rules import Unfit
from customers.screening.models import HitKind
from customers.screening.services import Found
from customers.screening.subjects import Subject

HITS = 6
FIELDS = ("subject", "provider", "list_date", "screened_at")
# How the service names a field, and how the form does.
_NAMES = {"provider": "provider", "listDate": "list_date", "screenedAt": "screened_at"}


@dataclass
class HitRow:
    """One hit of the form, as it was typed."""

    number: int
    kind: str = HitKind.SANCTIONS.value
    name: str = ""
    list: str = ""
    note: str = ""
    wrong: str = ""

    @property
    def is_typed(self) -> bool:
        return bool(self.name.strip() or self.list.strip() or self.note.strip())


@dataclass(frozen=True)
class ByHand:
    """What a form says."""

    subject: Subject
    provider: str
    list_date: date
    screened_at: datetime
    hits: list[Found]


def rows_of(typed: Mapping[str, str]) -> list[HitRow]:
    """The hits of the form, also the empty ones."""
    return [
        HitRow(
            number,
            **{
                name: typed[f"hit_{name}_{number}"]
                for name in ("kind", "name", "list", "note")
                if f"hit_{name}_{number}" in typed
            },
        )
        for number in range(1, HITS + 1)
    ]


def read(typed: Mapping[str, str], subjects: list[Subject], *, now: datetime) -> ByHand:
    """What was typed, as the service takes it. Raises Unfit with the name of the form's field."""
    subject = next((each for each in subjects if each.key == typed.get("subject", "")), None)
    if subject is None:
        raise Unfit("subject", _("Choose who was screened."))
    list_date = _day(typed.get("list_date", ""))
    if list_date is None:
        raise Unfit("list_date", _("Give the day of the lists."))
    hits = [
        Found(kind=row.kind, name=row.name.strip(), list=row.list.strip(), note=row.note)
        for row in _typed(typed)
    ]
    return ByHand(
        subject, typed.get("provider", ""), list_date, _instant(typed.get("screened_at", ""), now), hits
    )


def marked(typed: Mapping[str, str], unfit: Unfit) -> dict[str, Any]:
    """What the page shows of a refused form: the words as they were typed, and what is wrong beside its field."""
    rows = rows_of(typed)
    field, sentence = _NAMES.get(unfit.field, unfit.field), str(unfit)
    if field.startswith("hits["):
        at = int(field[len("hits[") : field.index("]")])
        [row for row in rows if row.is_typed][at].wrong = sentence
        field = ""
    return {"hit_rows": rows, "wrong": {field: sentence} if field in FIELDS else {}}


def _typed(typed: Mapping[str, str]) -> list[HitRow]:
    return [row for row in rows_of(typed) if row.is_typed]


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _instant(text: str, now: datetime) -> datetime:
    """Day and time of the business's own clocks; nothing means now."""
    if not text.strip():
        return now
    try:
        given = parse_datetime(text.strip())
    except ValueError:
        given = None
    if given is None:
        raise Unfit("screened_at", _("Give the day and the time of the screening."))
    return given if timezone.is_aware(given) else timezone.make_aware(given, settings.BUSINESS_TIME_ZONE)
