"""The numbers of the home: counted no further than a page shows, each from an index of few rows."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Min, QuerySet
from django.utils.functional import Promise

from backoffice.oceafin.models import Breaker, Submission
from backoffice.oceafin.states import SubmissionState
from payments.accounts.models import Balance
from payments.models import PaymentRequest
from payments.money import read_decimal
from payments.money import total as exact_total
from payments.states import PaymentState
from payments.terms import digits
from webhooks.models import WAITING, Event
from webhooks.states import EventState

COUNTED_AT_MOST = 100
DUE_AT_MOST = 200
LONG_DUE = timedelta(minutes=2)


@dataclass(frozen=True)
class Figure:
    """One tile: how many, the oldest of them, and where they stand."""

    label: str | Promise
    number: int
    oldest: datetime | None = None
    url: str = ""
    tone: str = ""
    note: str | Promise = ""

    @property
    def shown(self) -> str:
        return f"{COUNTED_AT_MOST - 1}+" if self.number >= COUNTED_AT_MOST else str(self.number)


def counted(rows: QuerySet[Any]) -> int:
    """How many, at most COUNTED_AT_MOST."""
    return rows.order_by()[:COUNTED_AT_MOST].count()


def oldest(rows: QuerySet[Any], column: str = "state_since") -> datetime | None:
    found: datetime | None = rows.order_by(column).values_list(column, flat=True).first()
    return found


@dataclass
class Total:
    """Payouts of one currency that wait, against what the same customers have at Oceafin."""

    currency: str
    due: Decimal = Decimal(0)
    number: int = 0
    available: Decimal = Decimal(0)
    read_at: datetime | None = None
    # Customers whose payouts together are more than they have.
    short: list[str] = field(default_factory=list)
    unread: int = 0

    @property
    def due_shown(self) -> str:
        return digits(self.due, self.currency)

    @property
    def available_shown(self) -> str:
        return digits(self.available, self.currency)


def payouts_due() -> QuerySet[PaymentRequest]:
    """What waits for approval, the longest first."""
    rows = PaymentRequest.objects.filter(state=PaymentState.PENDING_APPROVAL)
    return rows.select_related("customer", "beneficiary", "wallet").order_by("state_since", "id")


def totals_of(payments: Iterable[PaymentRequest]) -> list[Total]:
    """Per currency: what is asked for, and what those customers have, as it was read last."""
    asked: dict[tuple[str, str, int], list[PaymentRequest]] = defaultdict(list)
    for payment in payments:
        asked[payment.currency, payment.network, payment.customer_id].append(payment)
    balances = {
        (row.currency, row.network, row.customer_id): row
        for row in Balance.objects.filter(customer_id__in={customer for _, _, customer in asked})
    }
    totals: dict[str, Total] = {}
    for (currency, network, customer), rows in sorted(asked.items()):
        total = totals.setdefault(currency, Total(currency))
        due = exact_total(row.amount for row in rows)
        total.due, total.number = exact_total((total.due, due)), total.number + len(rows)
        balance = balances.get((currency, network, customer))
        available = read_decimal(balance.available) if balance else None
        if balance is None or available is None:
            total.unread += 1
            continue
        total.available = exact_total((total.available, available))
        total.read_at = min(total.read_at or balance.read_at, balance.read_at)
        if due > available:
            total.short.append(rows[0].customer.partner_customer_ref)
    return list(totals.values())


@dataclass(frozen=True)
class Sending:
    """How the way to Oceafin and the way back stand."""

    breaker: Breaker
    due: int
    oldest_due: datetime | None
    held: int
    unconfirmed: int
    parked: int
    dead: int

    def is_late(self, now: datetime) -> bool:
        return self.oldest_due is not None and now - self.oldest_due > LONG_DUE

    def needs_a_person(self, now: datetime) -> bool:
        return self.breaker.is_open or bool(self.held) or self.is_late(now)


def due_submissions(now: datetime) -> QuerySet[Submission]:
    states = [SubmissionState.QUEUED, SubmissionState.UNCONFIRMED]
    return Submission.objects.filter(state__in=states, due_at__lte=now)


def sending(now: datetime) -> Sending:
    due = due_submissions(now)
    return Sending(
        breaker=Breaker.objects.filter(pk=1).first() or Breaker(pk=1),
        due=counted(due),
        oldest_due=due.aggregate(at=Min("due_at"))["at"],
        held=counted(Submission.objects.filter(state=SubmissionState.HELD)),
        unconfirmed=counted(Submission.objects.filter(state=SubmissionState.UNCONFIRMED)),
        parked=counted(Event.objects.filter(state=EventState.PARKED)),
        dead=counted(Event.objects.filter(state=EventState.DEAD)),
    )


def due_events(now: datetime) -> QuerySet[Event]:
    return Event.objects.filter(state__in=WAITING, due_at__lte=now)


def payments_by_state(since: datetime) -> dict[str, int]:
    """How many payments came into each state since then."""
    rows = PaymentRequest.objects.filter(state_since__gte=since).values_list("state")
    return dict(rows.annotate(number=Count("pk")).order_by())
