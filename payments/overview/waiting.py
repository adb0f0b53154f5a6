"""The queues with their counts, as the sidebar and the queues themselves define them: all counted in one query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.staff.counting import COUNTED_AT_MOST, count_each
from backoffice.staff.models import User
from backoffice.staff.roles import rights_of
from payments import payee_desk, showing
from payments.batches import showing as batches
from payments.desks import doubts
from payments.reconciliation import services as reconciliation


@dataclass(frozen=True)
class Queue:
    """What waits, and where it is worked on."""

    label: str
    number: int
    url: str

    @property
    def shown(self) -> str:
        return f"{COUNTED_AT_MOST - 1}+" if self.number >= COUNTED_AT_MOST else str(self.number)


def queues(user: User, now: datetime) -> list[Queue]:
    """Every queue of payments that this person may open, their own work first. One query."""
    found = _places(user, now)
    each = [rows for _label, _url, parts in found for rows in parts]
    counts = iter(count_each(each))
    return [Queue(label, sum(next(counts) for _part in parts), url) for label, url, parts in found]


def _places(user: User, now: datetime) -> list[tuple[str, str, Sequence[QuerySet[Any]]]]:
    rights, queue = rights_of(user.roles), reverse("payments:queue")
    tabs = [(tab.label, f"{queue}?queue={tab.name}", [tab.rows]) for tab in showing.tabs(user, now)]
    others: list[tuple[str, str, Sequence[QuerySet[Any]]]] = [
        (_("Outcome unknown"), reverse("payout_desks:unknown"), [doubts.in_doubt()]),
        (
            _("Beneficiaries to confirm"),
            reverse("payments:to_confirm"),
            payee_desk.to_confirm_for(user, rights),
        ),
        (_("Batches to book"), reverse("batches:list"), batches.waiting_for_me(user, rights)),
        (_("Breaks to explain"), reverse("reconciliation:overview"), [reconciliation.unsolved()]),
    ]
    return [*tabs, *(place for place in others if place[2])]
