"""The People tab of the workbench: who directs and who owns the company, drawn and decided person by person."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from backoffice import vault
from onboarding import panels, presenting
from onboarding.models import CaseDocument, Decision, SubmissionType
from onboarding.people import chart, records
from onboarding.people.models import Person, Role
from onboarding.states import CaseState

TONES = {Decision.ACCEPTED: "ok", Decision.REJECTED: "bad", Decision.PENDING: "wait"}


@dataclass(frozen=True)
class Shown:
    """One person as the page has them."""

    row: Person
    name: str
    rows: list[presenting.Row]
    reason: str
    linked: list[CaseDocument]
    others: list[CaseDocument]
    tone: str
    # The next one to decide: the keys act on this person.
    is_next: bool


def panel(seen: panels.Bench) -> dict[str, Any]:
    """Who stands behind a company; names only for who has taken the case. At most one query."""
    if seen.case.submission_type != SubmissionType.KYB:
        return {"people": [], "is_company": False}
    read = getattr(seen.case, "people_read", None)
    people = records.of_case(seen.case) if read is None else read
    try:
        shown = _shown(people, seen)
        drawing = _drawing(people, seen) if seen.revealed else SafeString("")
    except vault.KeyDestroyed:
        shown, drawing = [], SafeString("")
    may_decide = seen.revealed and seen.case.state == CaseState.IN_REVIEW
    return {
        "people": shown,
        "is_company": True,
        "ownership_chart": drawing,
        "may_decide_people": may_decide,
    }


def register() -> None:
    panels.register("people", "onboarding/people/panel.html", panel, order=10)


def _shown(people: list[Person], seen: panels.Bench) -> list[Shown]:
    waiting = [each for each in people if each.decision == Decision.PENDING and each.is_required]
    following = waiting[0] if waiting else None
    match = seen.current.document.document_type if seen.current else ""
    return [_one(row, seen, match, is_next=row is following) for row in people]


def _one(row: Person, seen: panels.Bench, match: str, *, is_next: bool) -> Shown:
    linked = [each for each in seen.documents if each.pk in row.linked]  # type: ignore[attr-defined]
    is_open = seen.current is not None and seen.current in linked
    name = records.LISTS[Role(row.role)]
    rows = (
        presenting.person(row.details, name, document_type=match if is_open else "") if seen.revealed else []
    )
    return Shown(
        row=row,
        name=row.name if seen.revealed else "",
        rows=[each for each in rows if each.lines or each.missing],
        reason=row.reason if seen.revealed else "",
        linked=linked,
        others=[each for each in seen.documents if each not in linked],
        tone=TONES[Decision(row.decision)],
        is_next=is_next,
    )


def _drawing(people: list[Person], seen: panels.Bench) -> SafeString:
    owners = [each for each in people if each.role == Role.OWNER]
    if not owners:
        return SafeString("")
    holdings = [
        chart.Holding(
            each.name or each.title,
            records.shown_percent(each.share) if each.ownership_percent is not None else "?",
            TONES[Decision(each.decision)],
            each.share,
        )
        for each in owners
    ]
    rest = records.WHOLE - records.owned(owners)
    if rest > 0 and all(each.ownership_percent is not None for each in owners):
        holdings.append(chart.Holding(_("Not named"), records.shown_percent(rest), "rest", Decimal(rest)))
    company = seen.case.details.get("corporationDetails", {}).get("legalName") or _("The company")
    return chart.drawn(company, holdings)
