"""The tab of the workbench about risk: the rating with its reasons, who was screened, and the hits to decide."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch

from backoffice import vault
from backoffice.staff.roles import Right
from customers.screening.models import Hit, HitDecision, HitKind, Screening
from customers.screening.standing import screening_is_fresh
from onboarding import panels
from onboarding.countries import with_name
from onboarding.risk import screened, services
from onboarding.risk.levels import ANSWERS, Factor, Level
from onboarding.states import AMENDABLE

SHOWN_AT_MOST = 100


@dataclass(frozen=True)
class ReasonLine:
    label: Any
    answer: str
    level: Level


@dataclass(frozen=True)
class HitLine:
    """One hit; what was found is empty for who has not taken the case."""

    row: Hit
    found: dict[str, Any]
    reason: str


@dataclass(frozen=True)
class SubjectLine:
    key: str
    label: Any
    name: str
    last: Screening | None
    is_fresh: bool


def panel(seen: panels.Bench) -> dict[str, Any]:
    """For who reviews or may see personal data; names and what was found only for who has taken the case."""
    if Right.SEE_PERSONAL_DATA not in seen.rights:
        return {"sees_risk": False}
    reviews, open_to_us = Right.REVIEW_CASES in seen.rights, seen.case.state in AMENDABLE
    shown: dict[str, Any] = {
        "sees_risk": True,
        "may_decide_hits": reviews and seen.revealed,
        "may_screen": reviews and seen.revealed and open_to_us,
        "may_override": Right.LEAD_CASES in seen.rights and open_to_us,
        "levels": Level.choices(),
        "hit_kinds": HitKind.choices,
    }
    try:
        return {**shown, **_rating(seen), **_screenings(seen)}
    except vault.KeyDestroyed:
        return {"sees_risk": False}


def register() -> None:
    panels.register("risk", "onboarding/panels/risk.html", panel, order=10)


def _rating(seen: panels.Bench) -> dict[str, Any]:
    rating = services.rating_of(seen.case)
    if rating is None:
        return {"rating": None}
    reasons = rating.reasons if seen.revealed else []
    return {
        "rating": rating,
        "rating_text": rating.text if seen.revealed else "",
        "rating_mediums": rating.kept["mediums"],
        "rating_reasons": [ReasonLine(each.factor.label, _answer(each), each.level) for each in reasons],
    }


def _answer(reason: Any) -> str:
    if reason.factor in ANSWERS:
        return str(ANSWERS[reason.factor].get(reason.answer, reason.answer))
    return with_name(reason.answer) if reason.factor == Factor.COUNTRY else str(reason.answer)


def _screenings(seen: panels.Bench) -> dict[str, Any]:
    hits = Prefetch("hits", Hit.objects.select_related("decided_by").order_by("id"))
    rows = list(
        Screening.objects.filter(customer_id=seen.case.customer_id)
        .prefetch_related(hits)
        .order_by("-screened_at", "-id")[:SHOWN_AT_MOST]
    )
    lines = []
    for row in rows:
        row.customer = seen.case.customer
        for hit in row.hits.all():
            hit.screening = row
            lines.append(
                HitLine(hit, hit.found if seen.revealed else {}, hit.reason if seen.revealed else "")
            )
    lines.sort(key=lambda line: line.row.decision != HitDecision.OPEN)
    return {"hits": lines, "subjects": _subjects(seen, rows)}


def _subjects(seen: panels.Bench, rows: list[Screening]) -> list[SubjectLine]:
    newest: dict[str, Screening] = {}
    for row in rows:
        if row.outdated_at is None:
            newest.setdefault(row.subject_key, row)
    found = []
    for subject in screened.subjects_of(seen.case, seen.case.details):
        last = newest.get(subject.key)
        fresh = last is not None and screening_is_fresh(last, seen.now)
        name = subject.name if seen.revealed else ""
        found.append(SubjectLine(subject.key, subject.label, name, last, fresh))
    return found
