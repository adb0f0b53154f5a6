"""Keeping each form of a case's data, and telling what changed between two of them and through whom."""

import itertools
import json
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from backoffice import vault
from backoffice.audit import Actor
from onboarding import presenting
from onboarding.models import Case
from onboarding.revisions.models import REVISION_CONTEXT, Revision


@dataclass(frozen=True)
class Difference:
    """One field that somebody changed: what it is called, what it was, what it is, who and when."""

    section: str | Promise
    label: str | Promise
    old: str
    new: str
    by: str
    at: datetime


def keep(case: Case, *, actor: Actor, now: datetime) -> Revision:
    """Keep the data of a case as it stands now, under the next number. Call it under the lock of the case."""
    case.revision += 1
    case.save(update_fields=["revision"])
    standing = case.case_documents.filter(removed_at__isnull=True).order_by("id")
    plain = json.dumps(case.details, ensure_ascii=False, separators=(",", ":")).encode()
    return Revision.objects.create(
        case=case,
        number=case.revision,
        details_sealed=vault.seal(case.customer.vault_key, plain, context=REVISION_CONTEXT),
        document_ids=[str(each) for each in standing.values_list("document__document_id", flat=True)],
        by=actor.label,
        at=now,
    )


def differences_since(case: Case, number: int) -> list[Difference]:
    """What changed in the case's data after revision `number`, field by field, in the order in which it happened."""
    rows = list(case.revisions.filter(number__gte=number).order_by("number"))
    found: list[Difference] = []
    for before, after in itertools.pairwise(rows):
        before.case = after.case = case
        found += between(before, after, submission_type=case.submission_type)
    return found


def between(before: Revision, after: Revision, *, submission_type: str) -> list[Difference]:
    """The fields in which two revisions differ, as the reader of the page knows them."""
    old = _flat(presenting.sections(before.details, submission_type=submission_type))
    new = _flat(presenting.sections(after.details, submission_type=submission_type))
    return [
        Difference(
            section, label, old.get((section, label), ""), new.get((section, label), ""), after.by, after.at
        )
        for section, label in dict.fromkeys([*old, *new])
        if old.get((section, label), "") != new.get((section, label), "")
    ]


def _flat(sections: list[presenting.Section]) -> dict[tuple[str, str], str]:
    return {
        (str(section.title), str(row.label)): ", ".join(row.lines)
        for section in sections
        for row in section.rows
    }
