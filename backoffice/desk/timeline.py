"""What the borders know of a record: the letters that were written for it, and each try to deliver them."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Model, Q

from backoffice.audit.models import Entry
from backoffice.oceafin.models import Attempt, Purpose, Submission
from backoffice.staff.timelines import Line

WORDS = {
    "OPEN": "under way",
    "ACCEPTED": "Oceafin took it",
    "REFUSED": "Oceafin said no",
    "BUSY": "not now, tried again later",
    "UNCONFIRMED": "left, and no readable answer came",
    "FOUND": "looked at Oceafin: the effect is there",
    "NOT_FOUND": "looked at Oceafin: nothing is to be found",
    "UNREADABLE": "looked at Oceafin: could not be read",
}
# A reader wants to hear once how it ended. The page of the submission, and the trail, tell both.
ENDS = frozenset({"ACCEPTED", "FOUND", "REFUSED"})
SAID_BY_THE_TRY = ("submission.accepted", "submission.refused")


def letters_and_tries(subjects: Sequence[Model]) -> list[Any]:
    """Entries and tries of the submissions that were written for these records."""
    numbers = list(_submissions_of(subjects).values_list("pk", flat=True))
    if not numbers:
        return []
    names = [str(number) for number in numbers]
    tries = list(Attempt.objects.filter(submission_id__in=numbers).select_related("submission"))
    ended = {str(attempt.submission_id) for attempt in tries if attempt.outcome in ENDS}
    entries = Entry.objects.filter(subject_type=Submission._meta.label, subject_id__in=names).exclude(
        verb__in=SAID_BY_THE_TRY, subject_id__in=ended
    )
    return [*entries, *(_line(attempt) for attempt in tries)]


def _submissions_of(subjects: Sequence[Model]) -> Any:
    wanted = Q(pk__in=[])
    for subject in subjects:
        wanted |= Q(subject_type=subject._meta.label, subject_id=str(subject.pk))
    return Submission.objects.filter(wanted)


def _line(attempt: Attempt) -> Line:
    sent = attempt.purpose == Purpose.SEND
    facts = {
        "letter": attempt.submission.kind_label,
        "status": attempt.status_code,
        "code": attempt.code,
        "request id": attempt.request_id,
        "Oceafin's request id": attempt.oceafin_request_id,
        "said": attempt.detail if attempt.outcome not in {"ACCEPTED", "FOUND", "NOT_FOUND"} else "",
    }
    name = f"Try {attempt.number}: " if sent and attempt.number > 1 else ""
    return Line(
        at=attempt.closed_at or attempt.opened_at,
        actor_kind="TRY",
        actor_label=f"worker {attempt.worker}",
        verb=f"{name}{WORDS.get(attempt.outcome, attempt.outcome)}",
        facts={key: value for key, value in facts.items() if value},
    )
