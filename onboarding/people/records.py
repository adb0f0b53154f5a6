"""The rows of a company's people: made from the case's data, read by the pages, counted by the checklist."""

import json
from collections.abc import Iterable
from datetime import datetime
from decimal import ROUND_UP, Decimal
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from backoffice import audit, vault
from backoffice.audit import Actor
from onboarding.checks import Check
from onboarding.details import full_name
from onboarding.models import Case, Decision, SubmissionType
from onboarding.people.models import DETAILS_CONTEXT, Person, PersonDocument, Role
from onboarding.requirements import IDENTITY_DOCUMENTS, Matter, needs_of

LISTS = {Role.DIRECTOR: "directors", Role.OWNER: "beneficialOwners"}
WHOLE = Decimal(100)
_PENDING: dict[str, Any] = {
    "decision": Decision.PENDING,
    "reason_sealed": b"",
    "decided_by": None,
    "decided_at": None,
}

Entry = dict[str, Any]


def of_case(case: Case) -> list[Person]:
    """Directors, then owners, in the order of the data. One query.

    Each has `linked` (numbers of its documents in the case) and `has_identity` (an accepted one proves who it is).
    """
    identity = PersonDocument.objects.filter(
        person=OuterRef("pk"),
        case_document__removed_at__isnull=True,
        case_document__decision=Decision.ACCEPTED,
        case_document__document__document_type__in=IDENTITY_DOCUMENTS,
    )
    standing = Q(documents__isnull=False, documents__case_document__removed_at__isnull=True)
    rows = Person.objects.filter(case=case, removed_at__isnull=True).annotate(
        has_identity=Exists(identity),
        linked=ArrayAgg("documents__case_document_id", filter=standing, default=[]),
    )
    found = list(rows.select_related("decided_by").order_by("role", "number"))
    for person in found:
        person.case = case
    return found


def checks(case: Case) -> list[Check]:
    """The lines of the checklist about people; none for a case that is not a company's. One query."""
    if case.submission_type != SubmissionType.KYB:
        return []
    people = of_case(case)
    # For the page, which shows the same people beside the checklist.
    case.people_read = people  # type: ignore[attr-defined]
    waits = waits_for_people(case)
    total = owned(people)
    too_much = _("The owners own %(total)s %% together; more than 100 %% cannot be.") % {
        "total": shown_percent(total)
    }
    sentences = open_questions(
        people if waits else [row for row in people if row.decision == Decision.REJECTED]
    )
    return [
        Check(_("The shares add up to at most 100 %"), total <= WHOLE, too_much if total > WHOLE else ""),
        Check(_("Each required person was accepted"), not sentences, " ".join(sentences)),
    ]


def waits_for_people(case: Case) -> bool:
    """Whether a case of this type asks that each required person is accepted."""
    needs = needs_of(case_type=case.case_type, submission_type=case.submission_type, concerns=case.concerns)
    return any(need.matter == Matter.OWNERSHIP for need, _is_again in needs)


def open_questions(people: Iterable[Person]) -> list[str]:
    """What stands in the way, in sentences that name nobody."""
    waiting, rejected, unproved = [], [], []
    for person in people:
        if person.decision == Decision.REJECTED:
            rejected.append(person.title)
        elif person.is_required and person.decision == Decision.PENDING:
            waiting.append(person.title)
        elif person.decision == Decision.ACCEPTED and not is_proved(person):
            unproved.append(person.title)
    return [
        *_sentence(_("Still to decide: %(who)s."), waiting),
        *_sentence(_("Rejected: %(who)s. Ask the customer for another person, or decline."), rejected),
        *_sentence(_("No accepted identity document any more: %(who)s."), unproved),
    ]


def _sentence(words: str, titles: list[str]) -> list[str]:
    return [words % {"who": ", ".join(titles)}] if titles else []


def is_proved(person: Person) -> bool:
    """Whether an accepted person stands on an identity document, or on the reviewer's own words."""
    return bool(person.has_identity or person.reason_sealed)  # type: ignore[attr-defined]


def owned(people: Iterable[Person]) -> Decimal:
    """What the owners own together, in percent."""
    return sum((person.share for person in people if person.role == Role.OWNER), Decimal(0))


def shown_percent(share: Decimal) -> str:
    """`25` or `33.3`, without zeros that say nothing; at most three digits after the point."""
    rounded = share.quantize(Decimal("0.001"))
    return format(rounded.normalize(), "f") if rounded else "0"


def note_awaited(case: Case) -> None:
    """Let the rows say whom the case waits for, as policy stands now. Call before the case moves on."""
    if case.submission_type != SubmissionType.KYB:
        return
    waits = waits_for_people(case)
    for person in of_case(case):
        is_awaited = waits and person.is_required
        if person.is_awaited != is_awaited:
            Person.objects.filter(pk=person.pk).update(is_awaited=is_awaited)


def put_back(case: Case) -> None:
    """Nobody is decided any more: another reviewer looks at everybody anew."""
    Person.objects.filter(case=case, removed_at__isnull=True).update(**_PENDING)


def found(case: Case) -> list[dict[str, str]]:
    """What one reviewer decided on each person: kept by the second look."""
    if case.submission_type != SubmissionType.KYB:
        return []
    return [
        {"title": person.title, "decision": person.decision, "reason": person.reason}
        for person in of_case(case)
    ]


def follow(case: Case, actor: Actor, now: datetime) -> None:
    """Bring the people in line with the case's data. Call it with the case locked, whenever the data is new.

    The same person, by name and date of birth, keeps their row; failing that, who kept either of the two does. A
    decision stands only while nothing about the person changed.
    """
    if case.submission_type != SubmissionType.KYB:
        return
    data = case.details.get("additionalCorporationDetails", {})
    changes: dict[str, list[str]] = {"added": [], "changed": [], "removed": []}
    for role, name in LISTS.items():
        _follow_role(case, role, data.get(name, []), changes, now=now)
    if any(changes.values()):
        audit.record(actor=actor, verb="case.people_changed", subject=case, now=now, facts=changes)


def _follow_role(
    case: Case, role: Role, entries: list[Entry], changes: dict[str, list[str]], *, now: datetime
) -> None:
    rows = list(Person.objects.select_for_update().filter(case=case, role=role).order_by("id"))
    rows.sort(key=lambda row: row.removed_at is not None)
    for row in rows:
        row.case = case
    known = {row.pk: row.details for row in rows}
    kept = _pair(entries, rows, known)
    for number, (entry, row) in enumerate(zip(entries, kept, strict=True), start=1):
        if row is None:
            made = Person.objects.create(case=case, role=role, added_at=now, **_columns(case, entry, number))
            changes["added"].append(str(made.person_id))
        elif known[row.pk] != entry or row.removed_at is not None:
            columns = _columns(case, entry, number) | _PENDING | {"removed_at": None}
            Person.objects.filter(pk=row.pk).update(**columns)
            changes["changed"].append(str(row.person_id))
        elif row.number != number:
            Person.objects.filter(pk=row.pk).update(number=number)
    named = {row.pk for row in kept if row is not None}
    gone = [row for row in rows if row.removed_at is None and row.pk not in named]
    Person.objects.filter(pk__in=[row.pk for row in gone]).update(removed_at=now, **_PENDING)
    changes["removed"] += [str(row.person_id) for row in gone]


def _pair(entries: list[Entry], rows: list[Person], known: dict[int, Entry]) -> list[Person | None]:
    """For each entry the row that is the same person: by both name and birth, else by one of them."""
    free, kept = list(rows), [None] * len(entries)  # type: list[Person], list[Person | None]
    for same in (_is_same, _is_alike):
        for place, entry in enumerate(entries):
            # Somebody who was taken out comes back only as exactly the same person.
            usable = (row for row in free if same is _is_same or row.removed_at is None)
            row = (
                None if kept[place] else next((each for each in usable if same(entry, known[each.pk])), None)
            )
            if row is not None:
                kept[place] = row
                free.remove(row)
    return kept


def _is_same(one: Entry, other: Entry) -> bool:
    return _name(one) == _name(other) and one.get("dateOfBirth") == other.get("dateOfBirth")


def _is_alike(one: Entry, other: Entry) -> bool:
    born = one.get("dateOfBirth")
    return bool((_name(one) and _name(one) == _name(other)) or (born and born == other.get("dateOfBirth")))


def _name(entry: Entry) -> str:
    return " ".join(full_name(entry).casefold().split())


def _columns(case: Case, entry: Entry, number: int) -> dict[str, Any]:
    plain = json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode()
    share = entry.get("ownershipPercent")
    return {
        "number": number,
        "details_sealed": vault.seal(case.customer.vault_key, plain, context=DETAILS_CONTEXT),
        # Rounded up, so that the smallest share stays one.
        "ownership_percent": None
        if share is None
        else Decimal(str(share)).quantize(Decimal("0.000001"), ROUND_UP),
    }
