"""The numbers of the overview. Each is one statement over the days that were asked for, from an index.

A payment counts on the day on which it came to the state that it is in: what came back counts as returned, and no
longer as settled. Amounts are exact, and never summed over currencies, nor over the networks of a token.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count, DurationField, ExpressionWrapper, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _

from backoffice.staff.measuring import Percentile
from payments.accounts.deposits import coins
from payments.models import Kind, PaymentRequest
from payments.money import total
from payments.overview.asking import Asked
from payments.states import PaymentState

ENDS = {
    "settled": PaymentState.SETTLED,
    "failed": PaymentState.FAILED,
    "returned": PaymentState.RETURNED,
}
# Of so many of the newest it is said where the time went: each has a trail of its own to be read.
FOLLOWED = 5_000
# Of so many of their newest decisions it is said how long people took.
DECISIONS = 200


@dataclass(frozen=True)
class Volume:
    """What came to an end in one currency: of one day, or of several days together."""

    currency: str
    network: str
    day: date | None
    settled: Decimal = Decimal(0)
    failed: Decimal = Decimal(0)
    returned: Decimal = Decimal(0)
    settled_count: int = 0
    failed_count: int = 0
    returned_count: int = 0

    @property
    def name(self) -> str:
        return name_of(self.currency, self.network)

    @property
    def troubled(self) -> Decimal:
        return total((self.failed, self.returned))

    @property
    def count(self) -> int:
        return self.settled_count + self.failed_count + self.returned_count

    @property
    def share(self) -> Decimal | None:
        """Of hundred that came to an end so many failed or came back; None where none ended."""
        if not self.count:
            return None
        return Decimal(100) * (self.failed_count + self.returned_count) / self.count


@dataclass(frozen=True)
class Times:
    """How long payments of one kind and currency took, from the request until they were settled."""

    kind: str
    currency: str
    network: str
    number: int
    median: timedelta
    ninetieth: timedelta

    @property
    def name(self) -> str:
        return name_of(self.currency, self.network)

    @property
    def kind_name(self) -> str:
        return str(Kind(self.kind).label)


@dataclass(frozen=True)
class Phases:
    """Where the time of one kind and currency went: the median of each part, and what all of them took together."""

    kind: str
    currency: str
    network: str
    number: int
    medians: tuple[timedelta, ...]
    sums: tuple[timedelta, ...]


@dataclass(frozen=True)
class Person:
    """What one person decided, and how long payments had waited for approvers when they did (median)."""

    name: str
    given: int
    withdrawn: int
    denied: int
    rejected: int
    took: timedelta | None


def volumes(asked: Asked) -> list[Volume]:
    """Day by day and currency by currency, of the kind that was asked for and of every currency. One query."""
    sums = {name: Sum("amount", filter=Q(state=state)) for name, state in ENDS.items()}
    counts = {f"{name}_count": Count("pk", filter=Q(state=state)) for name, state in ENDS.items()}
    rows = (
        _ended(asked, *ENDS.values())
        .annotate(day=TruncDate("state_since", tzinfo=settings.BUSINESS_TIME_ZONE))
        .values("day", "currency", "network")
        .annotate(**sums, **counts)
        .order_by("currency", "network", "day")
    )
    return [Volume(**{name: row[name] or Decimal(0) for name in ENDS} | _rest(row)) for row in rows]


def together(rows: Iterable[Volume]) -> Volume:
    """The same of all these days, which are of one currency and network."""
    days = list(rows)
    return Volume(
        days[0].currency,
        days[0].network,
        None,
        *(total(getattr(day, name) for day in days) for name in ENDS),
        *(sum(getattr(day, f"{name}_count") for day in days) for name in ENDS),
    )


def times(asked: Asked) -> list[Times]:
    """From the request until settled, of what was settled in these days. One query."""
    took = ExpressionWrapper(F("state_since") - F("created_at"), output_field=DurationField())
    rows = (
        _of_currency(_ended(asked, PaymentState.SETTLED), asked)
        .values("kind", "currency", "network")
        .annotate(
            number=Count("pk"), median=Percentile(took, share=0.5), ninetieth=Percentile(took, share=0.9)
        )
        .order_by("kind", "currency", "network")
    )
    return [Times(**row) for row in rows]


# A payment may come back to a state: what it spent there is summed. The parts of a payment are all of its time.
_PHASES = """
WITH settled AS MATERIALIZED (
    SELECT id, kind, currency, network FROM payments_paymentrequest
    WHERE state = 'SETTLED' AND state_since >= %(start)s AND state_since < %(end)s
      AND (%(kind)s = '' OR kind = %(kind)s) AND (%(currency)s = '' OR currency = %(currency)s)
    ORDER BY state_since DESC LIMIT %(limit)s
), stays AS (
    SELECT settled.id, entry.facts ->> 'to' AS state,
           lead(entry.at) OVER (PARTITION BY settled.id ORDER BY entry.id) - entry.at AS took
    FROM settled JOIN audit_entry entry
      ON entry.subject_type = 'payments.PaymentRequest' AND entry.subject_id = settled.id::text
    WHERE entry.facts ->> 'to' = ANY(%(states)s)
), parts AS (
    SELECT id, coalesce(sum(took) FILTER (WHERE state = 'PENDING_APPROVAL'), interval '0') AS approving,
           coalesce(sum(took) FILTER (WHERE state = 'APPROVED'), interval '0') AS leaving,
           coalesce(sum(took) FILTER (WHERE state IN ('SENDING', 'UNCONFIRMED')), interval '0') AS sending,
           coalesce(sum(took) FILTER (WHERE state = 'SENT'), interval '0') AS carrying,
           coalesce(sum(took) FILTER (WHERE state = 'NEEDS_INFO'), interval '0') AS answering
    FROM stays GROUP BY id
)
SELECT kind, currency, network, count(*),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY approving),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY leaving),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY sending),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY carrying),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY answering),
       sum(approving), sum(leaving), sum(sending), sum(carrying), sum(answering)
FROM parts JOIN settled USING (id) GROUP BY kind, currency, network ORDER BY kind, currency, network
"""


def phases(asked: Asked) -> list[Phases]:
    """Where the time went, by the trail of the newest that were settled in these days. One query."""
    states = [state.value for state in PaymentState]
    rows = _asked_of_the_database(_PHASES, asked, limit=FOLLOWED, states=states)
    return [Phases(*row[:4], tuple(row[4:9]), tuple(row[9:14])) for row in rows]


_ACTS = """
SELECT entry.id, entry.actor_id, entry.verb, entry.at, entry.subject_id
FROM audit_entry entry
WHERE entry.actor_kind = 'STAFF' AND entry.verb = ANY(%(verbs)s)
  AND entry.at >= %(start)s AND entry.at < %(end)s
  AND (%(kind)s = '' AND %(currency)s = '' OR EXISTS (
    SELECT FROM payments_paymentrequest payment WHERE payment.id = entry.subject_id::bigint
      AND (%(kind)s = '' OR payment.kind = %(kind)s)
      AND (%(currency)s = '' OR payment.currency = %(currency)s)))
"""
_DECIDED = ("payment.approval_given", "payment.rejected")
_COUNTED = {
    "payment.approval_given": "given",
    "payment.approval_withdrawn": "withdrawn",
    "payment.approval_denied": "denied",
    "payment.rejected": "rejected",
}
_PEOPLE = f"""
WITH counted AS MATERIALIZED (
    SELECT actor_id, max(id) AS newest,
           count(*) FILTER (WHERE verb = 'payment.approval_given') AS given,
           count(*) FILTER (WHERE verb = 'payment.approval_withdrawn') AS withdrawn,
           count(*) FILTER (WHERE verb = 'payment.approval_denied') AS denied,
           count(*) FILTER (WHERE verb = 'payment.rejected') AS rejected
    FROM ({_ACTS}) acts GROUP BY actor_id
)
SELECT counted.actor_id, entry.actor_label, given, withdrawn, denied, rejected
FROM counted JOIN audit_entry entry ON entry.id = newest ORDER BY given DESC, entry.actor_label
"""  # noqa: S608 (our own words)
_TOOK = f"""
WITH decided AS (
    SELECT *, row_number() OVER (PARTITION BY actor_id ORDER BY id DESC) AS place FROM ({_ACTS}) acts
)
SELECT actor_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY decided.at - waited.at)
FROM decided CROSS JOIN LATERAL (
    SELECT entry.at FROM audit_entry entry
    WHERE entry.subject_type = 'payments.PaymentRequest' AND entry.subject_id = decided.subject_id
      AND entry.id < decided.id AND entry.facts ->> 'to' = 'PENDING_APPROVAL'
    ORDER BY entry.id DESC LIMIT 1
) waited
WHERE place <= %(limit)s GROUP BY actor_id
"""  # noqa: S608 (our own words)


def people(asked: Asked) -> list[Person]:
    """Who decided what, by the trail: most approvals first. Two queries."""
    rows = _asked_of_the_database(_PEOPLE, asked, verbs=list(_COUNTED))
    took = dict(_asked_of_the_database(_TOOK, asked, verbs=list(_DECIDED), limit=DECISIONS))
    return [Person(*row[1:], took=took.get(row[0])) for row in rows]


def name_of(currency: str, network: str) -> str:
    """A currency, or a token with its network."""
    if not network:
        return currency
    return _("%(asset)s on %(network)s") % {"asset": currency, "network": coins.name_of(network)}


def _ended(asked: Asked, *states: PaymentState) -> QuerySet[PaymentRequest]:
    """What came to these states in these days: read from the index of the queues."""
    rows = PaymentRequest.objects.filter(
        state__in=states, state_since__gte=asked.span.start, state_since__lt=asked.span.end
    )
    return rows.filter(kind=asked.kind) if asked.kind else rows


def _of_currency(rows: QuerySet[PaymentRequest], asked: Asked) -> QuerySet[PaymentRequest]:
    return rows.filter(currency=asked.currency) if asked.currency else rows


def _rest(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ENDS}


def _asked_of_the_database(statement: str, asked: Asked, **more: Any) -> list[tuple[Any, ...]]:
    given = {
        "start": asked.span.start,
        "end": asked.span.end,
        "kind": asked.kind,
        "currency": asked.currency,
        **more,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return list(cursor.fetchall())
