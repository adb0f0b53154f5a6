"""How a customer stands by its screenings: who was screened lately, what is still open, what was confirmed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q

from customers.models import Customer
from customers.screening.models import Hit, HitDecision, HitKind, Screening


@dataclass(frozen=True)
class ScreeningStanding:
    """Read in one query. `fresh` holds the keys of those whose screening counts now."""

    fresh: frozenset[str] = frozenset()
    open_hits: int = 0
    open_pep: int = 0
    confirmed_pep: int = 0
    confirmed_sanctions: int = 0


def policy() -> timedelta:
    """How long a screening counts (SCREENING_VALID_DAYS)."""
    return timedelta(days=settings.SCREENING_VALID_DAYS)


def screening_is_fresh(screening: Screening, now: datetime) -> bool:
    """Whether it counts now: of the name as it stands, and neither it nor the lists are older than policy."""
    oldest = now - policy()
    return (
        screening.outdated_at is None
        and screening.screened_at >= oldest
        and screening.list_date >= oldest.date()
    )


def standing_of(customer: Customer, now: datetime) -> ScreeningStanding:
    """Everything that counts for this customer at `now`. Hits count however old their screening is."""
    matters = Hit.objects.filter(screening=OuterRef("pk")).exclude(decision=HitDecision.DISMISSED)
    rows = (
        Screening.objects.filter(customer=customer)
        .filter(Q(screened_at__gte=now - policy()) | Exists(matters))
        .annotate(
            open=Count("hits", filter=Q(hits__decision=HitDecision.OPEN)),
            open_pep=Count("hits", filter=Q(hits__decision=HitDecision.OPEN, hits__kind=HitKind.PEP)),
            pep=Count("hits", filter=Q(hits__decision=HitDecision.CONFIRMED, hits__kind=HitKind.PEP)),
            sanctions=Count(
                "hits", filter=Q(hits__decision=HitDecision.CONFIRMED, hits__kind=HitKind.SANCTIONS)
            ),
        )
        .only("subject_key", "screened_at", "list_date", "outdated_at", "customer_id")
    )
    found = list(rows)
    return ScreeningStanding(
        fresh=frozenset(row.subject_key for row in found if screening_is_fresh(row, now)),
        open_hits=sum(row.open for row in found),
        open_pep=sum(row.open_pep for row in found),
        confirmed_pep=sum(row.pep for row in found),
        confirmed_sanctions=sum(row.sanctions for row in found),
    )


def has_public_office(customer: Customer) -> bool:
    """Whether somebody of this customer's is confirmed to hold public office (a PEP)."""
    confirmed = Hit.objects.filter(decision=HitDecision.CONFIRMED, kind=HitKind.PEP)
    return confirmed.filter(screening__customer=customer).exists()
