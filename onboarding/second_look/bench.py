"""What the workbench shows of a second look: to the second person nothing of the first one's result."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice import vault
from backoffice.staff.models import User
from backoffice.staff.roles import Right
from customers.files import DocumentType
from onboarding import panels
from onboarding.models import Decision
from onboarding.requirements import REASON_LABELS, RejectReason
from onboarding.second_look import policy, services
from onboarding.second_look.models import SecondLook
from onboarding.second_look.states import LOOK, LookState


@dataclass(frozen=True)
class Finding:
    """What one person decided, and on which grounds."""

    title: Promise
    name: str
    at: datetime | None
    result: str
    reason: str
    documents: list[str]


def open_look(seen: panels.Bench) -> SecondLook | None:
    """The open second look of the case, asked for once a page."""
    if "open_look" not in seen.known:
        seen.known["open_look"] = services.open_for(seen.case)
    found: SecondLook | None = seen.known["open_look"]
    return found


def banner(seen: panels.Bench) -> dict[str, Any]:
    """The open second look of a case, as this person may know it. One query."""
    look, user = open_look(seen), seen.user
    return {
        "second_look": look,
        "second_look_disagreed": look is not None and look.state == LookState.DISAGREED,
        "second_look_for_me": look is not None and services.may_decide(look, user),
    }


def panel(seen: panels.Bench) -> dict[str, Any]:
    """Both results, side by side, once there are two; for who reviews. One query."""
    if Right.REVIEW_CASES not in seen.rights:
        return {"look": None}
    look = services.newest_taken(seen.case)
    if look is None:
        return {"look": None}
    return {
        "look": look,
        "look_machine": LOOK,
        "look_reasons": [policy.REASON_LABELS[policy.Reason(code)] for code in look.reasons],
        "findings": _findings(look),
    }


def register() -> None:
    """The panel of the workbench."""
    panels.register("history", "onboarding/panels/second_look.html", panel, order=5)


def _findings(look: SecondLook) -> list[Finding]:
    found = [
        _finding(_("First look"), look.first_by, look.first_at, look.get_first_result_display(), look, 1),
        _finding(_("Second look"), look.second_by, look.second_at, look.get_second_result_display(), look, 2),
    ]
    if look.settled_by is not None:
        settled = look.get_settled_result_display()
        found.append(Finding(_("Lead"), look.settled_by.display_name, look.settled_at, settled, "", []))
    return found


def _finding(
    title: Promise, who: User | None, at: datetime | None, result: str, look: SecondLook, number: int
) -> Finding:
    name = who.display_name if who else ""
    try:
        found = look.first_found if number == 1 else look.second_found
    except vault.KeyDestroyed:
        return Finding(title, name, at, result, "", [])
    lines = [_line(row) for row in found["documents"]]
    lines += [_person_line(row) for row in found.get("people", [])]
    return Finding(title, name, at, result, found["reason"], lines)


def _person_line(row: dict[str, str]) -> str:
    words = f"{row['title']}: {Decision(row['decision']).label}"
    return f"{words} · {row['reason']}" if row["reason"] else words


def _line(row: dict[str, str]) -> str:
    kind = dict(DocumentType.choices()).get(row["type"], row["type"])
    words = [f"{kind}: {Decision(row['decision']).label}"]
    if row["reasonCode"]:
        words.append(str(REASON_LABELS[RejectReason(row["reasonCode"])]))
    if row["reason"]:
        words.append(row["reason"])
    return " · ".join(words)
