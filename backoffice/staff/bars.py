"""A small chart for the eye: one bar per row. The numbers stand beside the bars, so nothing is in the picture alone."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString


@dataclass(frozen=True)
class Bar:
    """One row: what it is, how many, and its tone (`ok wait warn bad info off`)."""

    label: str | Promise
    number: int
    tone: str = "info"
    url: str = ""
    # The count stopped there: "99+".
    is_more: bool = False
    picture: SafeString = SafeString("")  # noqa: RUF009 (a string never changes)
    unit: str = ""

    @property
    def shown(self) -> str:
        return f"{self.number - 1}+" if self.is_more else f"{self.number} {self.unit}".rstrip()


def drawn(bars: Iterable[Bar]) -> list[Bar]:
    """The same rows with their bars, the longest of them as long as there is room."""
    rows = list(bars)
    longest = max((row.number for row in rows), default=0) or 1
    return [replace(row, picture=_picture(row, longest)) for row in rows]


def _picture(row: Bar, longest: int) -> SafeString:
    width = round(100 * row.number / longest, 1) if row.number else 0
    return format_html(
        '<svg class="bar bar--{}" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="bar__ground" width="100" height="8"/><rect width="{}" height="8"/></svg>',
        row.tone,
        width,
    )
