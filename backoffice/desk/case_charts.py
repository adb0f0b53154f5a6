"""How onboarding goes: open cases by age, decided by day, time to decision, what is asked for again. Five queries."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, DurationField, ExpressionWrapper, F, Q
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from backoffice.staff.bars import Bar, drawn
from backoffice.staff.measuring import Percentile, length_words
from onboarding.models import Case
from onboarding.requested.models import Origin, RequestedItem
from onboarding.requested.texts import LABELS
from onboarding.states import OPEN_STATES

DAYS = 14
LATELY = timedelta(days=30)
DECIDED = ("APPROVED", "REJECTED", "DECLINED")
# From this many days, to fewer than that many, and the tone.
AGES = ((0, 1, "ok"), (1, 3, "ok"), (3, 7, "wait"), (7, 14, "warn"), (14, None, "bad"))


@dataclass(frozen=True)
class Column:
    """One day of the throughput."""

    day: date
    number: int


def block(request: HttpRequest) -> str:
    """The charts on a lead's home."""
    now = timezone.now()
    columns = decided_by_day(now)
    context = {
        "ages": drawn(open_by_age(now)),
        "columns": columns,
        "throughput": columns_drawn(columns),
        "decided": sum(column.number for column in columns),
        "times": time_to_decision(now),
        "asked_again": drawn(asked_again(now)),
        "now": now,
    }
    return render_to_string("desk/case_charts.html", context, request=request)


def open_by_age(now: datetime) -> list[Bar]:
    """Every open case by how long ago it came."""
    counts = {
        f"age_{since}": Count(
            "pk",
            filter=Q(created_at__lte=now - timedelta(days=since))
            & (Q() if until is None else Q(created_at__gt=now - timedelta(days=until))),
        )
        for since, until, _tone in AGES
    }
    found = Case.objects.filter(state__in=OPEN_STATES).aggregate(**counts)
    return [Bar(_age(since, until), found[f"age_{since}"], tone) for since, until, tone in AGES]


def decided_by_day(now: datetime) -> list[Column]:
    """How many cases came to a decision on each of the last days, in the business time zone."""
    zone = settings.BUSINESS_TIME_ZONE
    today = now.astimezone(zone).date()
    rows = Case.objects.filter(state__in=DECIDED, state_since__gt=now - timedelta(days=DAYS + 1))
    found = dict(
        rows.annotate(day=TruncDate("state_since", tzinfo=zone))
        .values_list("day")
        .annotate(number=Count("pk"))
    )
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    return [Column(day, found.get(day, 0)) for day in days]


def time_to_decision(now: datetime) -> dict[str, Any]:
    """From the day a case came to its end, of the last 30 days: half took at most the median, nine of ten the other."""
    took = ExpressionWrapper(F("state_since") - F("created_at"), output_field=DurationField())
    rows = Case.objects.filter(state__in=DECIDED, state_since__gte=now - LATELY)
    found = rows.aggregate(
        number=Count("pk"), median=Percentile(took, share=0.5), ninetieth=Percentile(took, share=0.9)
    )
    return {
        "number": found["number"],
        "median": length_words(found["median"]),
        "ninetieth": length_words(found["ninetieth"]),
    }


def asked_again(now: datetime) -> list[Bar]:
    """Of the cases that came in the last 30 days: in how many percent we asked for more, and why."""
    all_of_them = Case.objects.filter(created_at__gte=now - LATELY).count()
    if not all_of_them:
        return []
    items = RequestedItem.objects.filter(
        case__created_at__gte=now - LATELY, origin=Origin.US, asked_at__isnull=False
    )
    rows = items.values_list("code").annotate(number=Count("case", distinct=True)).order_by("-number", "code")
    labels = {code.value: label for code, label in LABELS.items()}
    return [
        Bar(
            labels.get(code, _("Something else")),
            max(1, round(100 * number / all_of_them)),
            "warn",
            unit="%",
        )
        for code, number in rows
    ]


def columns_drawn(columns: list[Column]) -> SafeString:
    """One column for each day, as a picture; the same numbers stand in the table below it."""
    tallest = max((column.number for column in columns), default=0) or 1
    height = 90
    bars = format_html_join(
        "",
        '<rect x="{}" y="{}" width="14" height="{}" rx="2"><title>{}: {}</title></rect>',
        (
            (
                at * 20 + 3,
                height - max(1, round(height * column.number / tallest)),
                max(1, round(height * column.number / tallest)),
                date_format(column.day, "j F"),
                column.number,
            )
            for at, column in enumerate(columns)
        ),
    )
    words = _("Cases decided on each of the last %(days)d days, at most %(most)d on one day") % {
        "days": len(columns),
        "most": max((column.number for column in columns), default=0),
    }
    return format_html(
        '<svg class="columns" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        len(columns) * 20,
        height,
        words,
        bars,
    )


def _age(since: int, until: int | None) -> str:
    if until is None:
        return _("%(days)d days and more") % {"days": since}
    if since == 0:
        return _("Today")
    return _("%(since)d to %(until)d days") % {"since": since, "until": until}
