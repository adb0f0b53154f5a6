"""The tab of the workbench about risk: the rating with its reasons, who was screened, and the hits to decide."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Case as SqlCase
from django.db.models import F, IntegerField, Value, When
from django.urls import reverse

from backoffice import vault
from backoffice.staff.roles import Right
from customers.screening.models import Hit, HitDecision, HitKind, Screening
from customers.screening.standing import screening_is_fresh
from customers.screening.subjects import label_of
from onboarding import panels
from onboarding.countries import with_name
from onboarding.models import Case
from onboarding.risk import by_hand, screened, services
from onboarding.risk.levels import ANSWERS, Factor, Level
from onboarding.risk.models import RatingKind
from onboarding.states import AMENDABLE

SHOWN_AT_MOST = 400


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
    # Whose screening it came from.
    whose: Any
    name: str
    decider: str

    @property
    def form(self) -> str:
        return f"hit-{self.row.pk}"


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
        "may_reopen_hits": Right.LEAD_CASES in seen.rights and seen.revealed,
        "levels": Level.choices(),
        "hit_kinds": HitKind.choices,
        "hit_rows": by_hand.rows_of({}),
        "business_zone": settings.BUSINESS_TIME_ZONE.key,
    }
    try:
        return {**shown, **_rating(seen), **_screenings(seen)}
    except vault.KeyDestroyed:
        return {"sees_risk": False}


def register() -> None:
    panels.register("risk", "onboarding/panels/risk.html", panel, order=10)


def _rating(seen: panels.Bench) -> dict[str, Any]:
    rating = services.rating_of(seen.case)
    may_rate = Right.REVIEW_CASES in seen.rights and seen.case.state in AMENDABLE
    if rating is None:
        return {"rating": None, "may_rate": may_rate}
    is_decided = rating.kind == RatingKind.OVERRIDE
    reasons = rating.reasons if seen.revealed else []
    return {
        "rating": rating,
        "may_rate": may_rate and (not is_decided or Right.LEAD_CASES in seen.rights),
        "rating_text": rating.text if seen.revealed else "",
        "rating_mediums": rating.kept["mediums"],
        "rating_reasons": [ReasonLine(each.factor.label, _answer(each), each.level) for each in reasons],
    }


def _answer(reason: Any) -> str:
    if reason.factor in ANSWERS:
        return str(ANSWERS[reason.factor].get(reason.answer, reason.answer))
    return with_name(reason.answer) if reason.factor == Factor.COUNTRY else str(reason.answer)


def _screenings(seen: panels.Bench) -> dict[str, Any]:
    rows = _rows(seen.case)
    subjects = _subjects(seen, rows)
    labels = {subject.key: subject.label for subject in subjects}
    lines = []
    for row in rows:
        row.customer = seen.case.customer
        if row.hit_id is None:
            continue
        hit = _hit(row)
        found, reason, name = (hit.found, hit.reason, row.subject_name) if seen.revealed else ({}, "", "")
        whose = labels.get(row.subject_key) or label_of(row.subject_key)
        lines.append(HitLine(hit, found, reason, whose, name, row.hit_decider or ""))
    return {
        "hits": lines,
        "open_hits": sum(line.row.decision == HitDecision.OPEN for line in lines),
        "subjects": subjects,
        "case_url": reverse("onboarding:case", args=[seen.case.case_ref]) + "?tab=risk",
    }


_HIT = ("id", "kind", "found_sealed", "decision", "decided_at", "reason_sealed")


def _rows(case: Case) -> list[Any]:
    """The screenings of a customer, each once for each of its hits: those to decide first. One query."""
    waits = When(hits__decision=HitDecision.OPEN, then=Value(0))
    hits = {f"hit_{column}": F(f"hits__{column}") for column in _HIT}
    rows = Screening.objects.filter(customer_id=case.customer_id).annotate(
        hit_decider=F("hits__decided_by__display_name"),
        waits=SqlCase(waits, default=Value(1), output_field=IntegerField()),
        **hits,
    )
    return list(rows.order_by("waits", "-screened_at", "-id", "hits__id")[:SHOWN_AT_MOST])


def _hit(row: Any) -> Hit:
    return Hit(screening=row, **{column: getattr(row, f"hit_{column}") for column in _HIT})


def _subjects(seen: panels.Bench, rows: list[Screening]) -> list[SubjectLine]:
    newest: dict[str, Screening] = {}
    for row in sorted(rows, key=lambda row: (row.screened_at, row.pk), reverse=True):
        if row.outdated_at is None:
            newest.setdefault(row.subject_key, row)
    found = []
    for subject in screened.subjects_of(seen.case, seen.case.details):
        last = newest.get(subject.key)
        fresh = last is not None and screening_is_fresh(last, seen.now)
        name = subject.name if seen.revealed else ""
        found.append(SubjectLine(subject.key, subject.label, name, last, fresh))
    return found
