"""What Oceafin says of a customer: the newest instant counts, and everything is kept.

Other apps listen with `on_status` and `on_known`; they are called inside the transaction, with the customer
locked. What they raise takes the whole step back, and it is tried again.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from backoffice import once, vault
from backoffice.audit import Actor, record
from customers.models import MISSING_CONTEXT, Customer, Source, StatusChange
from customers.states import AT_REST, FINAL

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class StatusNews:
    """A status that counts now. `changed` is False where it was only confirmed, or other things are missing.

    `missing` holds what Oceafin still wants, as it came: {"code", "message", "documentType"} (ASSUMED).
    """

    customer: Customer
    old: str
    status: str
    at: datetime
    source: str
    now: datetime
    event_id: str = ""
    missing: Sequence[dict[str, Any]] = field(default_factory=tuple)

    @property
    def changed(self) -> bool:
        return self.old != self.status


StatusListener = Callable[[StatusNews], None]
KnownListener = Callable[[Customer, datetime], None]
_STATUS_LISTENERS: list[StatusListener] = []
_KNOWN_LISTENERS: list[KnownListener] = []


def on_status(listener: StatusListener) -> None:
    """Be told of each status that counts. Called in an app's ready(); must not mind to be told twice."""
    if listener not in _STATUS_LISTENERS:
        _STATUS_LISTENERS.append(listener)


def on_known(listener: KnownListener) -> None:
    """Be told when Oceafin's customerId is first known, so that what waited for it can be written."""
    if listener not in _KNOWN_LISTENERS:
        _KNOWN_LISTENERS.append(listener)


def locked(customer: Customer | int) -> Customer:
    """The customer's row, locked until the transaction ends."""
    pk = customer if isinstance(customer, int) else customer.pk
    return once.known(("customer", pk), lambda: Customer.objects.select_for_update(no_key=True).get(pk=pk))


def lock_all(numbers: Iterable[int]) -> dict[int, Customer]:
    """Lock these customers for what is done `once.for_all`: always in the same order, so that no two who do so wait
    for each other."""
    rows = Customer.objects.select_for_update(no_key=True).filter(pk__in=set(numbers)).order_by("pk")
    for customer in rows:
        once.know(("customer", customer.pk), customer)
    return {customer.pk: customer for customer in rows}


@transaction.atomic
def record_status(
    customer: Customer,
    *,
    status: str,
    at: datetime,
    source: str,
    now: datetime,
    event_id: str = "",
    missing: Sequence[dict[str, Any]] = (),
) -> StatusNews | None:
    """Take down what Oceafin said of a status at the instant `at`; return the news if it counts.

    What is older than what we know is kept and changes nothing. Two things said of one instant are decided by
    asking: an answer (READ) counts, anything else makes us ask at once. Any status is taken as it comes.
    """
    customer = locked(customer)
    status = status[: StatusChange._meta.get_field("status").max_length]
    known_at, same = customer.oceafin_status_at, customer.oceafin_status == status
    is_newer = known_at is None or at > known_at
    decides = not is_newer and at == known_at and source == Source.READ and not same
    if not is_newer and not decides:
        _keep_outdated(customer, status=status, at=at, source=source, event_id=event_id, now=now)
        return None
    news = StatusNews(customer, customer.oceafin_status, status, at, source, now, event_id, tuple(missing))
    customer.oceafin_status_at = at
    if news.changed:
        customer.oceafin_status, customer.oceafin_status_since = status, at
        customer.oceafin_status_from, customer.updated_at = source, now
        customer.polls_unchanged = 0
    customer.poll_due_at = next_poll(customer, now=now)
    customer.save(
        update_fields=[
            "oceafin_status",
            "oceafin_status_at",
            "oceafin_status_from",
            "oceafin_status_since",
            "poll_due_at",
            "polls_unchanged",
            "updated_at",
        ]
    )
    if news.changed or missing:
        _keep(customer, news)
    for listener in _STATUS_LISTENERS:
        listener(news)
    return news


@transaction.atomic
def record_customer_id(customer: Customer, *, customer_id: UUID, now: datetime) -> Customer:
    """Take down Oceafin's id of this customer, once; the database refuses another one for ever."""
    customer = locked(customer)
    if customer.oceafin_customer_id is not None:
        return customer
    customer.oceafin_customer_id = customer_id
    customer.updated_at, customer.poll_due_at = now, next_poll(customer, now=now)
    customer.save(update_fields=["oceafin_customer_id", "updated_at", "poll_due_at"])
    record(
        actor=Actor.oceafin("customer"),
        verb="customer.known",
        subject=customer,
        now=now,
        facts={"customerId": str(customer_id)},
    )
    for listener in _KNOWN_LISTENERS:
        listener(customer, now)
    return customer


def next_poll(customer: Customer, *, now: datetime) -> datetime | None:
    """When to ask again: hourly, backing off to daily; daily where nothing is under way; never once final."""
    if customer.oceafin_customer_id is None or customer.oceafin_status in FINAL:
        return None
    if customer.oceafin_status in AT_REST:
        return now + DAY
    return now + min(HOUR * 2 ** min(customer.polls_unchanged, 5), DAY)


def missing_of(change: StatusChange) -> list[dict[str, Any]]:
    """What Oceafin wanted with this status."""
    if not change.missing_sealed:
        return []
    text = vault.unseal_text(change.customer.vault_key, change.missing_sealed, context=MISSING_CONTEXT)
    found: list[dict[str, Any]] = json.loads(text)
    return found


def _keep(customer: Customer, news: StatusNews) -> None:
    sealed = b""
    if news.missing:
        sealed = vault.seal_text(
            customer.vault_key, json.dumps(list(news.missing), ensure_ascii=False), context=MISSING_CONTEXT
        )
    StatusChange.objects.create(
        customer=customer,
        status=news.status,
        at=news.at,
        source=news.source,
        event_id=news.event_id,
        missing_sealed=sealed,
        recorded_at=news.now,
    )
    record(
        actor=Actor.oceafin(news.event_id or news.source.lower()),
        verb="customer.status",
        subject=customer,
        now=news.now,
        facts={"from": news.old, "to": news.status, "at": news.at.isoformat(), "source": news.source},
    )


def _keep_outdated(
    customer: Customer, *, status: str, at: datetime, source: str, event_id: str, now: datetime
) -> None:
    if status == customer.oceafin_status:
        return
    heard = customer.status_changes.filter(status=status, at=at, source=source, event_id=event_id)
    if not heard.exists():
        customer.status_changes.create(
            status=status, at=at, source=source, event_id=event_id, is_outdated=True, recorded_at=now
        )
    if at == customer.oceafin_status_at and customer.poll_due_at is not None:
        customer.poll_due_at = now
        customer.save(update_fields=["poll_due_at"])
