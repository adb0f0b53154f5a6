"""A company's ownership as a drawing for the eye; the words beside it say the same. Pure."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

ROW, BOX = 56, 42
WIDTH, OWNER_WIDTH, COMPANY_WIDTH = 440, 196, 150
COMPANY_X = WIDTH - COMPANY_WIDTH
LONGEST, COMPANY_LONGEST = 26, 20
MOST = 20


@dataclass(frozen=True)
class Holding:
    """One owner's share in the company. `tone`: `ok`, `bad`, `wait`, or `rest` for who is not named."""

    name: str
    share: str
    tone: str
    percent: Decimal


def drawn(company: str, holdings: Sequence[Holding]) -> SafeString:
    """Owners on the left, the company on the right, a line for each share, as thick as it is large."""
    shown = holdings[:MOST]
    height = max(len(shown), 1) * ROW
    middle = height // 2
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-labelledby="chart-title chart-words">'
        '<title id="chart-title">{}</title><desc id="chart-words">{}</desc>{}{}{}</svg>',
        WIDTH,
        height,
        _("Who owns %(company)s") % {"company": company},
        in_words(company, holdings),
        format_html_join("", "{}", ((_line(row, place, middle),) for place, row in enumerate(shown))),
        format_html_join("", "{}", ((_owner(row, place, middle),) for place, row in enumerate(shown))),
        _box(COMPANY_X, middle, COMPANY_WIDTH, "company", company, COMPANY_LONGEST),
    )


def in_words(company: str, holdings: Sequence[Holding]) -> str:
    """The drawing for who does not see it."""
    if not holdings:
        return _("No owner is named.")
    return "; ".join(f"{holding.name}: {holding.share} %" for holding in holdings) + f" · {company}"


def shortened(text: str, longest: int) -> str:
    """The beginning of a text that fits; letters of East Asian scripts are twice as wide."""
    room, kept = longest, ""
    for char in text:
        room -= 2 if unicodedata.east_asian_width(char) in "WF" else 1
        if room < 0:
            return kept.rstrip() + "…"
        kept += char
    return kept


def _line(row: Holding, place: int, middle: int) -> SafeString:
    y = place * ROW + ROW // 2
    bend = (OWNER_WIDTH + COMPANY_X) // 2
    return format_html(
        '<path class="chart__line chart__line--{}" d="M{} {} C{} {} {} {} {} {}"/>',
        # Five widths are told apart by eye; the number stands beside.
        "rest" if row.tone == "rest" else min(int(row.percent // 20) + 1, 5),
        OWNER_WIDTH,
        y,
        bend,
        y,
        bend,
        middle,
        COMPANY_X,
        middle,
    )


def _owner(row: Holding, place: int, middle: int) -> SafeString:
    y = place * ROW + ROW // 2
    return format_html(
        '{}<text class="chart__share" x="{}" y="{}">{} %</text>',
        _box(0, y, OWNER_WIDTH, row.tone, row.name, LONGEST),
        OWNER_WIDTH + 8,
        # On the side that the line bends away from.
        y - 8 if y <= middle else y + 18,
        row.share,
    )


def _box(x: int, middle: int, width: int, tone: str, text: str, longest: int) -> SafeString:
    return format_html(
        '<rect class="chart__box chart__box--{}" x="{}" y="{}" width="{}" height="{}" rx="6"/>'
        '<text class="chart__name" x="{}" y="{}"><title>{}</title>{}</text>',
        tone,
        x + 1,
        middle - BOX // 2,
        width - 2,
        BOX,
        x + width // 2,
        middle + 5,
        text,
        shortened(text, longest),
    )
