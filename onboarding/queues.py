"""The queues of the desk: most urgent first, counted no further than a page shows, empty when the work is done."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.staff.models import User
from backoffice.staff.roles import Right
from onboarding.models import Case
from onboarding.second_look import services as second_looks
from onboarding.states import CaseState

COUNTED_AT_MOST = 100
ROWS = 50
# A signed case that has not reached Oceafin after so long is shown to a person.
SUBMITTING_AT_MOST = timedelta(minutes=15)


def to_review(user: User, now: datetime) -> QuerySet[Case]:
    """What this person can work on: their own first, then what nobody has taken, the most urgent first."""
    states = [CaseState.OPEN, CaseState.IN_REVIEW]
    if user.has_right(Right.ATTEST_CASES):
        states.append(CaseState.READY)
    mine_or_free = Q(claimed_by__isnull=True) | Q(claimed_by=user)
    return _rows(Case.objects.filter(mine_or_free, second_looks.takeable_by(user), state__in=states))


def to_sign(now: datetime) -> QuerySet[Case]:
    """Reviewed, and waiting for who may attest."""
    return _rows(Case.objects.filter(state=CaseState.READY))


def mine(user: User, now: datetime) -> QuerySet[Case]:
    return _rows(Case.objects.filter(claimed_by=user, state__in=[CaseState.IN_REVIEW, CaseState.READY]))


def second_look(now: datetime) -> QuerySet[Case]:
    """Decided by one person, or by two who disagreed: another one looks at it."""
    return _rows(second_looks.cases())


def waiting_for_customer(now: datetime) -> QuerySet[Case]:
    return _rows(Case.objects.filter(state=CaseState.NEEDS_INFO))


def missing_information(now: datetime) -> QuerySet[Case]:
    return _rows(Case.objects.filter(state=CaseState.MISSING_INFO))


def submitted(now: datetime) -> QuerySet[Case]:
    states = [CaseState.SUBMITTING, CaseState.SUBMITTED, CaseState.PROCESSING]
    return _rows(Case.objects.filter(state__in=states))


def stuck(now: datetime) -> QuerySet[Case]:
    """What only a person can bring on: held, contradicted, or signed and long on its way."""
    held = Q(state=CaseState.SUBMITTING) & (~Q(stuck_reason="") | Q(state_since__lt=now - SUBMITTING_AT_MOST))
    return _rows(Case.objects.filter(held | ~Q(contradiction="")))


def next_case(user: User, now: datetime) -> Case | None:
    """The most urgent case that this person may take, or has taken already."""
    own = mine(user, now).first()
    return own or to_review(user, now).first()


def count(rows: QuerySet[Case]) -> int:
    """How many, at most COUNTED_AT_MOST: a sidebar asks on every page."""
    return rows.order_by()[:COUNTED_AT_MOST].count()


def count_to_review(user: User) -> int:
    from django.utils import timezone

    return count(to_review(user, timezone.now()))


@dataclass(frozen=True)
class Queue:
    """One queue of the page."""

    name: str
    label: str | Promise
    empty: str | Promise


QUEUES = (
    Queue("review", _("To review"), _("Nothing waits for review. New cases appear here by themselves.")),
    Queue("second", _("Second look"), _("Nothing waits for a second look.")),
    Queue("sign", _("To sign"), _("Nothing waits for a signature.")),
    Queue("customer", _("Waiting for customer"), _("Nobody owes us an answer.")),
    Queue("missing", _("Missing information"), _("Oceafin asks for nothing more.")),
    Queue("submitted", _("With Oceafin"), _("Nothing is on its way or with Oceafin.")),
    Queue("stuck", _("Stuck"), _("Nothing is stuck.")),
)


def rows_of(name: str, user: User, now: datetime) -> QuerySet[Case]:
    """The rows of one queue by its name."""
    return {
        "review": lambda: to_review(user, now),
        "second": lambda: second_look(now),
        "sign": lambda: to_sign(now),
        "customer": lambda: waiting_for_customer(now),
        "missing": lambda: missing_information(now),
        "submitted": lambda: submitted(now),
        "stuck": lambda: stuck(now),
    }[name]()


def _rows(cases: QuerySet[Case]) -> QuerySet[Case]:
    return cases.select_related("customer", "claimed_by").order_by("due_at", "id")
