"""What the page of one customer knows before any tab is read."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise

from backoffice.staff.models import User
from backoffice.staff.roles import Right
from customers.models import Customer

ROWS = 25


@dataclass(frozen=True)
class Page:
    """One customer, as one person sees them now."""

    customer: Customer
    user: User
    rights: frozenset[Right]
    now: datetime
    # Whether names and the like are open to this person at this moment, and whether they may open them.
    sees_persons: bool
    may_open: bool
    # The query string, for tabs that are paged.
    asked: dict[str, str] = field(default_factory=dict)

    def may(self, right: Right) -> bool:
        return right in self.rights

    @property
    def url(self) -> str:
        return reverse("admin:customers_customer_change", args=[self.customer.pk])

    def url_of(self, tab: str) -> str:
        """The address of this customer's page with that tab open."""
        return reverse("admin:customers_customer_tab", args=[self.customer.pk, tab])


@dataclass(frozen=True)
class Tab:
    """One part of the page, for who holds `right`.

    `template` shows what `context(page)` returns, which is read only when the tab is opened, in at most five queries
    and no more rows than a person reads (ROWS, the newest first; `newest` pages them by number).
    """

    name: str
    title: str | Promise
    template: str
    context: Callable[[Page], dict[str, Any]]
    right: Right


def newest(rows: QuerySet[Any], page: Page) -> dict[str, Any]:
    """The newest ROWS of `rows` before `?before=`, and `older`, where the next ones begin. For lists by number."""
    before = page.asked.get("before", "")
    if before.isascii() and before.isdecimal() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    else:
        before = ""
    found = list(rows.order_by("-pk")[: ROWS + 1])
    return {
        "rows": found[:ROWS],
        "older": found[ROWS - 1].pk if len(found) > ROWS else "",
        "is_older": bool(before),
    }
