"""Pictures for the eye, drawn here: what they show stands as numbers in the table below each."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from payments import terms
from payments.accounts.statements.spans import Span
from payments.overview.reading import Volume

STEP, BAR, HEIGHT = 20, 14, 120
# What is there can be seen, however small it is beside the largest.
LEAST = 2.0
PHASES = ("approving", "leaving", "sending", "carrying", "answering")


def columns(rows: Sequence[Volume], span: Span) -> SafeString:
    """One column a day: upwards what settled, downwards what failed or came back, in one scale."""
    up = max((row.settled for row in rows), default=Decimal(0))
    down = max((row.troubled for row in rows), default=Decimal(0))
    whole = float(up + down) or 1.0
    nought = (HEIGHT - 2 * LEAST) * float(up) / whole + LEAST
    days = (span.last - span.first).days + 1
    bars = [bar for row in rows if row.day for bar in _bars(row, row.day, span.first, nought, whole)]
    return format_html(
        '<svg class="volume" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">'
        '{}<path class="volume__nought" d="M0 {}H{}"/></svg>',
        days * STEP,
        HEIGHT,
        _words(rows),
        format_html_join(
            "",
            '<rect class="volume__{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>',
            bars,
        ),
        round(nought, 1),
        days * STEP,
    )


def parts(sums: Sequence[timedelta]) -> SafeString:
    """One bar: how large a part of all the time each phase took, in their order."""
    whole = sum((each.total_seconds() for each in sums), 0.0)
    at, rects = 0.0, []
    for name, each in zip(PHASES, sums, strict=True):
        width = 100 * each.total_seconds() / whole if whole else 0.0
        if width:
            rects.append((name, round(at, 2), round(width, 2)))
        at += width
    return format_html(
        '<svg class="phases" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">{}</svg>',
        format_html_join("", '<rect class="phases__{}" x="{}" width="{}" height="8"/>', rects),
    )


def _bars(
    row: Volume, day: date, first: date, nought: float, whole: float
) -> list[tuple[str, int, float, int, float, str]]:
    x = (day - first).days * STEP + (STEP - BAR) // 2
    room = HEIGHT - 2 * LEAST
    found = []
    for name, amount, words in (
        ("settled", row.settled, _("%(day)s: %(amount)s settled")),
        ("troubled", row.troubled, _("%(day)s: %(amount)s failed or came back")),
    ):
        if not amount:
            continue
        height = max(LEAST, room * float(amount) / whole)
        y = nought - height if name == "settled" else nought
        shown = terms.digits(amount, row.currency, row.network)
        told = words % {"day": date_format(day, "j F"), "amount": f"{shown} {row.currency}"}
        found.append((name, x, round(y, 1), BAR, round(height, 1), told))
    return found


def _words(rows: Sequence[Volume]) -> str:
    return _("Settled, and failed or returned, on each day in %(currency)s; the numbers stand below") % {
        "currency": rows[0].name
    }
