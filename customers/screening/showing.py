"""What pages outside a case show of screenings: who was screened, what is open, and what a payment meets."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, IntegerField, Prefetch, Q, QuerySet, Value, When

from backoffice import vault
from customers.models import Customer
from customers.screening.models import Hit, HitDecision, HitKind, Screening
from customers.screening.standing import screening_is_fresh
from customers.screening.subjects import PAYEE, label_of, payee_key

AT_MOST = 30


@dataclass(frozen=True)
class Line:
    """One screening with its hits. `name` is empty for who may not read it now."""

    screening: Screening
    label: str
    name: str
    is_fresh: bool
    hits: list[Hit]


@dataclass(frozen=True)
class PaymentWarning:
    """What stands against a payment, for who decides on it."""

    label: str
    kind: str
    is_confirmed: bool
    hit_id: int


def lines_of(
    customer: Customer, now: datetime, *, is_open: bool, subject_key: str | None = None
) -> list[Line]:
    """The screenings of a customer, or of one subject of theirs: those with an open hit first, then the newest."""
    to_decide = Count("hits", filter=Q(hits__decision=HitDecision.OPEN))
    rows = Screening.objects.filter(customer=customer).annotate(to_decide=to_decide)
    if subject_key is not None:
        rows = rows.filter(subject_key=subject_key)
    waits = Case(When(to_decide__gt=0, then=Value(0)), default=Value(1), output_field=IntegerField())
    hits = Prefetch("hits", Hit.objects.order_by("id"))
    found = []
    for row in rows.order_by(waits, "-screened_at", "-id").prefetch_related(hits)[:AT_MOST]:
        row.customer = customer
        found.append(
            Line(
                screening=row,
                label=label_of(row.subject_key),
                name=_name(row) if is_open else "",
                is_fresh=screening_is_fresh(row, now),
                hits=list(row.hits.all()),
            )
        )
    return found


def warnings_of(customer: Customer, *, payee_ref: str) -> list[PaymentWarning]:
    """Hits that who approves a payment to this payee should know of: open ones, and confirmed sanctions.

    Of the customer, of whoever stands behind it, and of this payee; other payees do not matter here. One query.
    """
    matters = Q(decision=HitDecision.OPEN) | Q(decision=HitDecision.CONFIRMED, kind=HitKind.SANCTIONS)
    return [
        PaymentWarning(
            label=label_of(hit.screening.subject_key),
            kind=hit.get_kind_display(),
            is_confirmed=hit.decision == HitDecision.CONFIRMED,
            hit_id=hit.pk,
        )
        for hit in _hits_of(customer).filter(matters)
        if not hit.screening.subject_key.startswith(PAYEE)
        or hit.screening.subject_key == payee_key(payee_ref)
    ]


def opened(hit: Hit) -> dict[str, Any]:
    """What was found, whose it is and how it was decided; nothing once the customer was erased."""
    try:
        return {"found": hit.found, "reason": hit.reason, "name": hit.screening.subject_name}
    except vault.KeyDestroyed:
        return {}


def _hits_of(customer: Customer) -> QuerySet[Hit]:
    rows = Hit.objects.filter(screening__customer=customer).select_related("screening")
    return rows.order_by("-decision", "id")


def _name(row: Screening) -> str:
    try:
        return row.subject_name
    except vault.KeyDestroyed:
        return ""
