"""The queues of the desk: most urgent first, counted no further than a page shows, empty when the work is done."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.staff.counting import COUNTED_AT_MOST, count_each
from backoffice.staff.models import User
from backoffice.staff.roles import Right, rights_of
from onboarding.models import Case
from onboarding.second_look import services as second_looks
from onboarding.states import CaseState

ROWS = 50
# A signed case that has not reached Oceafin after so long is shown to a person.
SUBMITTING_AT_MOST = timedelta(minutes=15)
IN_HAND = (CaseState.IN_REVIEW, CaseState.READY)
TO_REVIEW = (CaseState.OPEN, CaseState.IN_REVIEW)


def _free(now: datetime) -> Q:
    return Q(claimed_by__isnull=True) | Q(claim_expires_at__lte=now)


def to_review(user: User, now: datetime) -> QuerySet[Case]:
    """What nobody has taken, and this person may take; the most urgent first."""
    rights = rights_of(user.roles)
    return _rows(Case.objects.filter(_free(now), second_looks.takeable_by(user, rights), state__in=TO_REVIEW))


def to_take(user: User, now: datetime) -> QuerySet[Case]:
    """What this person can take next: to review, and to sign where they may."""
    rights = rights_of(user.roles)
    return _rows(
        Case.objects.filter(_free(now), second_looks.takeable_by(user, rights), state__in=_takeable(rights))
    )


def to_sign(now: datetime) -> QuerySet[Case]:
    """Reviewed, and waiting for who may attest."""
    return _rows(Case.objects.filter(state=CaseState.READY))


def mine(user: User, now: datetime) -> QuerySet[Case]:
    """What this person has taken and can work on."""
    return _rows(Case.objects.filter(claimed_by=user, claim_expires_at__gt=now, state__in=IN_HAND))


def with_colleagues(user: User, now: datetime) -> QuerySet[Case]:
    """What others have taken: to be handed on when they are away."""
    taken = Case.objects.filter(claimed_by__isnull=False, claim_expires_at__gt=now, state__in=IN_HAND)
    return _rows(taken.exclude(claimed_by=user))


def second_look(now: datetime) -> QuerySet[Case]:
    """Decided by one person, or by two who disagreed: another one looks at it."""
    return _rows(second_looks.cases())


def waiting_for_customer(now: datetime) -> QuerySet[Case]:
    return _longest(Case.objects.filter(state=CaseState.NEEDS_INFO))


def missing_information(now: datetime) -> QuerySet[Case]:
    return _longest(Case.objects.filter(state=CaseState.MISSING_INFO))


def submitted(now: datetime) -> QuerySet[Case]:
    states = [CaseState.SUBMITTING, CaseState.SUBMITTED, CaseState.PROCESSING]
    return _longest(Case.objects.filter(state__in=states))


def stuck(now: datetime) -> QuerySet[Case]:
    """What only a person can bring on: held, contradicted, or signed and long on its way."""
    held = Q(state=CaseState.SUBMITTING) & (~Q(stuck_reason="") | Q(state_since__lt=now - SUBMITTING_AT_MOST))
    return _longest(Case.objects.filter(held | ~Q(contradiction="")))


def next_case(user: User, now: datetime) -> Case | None:
    """The most urgent case that this person may take, or has taken already."""
    return mine(user, now).first() or to_take(user, now).first()


def count(rows: QuerySet[Case]) -> int:
    """How many, at most COUNTED_AT_MOST."""
    return count_each([rows])[0]


def waiting_for_me(user: User, rights: frozenset[Right]) -> list[QuerySet[Case]]:
    """For the sidebar: what this person has, and what they can take. The page knows their rights already."""
    now = timezone.now()
    free = Case.objects.filter(
        _free(now), second_looks.takeable_by(user, rights), state__in=_takeable(rights)
    )
    own = Case.objects.filter(claimed_by=user, claim_expires_at__gt=now, state__in=IN_HAND)
    return [own, free]


@dataclass(frozen=True)
class Queue:
    """One queue of the page. `is_ours`: the service levels run in it."""

    name: str
    label: str | Promise
    empty: str | Promise
    rows: Callable[[User, datetime], QuerySet[Case]]
    is_ours: bool = False


QUEUES = (
    Queue(
        "review",
        _("To review"),
        _("Nothing waits for review. New cases appear here by themselves."),
        to_review,
        is_ours=True,
    ),
    Queue("mine", _("Mine"), _("You have taken no case. Take the next one."), mine, is_ours=True),
    Queue(
        "second",
        _("Second look"),
        _("Nothing waits for a second look."),
        lambda user, now: second_look(now),
        is_ours=True,
    ),
    Queue(
        "sign",
        _("To sign"),
        _("Nothing waits for a signature."),
        lambda user, now: to_sign(now),
        is_ours=True,
    ),
    Queue(
        "colleagues",
        _("With colleagues"),
        _("No colleague has a case in hand."),
        with_colleagues,
        is_ours=True,
    ),
    Queue(
        "customer",
        _("Waiting for customer"),
        _("Nobody owes us an answer."),
        lambda user, now: waiting_for_customer(now),
    ),
    Queue(
        "missing",
        _("Missing information"),
        _("Oceafin asks for nothing more."),
        lambda user, now: missing_information(now),
    ),
    Queue(
        "submitted",
        _("With Oceafin"),
        _("Nothing is on its way or with Oceafin."),
        lambda user, now: submitted(now),
    ),
    Queue("stuck", _("Stuck"), _("Nothing is stuck."), lambda user, now: stuck(now)),
)


def rows_of(name: str, user: User, now: datetime) -> QuerySet[Case]:
    """The rows of one queue by its name."""
    return next(queue for queue in QUEUES if queue.name == name).rows(user, now)


def counts(user: User, now: datetime) -> dict[str, int]:
    """How many each queue has, in one query."""
    numbers = count_each([queue.rows(user, now) for queue in QUEUES])
    return {queue.name: number for queue, number in zip(QUEUES, numbers, strict=True)}


def _takeable(rights: frozenset[Right]) -> list[CaseState]:
    return [*TO_REVIEW, CaseState.READY] if Right.ATTEST_CASES in rights else [*TO_REVIEW]


def _rows(cases: QuerySet[Case]) -> QuerySet[Case]:
    return cases.select_related("customer", "claimed_by").order_by("due_at", "id")


def _longest(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Where no promise of ours runs, what waits longest stands first."""
    return cases.select_related("customer", "claimed_by").order_by("state_since", "id")


__all__ = [
    "COUNTED_AT_MOST",
    "QUEUES",
    "ROWS",
    "Queue",
    "count",
    "counts",
    "mine",
    "missing_information",
    "next_case",
    "rows_of",
    "second_look",
    "stuck",
    "submitted",
    "to_review",
    "to_sign",
    "to_take",
    "waiting_for_customer",
    "waiting_for_me",
    "with_colleagues",
]
