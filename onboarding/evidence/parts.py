"""The decisions beside those on documents, room by room: people, risk, screening, second look, revisions."""

from dataclasses import dataclass
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _

from customers.screening.models import Hit, Screening
from onboarding.consent import services as consent
from onboarding.evidence.instants import moment
from onboarding.models import Case
from onboarding.people.models import Person
from onboarding.presenting import Row
from onboarding.revisions.models import Revision
from onboarding.risk.models import Rating
from onboarding.second_look.models import SecondLook


@dataclass
class Part:
    """What one room knows of the case: a title, and rows as a page shows them."""

    title: str
    rows: list[Row]

    def as_data(self) -> dict[str, Any]:
        rows = [{"label": str(row.label), "lines": row.lines} for row in self.rows]
        return {"title": self.title, "rows": rows}


def parts_of(case: Case) -> list[Part]:
    """Each room that has something to say, in the order of a review."""
    parts = [
        Part(_("People"), [_person(person) for person in _of(Person, case)]),
        Part(_("What the customer agreed to"), _consent(case)),
        Part(_("Risk"), [_rating(rating) for rating in _of(Rating, case)]),
        Part(_("Screening"), _screenings(case)),
        Part(_("Second look"), [_look(look) for look in _of(SecondLook, case)]),
        Part(_("Revisions of the data"), [_revision(revision) for revision in _of(Revision, case)]),
    ]
    return [part for part in parts if part.rows]


def _of(model: Any, case: Case) -> list[Any]:
    rows = list(model.objects.filter(case=case).order_by("id"))
    for row in rows:
        row.case = case
    return rows


def _person(person: Person) -> Row:
    share = f", {person.share}%" if person.ownership_percent is not None else ""
    decided = f"{person.decided_by}, {moment(person.decided_at)}" if person.decided_by else ""
    lines = [f"{person.name}{share}", f"{person.get_decision_display()}: {decided}".rstrip(": ")]
    if person.removed_at:
        lines.append(_("No longer named since %(at)s") % {"at": moment(person.removed_at)})
    return Row(person.title, [*lines, person.reason])


def _consent(case: Case) -> list[Row]:
    """The words whose hash the evidence carries, if they were kept."""
    kept = consent.of_case(case).text
    if kept is None:
        return []
    return [Row(_("Version"), [kept.version]), Row("SHA-256", [kept.sha256]), Row(_("Text"), [kept.text])]


def _rating(rating: Rating) -> Row:
    lines = [f"{rating.get_level_display()}, {rating.get_kind_display()}"]
    lines += [
        f"{reason.factor.label}: {reason.answer or reason.rule} ({reason.level.label})"
        for reason in rating.reasons
    ]
    if rating.rated_by:
        lines.append(f"{rating.rated_by}: {rating.text}")
    lines.append(_("By version %(version)d of the matrix") % {"version": rating.matrix.version})
    return Row(moment(rating.rated_at), lines)


def _screenings(case: Case) -> list[Row]:
    rows = []
    screenings = Screening.objects.filter(customer=case.customer).order_by("id")
    for screening in screenings.prefetch_related("hits__decided_by"):
        screening.customer = case.customer
        head = _("%(provider)s, lists of %(date)s: %(subject)s") % {
            "provider": screening.provider,
            "date": formats.date_format(screening.list_date, "j F Y"),
            "subject": screening.subject_name or screening.subject_key,
        }
        rows.append(
            Row(
                moment(screening.screened_at),
                [head, *(_hit(hit, screening) for hit in screening.hits.all())],
            )
        )
    return rows


def _hit(hit: Hit, screening: Screening) -> str:
    hit.screening = screening
    found = ", ".join(str(value) for value in hit.found.values() if value)
    decided = f"{hit.decided_by}, {moment(hit.decided_at)}: {hit.reason}" if hit.decided_by else ""
    return f"{hit.get_kind_display()}: {found}. {hit.get_decision_display()} {decided}".strip()


def _look(look: SecondLook) -> Row:
    lines = [str(look.get_state_display()), ", ".join(map(str, look.reasons))]
    for by, at, result, found in (
        (look.first_by, look.first_at, look.first_result, look.first_found),
        (look.second_by, look.second_at, look.second_result, look.second_found),
    ):
        if by is not None:
            lines.append(f"{by}, {moment(at)}: {result.lower()} {found.get('reason', '')}".strip())
    if look.settled_by is not None:
        lines.append(f"{look.settled_by}, {moment(look.settled_at)}: {look.settled_result.lower()}")
    return Row(moment(look.first_at), lines)


def _revision(revision: Revision) -> Row:
    return Row(str(revision.number), [f"{moment(revision.at)}, {revision.by}"])
