"""The tabs on the right of the workbench. A room of the house puts a panel into one of them:

    panels.register("risk", "onboarding/panels/risk.html", risk_panel, order=10)      # in an app's ready()

`risk_panel(bench)` gets what the page knows already and returns the context of that template. It is asked only when
its tab is opened, and may ask the database once. Names of different panels must differ, and `case`, `customer`,
`now`, `revealed`, `documents` and `current` are there. A form in a panel carries `<input type="hidden" name="tab">`
with the tab's name, so that the reader comes back to where they were. A tab without a panel is not shown.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.staff.models import User
from backoffice.staff.roles import Right
from onboarding.models import Case, CaseDocument


@dataclass(frozen=True)
class Bench:
    """One case on the bench of one person: what the page has read already."""

    case: Case
    user: User
    now: datetime
    rights: frozenset[Right]
    # Whether personal data is shown: to who has taken the case.
    revealed: bool
    documents: list[CaseDocument]
    # Those that were taken out of the case when something newer came.
    taken_out: list[CaseDocument]
    # The document that is open in the viewer.
    current: CaseDocument | None
    # The query string of the page, for panels that are paged.
    asked: dict[str, str]
    # What one part of the page has read and another one needs too.
    known: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Panel:
    """A part of a tab: its template, and what fills it."""

    template: str
    context: Callable[[Bench], dict[str, Any]]
    order: int = 50


TABS: dict[str, Promise] = {
    "data": _("Data"),
    "people": _("People"),
    "risk": _("Risk"),
    "messages": _("Messages"),
    "history": _("History"),
}
_panels: dict[str, list[Panel]] = {name: [] for name in TABS}


def register(tab: str, template: str, context: Callable[[Bench], dict[str, Any]], *, order: int = 50) -> None:
    """Put a panel into a tab. The same template twice is kept once."""
    if all(panel.template != template for panel in _panels[tab]):
        _panels[tab].append(Panel(template, context, order))
        _panels[tab].sort(key=lambda panel: panel.order)


@dataclass(frozen=True)
class Tab:
    """One tab of the page, and the key that opens it."""

    name: str
    label: str | Promise
    key: str
    is_open: bool


def tabs(wanted: str) -> list[Tab]:
    """The tabs that hold something; the first is open if `wanted` is none of them."""
    shown = [name for name in TABS if _panels[name]]
    here = wanted if wanted in shown else shown[0]
    return [
        Tab(name, TABS[name], str(number), name == here)
        for number, name in enumerate(TABS, 1)
        if name in shown
    ]


def filled(tab: str, bench: Bench) -> dict[str, Any]:
    """The context of one tab: its panels' templates in order, and what fills them."""
    context: dict[str, Any] = {"panels": [panel.template for panel in _panels[tab]], "tab": tab}
    for panel in _panels[tab]:
        context.update(panel.context(bench))
    return context
