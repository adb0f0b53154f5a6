"""What is open for a customer: everything that waits for a person, each with the page where it is done.

All kinds are read in one statement. A room adds a Kind to KINDS:

    Kind("travel_rule", Right.SEE_PAYMENTS, travel_rule_rows, travel_rule_task),

`rows(customer, now)` finds the open ones and names three of their columns by `told`; `task(page, row)` makes of a row
what the page says, and where it leads.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import CharField, DateTimeField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from backoffice.desk.customer_page.page import Page
from backoffice.oceafin.models import Submission
from backoffice.oceafin.states import SubmissionState
from backoffice.staff.roles import Right
from customers.likeness.services import open_pairs_of
from customers.models import Customer
from customers.screening.models import Hit, HitDecision, HitKind
from customers.states import OceafinStatus
from onboarding.models import Case
from onboarding.states import CaseState
from payments.accounts.fiat.models import FiatAccountApplication
from payments.accounts.fiat.states import ApplicationState
from payments.accounts.travel_rule.models import TravelRuleTask
from payments.accounts.travel_rule.states import TravelRuleState
from payments.models import PaymentRequest
from payments.states import PaymentState
from webhooks.models import Event
from webhooks.states import EventState

SHOWN_AT_MOST = 5


@dataclass(frozen=True)
class Row:
    """One open thing: what its page is found by, a word that its kind needs, and since when."""

    key: str
    detail: str
    since: datetime


@dataclass(frozen=True)
class Task:
    what: str | Promise
    url: str
    since: datetime | None
    name: str = ""
    # How it burns: "bad", "warn" or "wait".
    tone: str = "wait"


@dataclass(frozen=True)
class Kind:
    """One kind of open thing, told to who holds `right`."""

    name: str
    right: Right
    rows: Callable[[Customer, datetime], QuerySet[Any]]
    task: Callable[[Page, Row], Task]


def told(rows: QuerySet[Any], *, key: str, since: str, detail: str = "") -> QuerySet[Any]:
    """The three columns that a task is told by, the longest open first."""
    text = CharField()
    return rows.order_by(since).values_list(
        Cast(F(key), text),
        Cast(F(detail), text) if detail else Value("", output_field=text),
        Cast(F(since), DateTimeField()),
    )


def tasks_of(page: Page) -> tuple[list[Task], bool]:
    """Everything that is open and this person may know of, the longest open first; and whether there is more."""
    kinds = {kind.name: kind for kind in KINDS if kind.right in page.rights}
    parts = []
    for name, kind in kinds.items():
        found = kind.rows(page.customer, page.now).annotate(task_kind=Value(name, output_field=CharField()))
        try:
            str(found.query)
        except EmptyResultSet:
            continue
        parts.append(found[: SHOWN_AT_MOST + 1])
    rows = list(parts[0].union(*parts[1:], all=True)) if parts else []
    counts: dict[str, int] = {}
    tasks = []
    for key, detail, since, name in rows:
        counts[name] = counts.get(name, 0) + 1
        if counts[name] <= SHOWN_AT_MOST:
            tasks.append(kinds[name].task(page, Row(key, detail, since)))
    if _owes_an_answer(page.customer, rows):
        since = page.customer.oceafin_status_since
        tasks.append(Task(_("Oceafin asks for more"), page.url, since, tone="warn"))
    tasks.sort(key=lambda task: (task.since is None, task.since))
    return tasks, any(number > SHOWN_AT_MOST for number in counts.values())


def _owes_an_answer(customer: Customer, rows: list[Any]) -> bool:
    """Oceafin wants something of the customer, and no case says so."""
    asks = customer.oceafin_status == OceafinStatus.MISSING_INFO_REQUIRED
    return asks and not any(
        name == "case" and detail == CaseState.MISSING_INFO for _k, detail, _s, name in rows
    )


# --- cases and people -----------------------------------------------------------------------------------------------
_CASE_WORDS = {
    CaseState.OPEN: _("Case to review"),
    CaseState.IN_REVIEW: _("Case to review"),
    CaseState.READY: _("Case to sign"),
    CaseState.NEEDS_INFO: _("The customer owes us an answer"),
    CaseState.MISSING_INFO: _("Oceafin asks for more"),
    CaseState.SUBMITTING: _("Case is stuck on its way"),
}
_LATE = frozenset({CaseState.NEEDS_INFO, CaseState.MISSING_INFO})


def _cases(customer: Customer, now: datetime) -> QuerySet[Any]:
    ours = [state for state in _CASE_WORDS if state != CaseState.SUBMITTING]
    stuck = Q(state=CaseState.SUBMITTING) & ~Q(stuck_reason="")
    rows = Case.objects.filter(Q(state__in=ours) | stuck | ~Q(contradiction=""), customer=customer)
    return told(rows, key="case_ref", since="state_since", detail="state")


def _case(page: Page, row: Row) -> Task:
    state = CaseState(row.detail)
    words = _CASE_WORDS.get(state, _("Oceafin contradicts a case"))
    tone = (
        "warn"
        if state in _LATE
        else "wait"
        if state in _CASE_WORDS and state != CaseState.SUBMITTING
        else "bad"
    )
    return Task(words, reverse("onboarding:case", args=[row.key]), row.since, row.key, tone)


def _hits(customer: Customer, now: datetime) -> QuerySet[Any]:
    rows = Hit.objects.filter(screening__customer=customer, decision=HitDecision.OPEN)
    return told(rows, key="pk", since="screening__screened_at", detail="kind")


def _hit(page: Page, row: Row) -> Task:
    decides = page.may(Right.REVIEW_CASES)
    url = _and_back("screening:hit", row.key, page) if decides else page.url_of("people")
    return Task(_("Screening hit to decide"), url, row.since, str(HitKind(row.detail).label), "bad")


def _pairs(customer: Customer, now: datetime) -> QuerySet[Any]:
    return told(open_pairs_of(customer), key="pk", since="found_at")


def _pair(page: Page, row: Row) -> Task:
    decides = page.may(Right.REVIEW_CASES)
    url = _and_back("likeness:pair", row.key, page) if decides else page.url
    return Task(_("Likely duplicate to decide"), url, row.since)


# --- payments -------------------------------------------------------------------------------------------------------
_TROUBLED = (PaymentState.NEEDS_INFO, PaymentState.UNCONFIRMED)


def _payments(customer: Customer, now: datetime) -> QuerySet[Any]:
    states = [PaymentState.PENDING_APPROVAL, *_TROUBLED]
    rows = PaymentRequest.objects.filter(Q(state__in=states) | Q(contradicted=True), customer=customer)
    rows = rows.annotate(named=_joined("payment_ref", "pk"))
    return told(rows, key="named", since="state_since", detail="state")


def _payment(page: Page, row: Row) -> Task:
    reference, _space, number = row.key.partition(" ")
    url = reverse("admin:payments_paymentrequest_change", args=[number])
    if row.detail == PaymentState.PENDING_APPROVAL:
        return Task(_("Payment to approve"), url, row.since, reference)
    words = (
        _("Oceafin asks about a payment") if row.detail == PaymentState.NEEDS_INFO else _("Payment in doubt")
    )
    return Task(words, url, row.since, reference, "bad")


_ASKED = (ApplicationState.NEEDS_INFO,)


def _applications(customer: Customer, now: datetime) -> QuerySet[Any]:
    rows = FiatAccountApplication.objects.filter(
        Q(state__in=_ASKED) | ~Q(contradiction=""), customer=customer
    )
    rows = rows.annotate(named=_joined("application_ref", "pk"))
    return told(rows, key="named", since="state_since", detail="state")


def _application(page: Page, row: Row) -> Task:
    reference, _space, number = row.key.partition(" ")
    url = reverse("admin:fiat_accounts_fiataccountapplication_change", args=[number])
    asked = row.detail in _ASKED
    words = _("Oceafin asks about an account") if asked else _("Oceafin contradicts an application")
    return Task(words, url, row.since, reference, "warn" if asked else "bad")


def _travel_rules(customer: Customer, now: datetime) -> QuerySet[Any]:
    rows = TravelRuleTask.objects.filter(deposit__customer=customer, state=TravelRuleState.WAITING)
    rows = rows.annotate(shown=Concat("deposit__amount", Value(" "), "deposit__currency"))
    return told(rows, key="deposit_id", since="asked_at", detail="shown")


def _travel_rule(page: Page, row: Row) -> Task:
    url = reverse("admin:deposits_deposit_change", args=[row.key])
    return Task(_("Travel Rule: who sent these coins?"), url, row.since, row.detail, "warn")


# --- the borders ----------------------------------------------------------------------------------------------------
def _letters(customer: Customer, now: datetime) -> QuerySet[Any]:
    rows = Submission.objects.filter(customer_ref=customer.partner_customer_ref, state=SubmissionState.HELD)
    return told(rows, key="pk", since="state_since", detail="key")


def _letter(page: Page, row: Row) -> Task:
    url = reverse("admin:oceafin_submission_change", args=[row.key])
    return Task(_("Held on its way to Oceafin"), url, row.since, row.detail, "bad")


def _events(customer: Customer, now: datetime) -> QuerySet[Any]:
    rows = Event.objects.filter(partner_customer_ref=customer.partner_customer_ref, state=EventState.PARKED)
    return told(rows, key="pk", since="state_since", detail="event_type")


def _event(page: Page, row: Row) -> Task:
    url = reverse("admin:webhooks_event_change", args=[row.key])
    return Task(_("Event that matches nothing yet"), url, row.since, row.detail)


def _and_back(name: str, key: str, page: Page) -> str:
    """The page where it is decided, which then leads back to this one."""
    return f"{reverse(name, args=[key])}?{urlencode({'next': page.url})}"


def _joined(*columns: str) -> Any:
    """Columns of one row as one text, for a page that needs two of them."""
    parts: list[Any] = []
    for column in columns:
        parts += [Cast(F(column), CharField()), Value(" ")]
    return Concat(*parts[:-1], output_field=CharField())


KINDS = (
    Kind("case", Right.SEE_CUSTOMERS, _cases, _case),
    Kind("hit", Right.SEE_PERSONAL_DATA, _hits, _hit),
    Kind("pair", Right.SEE_PERSONAL_DATA, _pairs, _pair),
    Kind("payment", Right.SEE_PAYMENTS, _payments, _payment),
    Kind("fiat_application", Right.SEE_PAYMENTS, _applications, _application),
    Kind("travel_rule", Right.SEE_PAYMENTS, _travel_rules, _travel_rule),
    Kind("letter", Right.SEE_BORDERS, _letters, _letter),
    Kind("event", Right.SEE_BORDERS, _events, _event),
)
