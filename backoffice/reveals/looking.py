"""Who looked, when and why: of one customer, of one member of staff, or the newest of all. Queries only."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet
from django.urls import NoReverseMatch, reverse

from backoffice.reveals.models import Burst, Purpose, Reveal

ROWS = 50


@dataclass(frozen=True)
class Look:
    """One line of the page."""

    reveal: Reveal
    subject: str
    url: str


def looks(*, customer_ref: str, person: int | None, before: int | None) -> tuple[list[Look], int | None]:
    """The newest looks, at most 50, and after which id the next page begins (None on the last)."""
    rows: QuerySet[Reveal] = Reveal.objects.select_related("user", "export")
    if customer_ref:
        rows = rows.filter(customer_ref=customer_ref)
    if person is not None:
        rows = rows.filter(user_id=person)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-id")[: ROWS + 1])
    return [_look(row) for row in found[:ROWS]], found[ROWS - 1].pk if len(found) > ROWS else None


def of_burst(burst: Burst) -> list[Look]:
    """The looks that the burst is made of, newest first."""
    rows = Reveal.objects.filter(user=burst.user, at__gte=burst.began_at, at__lte=burst.last_at)
    decisions = Q(purpose=Purpose.DECISION)
    rows = rows.exclude(decisions) if burst.by_choice else rows.filter(decisions)
    return [_look(row) for row in rows.select_related("user", "export").order_by("-id")[: ROWS * 2]]


def waiting_bursts() -> QuerySet[Burst]:
    return Burst.objects.filter(acknowledged_at=None).select_related("user").order_by("began_at")


def _look(reveal: Reveal) -> Look:
    try:
        meta: Any = apps.get_model(reveal.subject_type)._meta
        url = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[reveal.subject_id])
    except (LookupError, ValueError, NoReverseMatch):
        return Look(reveal, reveal.subject_name, "")
    return Look(reveal, f"{meta.verbose_name} {reveal.subject_name}", url)
