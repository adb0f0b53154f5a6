"""Periodic work of this app: expire, ask Oceafin where an event may have been lost, read balances."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from backoffice.oceafin import contract
from backoffice.oceafin.clock import database_now
from backoffice.oceafin.kinds import Contradiction, Resource
from backoffice.oceafin.wire import Answer
from customers.models import Customer
from payments import after_all, guards, observing, rows, ways
from payments.accounts import plan
from payments.accounts.services import read_balances
from payments.models import Draft, PaymentRequest
from payments.outcomes import instant_of
from payments.states import PaymentState

PAYMENTS_A_ROUND = 100
CUSTOMERS_A_ROUND = 50
BALANCE_IS_FRESH_FOR = timedelta(minutes=2)


def poll_payments(now: datetime) -> int:
    """Read the payments whose time has come, in case an event was lost; return how many were read."""
    due = PaymentRequest.objects.filter(next_poll_at__lte=now).order_by("next_poll_at")
    return _as_many_as_may_be(_poll, due.select_related("customer")[:PAYMENTS_A_ROUND])


def refresh_balances(now: datetime) -> int:
    """Read the balances of customers whose payments wait for approval, so that approvers see them."""
    waiting = PaymentRequest.objects.filter(state=PaymentState.PENDING_APPROVAL).values("customer_id")
    stale = (
        Customer.objects.filter(pk__in=waiting, oceafin_customer_id__isnull=False)
        .exclude(balances__read_at__gt=now - BALANCE_IS_FRESH_FOR)
        .distinct()
    )
    return _as_many_as_may_be(lambda customer: read_balances(customer, now=now), stale[:CUSTOMERS_A_ROUND])


def _as_many_as_may_be(read: Callable[[Any], bool], records: Iterable[Any]) -> int:
    """Read one after the other within the rate of all readings; the rest stays due. Return how many were read."""
    count = 0
    for record in list(records):
        try:
            count += read(record)
        except plan.BudgetSpent:
            break
    return count


def _poll(payment: PaymentRequest) -> bool:
    resource = _read(payment) if payment.oceafin_id else after_all.look(payment, plan.ask)
    with transaction.atomic():
        now = database_now()
        if resource is not None:
            row, _why = _observed(payment, resource, source="read", now=now)
        else:
            row = guards.locked(payment)
        if row.next_poll_at != (due_at := observing.next_poll(row, now)):
            guards.set_columns(row, next_poll_at=due_at)
    return resource is not None


def _read(payment: PaymentRequest) -> Resource | None:
    way = ways.of(payment)
    reply = plan.ask(contract.path_for(way.operations.read, **{way.id_name: payment.oceafin_id}))
    return reply.data if isinstance(reply, Answer) and isinstance(reply.data, dict) else None


def observe_read(payment: PaymentRequest, resource: dict[str, object], *, source: str, now: datetime) -> str:
    """What a read or an event shows, for the letters first and then for the payment. Call in a transaction."""
    _row, why = _observed(payment, resource, source=source, now=now)
    return why


def _observed(
    payment: PaymentRequest, resource: dict[str, object], *, source: str, now: datetime
) -> tuple[PaymentRequest, str]:
    drafts = Draft.objects.select_related("payment__customer", "quote").filter(payment=payment)
    draft = rows.draft_known_as(payment, str(resource.get(ways.of(payment).id_name) or ""))
    conflict = ""
    if draft is not None:
        try:
            observing.settle_letters(draft, resource, source=source, now=now)
        except Contradiction as contradiction:
            conflict = str(contradiction)
    elif payment.oceafin_id is None and (unnamed := drafts.filter(number=payment.draft_number).first()):
        after_all.known(unnamed, resource)
    row = guards.locked(payment)
    if conflict:
        return row, observing.contradict(row, conflict, source=source, now=now)
    return row, observing.observe(row, resource, at=instant_of(resource, now), source=source, now=now)
