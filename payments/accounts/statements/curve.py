"""A balance over the days of a span, drawn for the eye. What it shows stands in words beside it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Case, F, QuerySet, Sum, When
from django.db.models.functions import TruncDate
from django.utils.html import format_html
from django.utils.safestring import SafeString

from payments.accounts.statements import sums
from payments.accounts.statements.drawing import Statement
from payments.accounts.statements.sums import Account

WIDTH, HEIGHT = 720, 120
# Of more days than the eye can tell apart, the last one of each few is drawn.
POINTS = 360
Key = tuple[str, str]


@dataclass(frozen=True)
class Curve:
    """Balances at the ends of days: the lowest and the highest with their days, and the picture."""

    first: date
    last: date
    lowest: Decimal
    lowest_on: date
    highest: Decimal
    highest_on: date
    picture: SafeString


def curves(statement: Statement) -> dict[Key, Curve]:
    """Of each account that moved within a span of several days, by currency and network: one query.

    Call it inside the picture that the statement was read in.
    """
    span, today = statement.span, statement.made_at.astimezone(settings.BUSINESS_TIME_ZONE).date()
    last = max(span.first, min(span.last, today))
    accounts = [each for each in statement.accounts if each.lines and span.first != last]
    lines = {(each.currency, each.network): _Line(each, span.first, last) for each in accounts}
    for row in _moved(statement).iterator(chunk_size=1000) if lines else ():
        if row["day"] <= last:
            lines[row["currency"], row["network"]].move(row["day"], row["moved"])
    return {key: line.drawn() for key, line in lines.items()}


def _moved(statement: Statement) -> QuerySet[Any, dict[str, Any]]:
    """What each account moved on each day by the business clock."""
    rows = sums.lines_of(statement.customer, statement.span).order_by()
    rows = rows.annotate(day=TruncDate("occurred_at", tzinfo=settings.BUSINESS_TIME_ZONE))
    signed = Case(When(direction=sums.CREDIT, then=F("value")), default=-F("value"))
    return rows.values("currency", "network", "day").annotate(moved=Sum(signed)).order_by("day")


class _Line:
    """The balance of one account, day after day; of many days only some points are kept."""

    def __init__(self, account: Account, first: date, last: date) -> None:
        self._first, self._last = first, last
        self._days = (last - first).days + 1
        self._balance = self._lowest = self._highest = account.opening
        self._lowest_on = self._highest_on = first
        self._opening = account.opening
        self._points: dict[int, Decimal] = {}
        self._begun = False

    def move(self, day: date, moved: Decimal) -> None:
        self._balance = sums.add(self._balance, moved)
        # The balance that the span opens with stood at the end of no day in it, if the first day moved.
        fresh = not self._begun and day == self._first
        if fresh or self._balance < self._lowest:
            self._lowest, self._lowest_on = self._balance, day
        if fresh or self._balance > self._highest:
            self._highest, self._highest_on = self._balance, day
        self._begun = True
        passed = (day - self._first).days
        self._points[passed * min(self._days, POINTS) // self._days] = self._balance

    def drawn(self) -> Curve:
        return Curve(
            self._first,
            self._last,
            self._lowest,
            self._lowest_on,
            self._highest,
            self._highest_on,
            self._picture(),
        )

    def _picture(self) -> SafeString:
        """A line of steps, filled to nought, which always belongs to the picture."""
        bottom, top = min(self._lowest, Decimal(0)), max(self._highest, Decimal(0))
        height = (top - bottom) or Decimal(1)

        def down(balance: Decimal) -> float:
            return round(2 + float((top - balance) / height) * (HEIGHT - 4), 1)

        count = min(self._days, POINTS)
        steps = [f"M0 {down(self._points.get(0, self._opening))}"]
        for point, balance in sorted(self._points.items()):
            steps.append(f"H{round(WIDTH * point / count, 1)}V{down(balance)}")
        line, nought = "".join([*steps, f"H{WIDTH}"]), down(Decimal(0))
        return format_html(
            '<svg class="curve__picture" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true">'
            '<path class="curve__ground" d="{}V{}H0Z"/><path class="curve__line" d="{}"/>'
            '<path class="curve__nought" d="M0 {}H{}"/></svg>',
            WIDTH,
            HEIGHT,
            line,
            nought,
            line,
            nought,
            WIDTH,
        )
