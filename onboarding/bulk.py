"""One act on many cases: each is checked and done by itself, and what came of each is told."""

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice import references, reveals
from backoffice.audit import Actor, MovedMeanwhile
from backoffice.spreadsheets import neutral
from backoffice.staff import rights
from backoffice.staff.errors import Refusal
from backoffice.staff.models import User
from backoffice.staff.roles import Right
from backoffice.states import IllegalMove
from onboarding.claiming import hand_over_case
from onboarding.models import Case
from onboarding.requested.services import remind_customer

MOST_AT_ONCE = 100


class TooMany(Refusal):
    """More than one act may touch."""


@dataclass(frozen=True)
class Outcome:
    """What came of one case."""

    case_ref: str
    is_done: bool
    sentence: str


def hand_over_many(
    *, case_refs: Sequence[str], to: User, note: str, actor: Actor, now: datetime
) -> list[Outcome]:
    """Give each of these cases to a colleague, as `hand_over_case` does it. Raises TooMany."""
    done = _("%(name)s has it now.") % {"name": to.display_name}
    return _each(
        case_refs, done, lambda case: hand_over_case(case=case, to=to, note=note, actor=actor, now=now)
    )


def remind_many(*, case_refs: Sequence[str], actor: Actor, now: datetime) -> list[Outcome]:
    """Remind each of these customers, as `remind_customer` does it. Raises TooMany."""
    return _each(
        case_refs,
        _("The customer is reminded."),
        lambda case: remind_customer(case=case, actor=actor, now=now),
    )


@transaction.atomic
def export_cases(*, case_refs: Sequence[str], purpose: str, words: str, actor: Actor, now: datetime) -> str:
    """These cases as CSV, with the customers' names; it is on record who took which, and what for.

    No cell can be taken for a formula. Instants are UTC, ISO 8601. The page asks for the second factor first.
    Raises TooMany, NotAllowed, PurposeNeeded.
    """
    rights.require(actor, Right.REVIEW_CASES, now)
    wanted = _checked(case_refs)
    rows = (
        Case.objects.filter(case_ref__in=_possible(wanted))
        .select_related("customer", "claimed_by")
        .order_by("due_at", "id")
    )
    cases = list(rows)
    reveals.record_export(
        what="Onboarding cases (CSV)",
        customers=[case.customer for case in cases],
        purpose=purpose,
        words=words,
        actor=actor,
        now=now,
    )
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(["case", "customer", "name", "kind", "state", "risk", "due_at", "with", "came_at"])
    for case in cases:
        writer.writerow([neutral(cell) for cell in _cells(case)])
    return out.getvalue()


def _cells(case: Case) -> list[str]:
    return [
        case.case_ref,
        case.customer.partner_customer_ref,
        case.customer.display_name,
        case.submission_type,
        case.state,
        case.risk_level,
        _instant(case.due_at),
        case.claimed_by.display_name if case.claimed_by else "",
        _instant(case.created_at),
    ]


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _each(case_refs: Sequence[str], done: str, act: Callable[[Case], Any]) -> list[Outcome]:
    found = {case.case_ref: case for case in Case.objects.filter(case_ref__in=_possible(_checked(case_refs)))}
    outcomes = []
    for ref in dict.fromkeys(case_refs):
        if ref not in found:
            outcomes.append(Outcome(ref, False, _("There is no such case.")))
            continue
        try:
            act(found[ref])
        except (Refusal, IllegalMove, MovedMeanwhile) as refusal:
            outcomes.append(Outcome(ref, False, str(refusal)))
        else:
            outcomes.append(Outcome(ref, True, done))
    return outcomes


def _checked(case_refs: Sequence[str]) -> Sequence[str]:
    if not case_refs:
        raise TooMany(_("Choose at least one case."))
    if len(case_refs) > MOST_AT_ONCE:
        raise TooMany(_("Choose at most %(most)d cases at once.") % {"most": MOST_AT_ONCE})
    return case_refs


def _possible(case_refs: Sequence[str]) -> list[str]:
    """Without what no case is called: not every text can be looked up."""
    return [ref for ref in case_refs if re.fullmatch(references.PATTERN, ref)]
