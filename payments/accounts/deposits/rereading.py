"""Deposits that are nobody's are in no customer's list: until they are final they are read one by one."""

from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from backoffice.oceafin import contract
from backoffice.oceafin.clock import database_now
from backoffice.oceafin.kinds import Resource
from customers import statuses
from payments.accounts import owners, plan
from payments.accounts.deposits import events, hearing
from payments.accounts.deposits.models import FINAL, Deposit, Kind
from payments.accounts.deposits.states import DepositState
from payments.accounts.models import FoundBy
from webhooks.inbox import ReadFailed

A_ROUND = 50
FIRST, SELDOM = timedelta(minutes=5), timedelta(days=1)


def read_unmatched(now: datetime) -> int:
    """Read those whose time has come, within the rate of all readings; return how many. A duty of the sweep.

    What a reading says of whose it is counts as in an event. The older a deposit is the longer it rests: a quarter of
    its age, from five minutes to a day.
    """
    waiting = Deposit.objects.filter(state=DepositState.UNMATCHED).exclude(status__in=FINAL)
    due = waiting.filter(Q(next_read_at=None) | Q(next_read_at__lte=now)).order_by("state_since", "id")
    count = 0
    with suppress(plan.BudgetSpent):
        for deposit in list(due[:A_ROUND]):
            _read(deposit)
            count += 1
    return count


def _read(deposit: Deposit) -> None:
    path = contract.path_for(events.OPERATIONS[Kind(deposit.kind)], depositId=deposit.deposit_id)
    reply, resource = plan.ask(path), None
    # Asked again later: the page says since when nothing more was heard.
    with suppress(ReadFailed):
        resource = events.shown(reply, deposit.deposit_id)
    now = database_now()
    rest = min(max((now - deposit.found_at) / 4, FIRST), SELDOM)
    with transaction.atomic():
        if resource is not None:
            _hear(deposit, resource, now)
        Deposit.objects.filter(pk=deposit.pk).update(next_read_at=now + rest)


def _hear(deposit: Deposit, resource: Resource, now: datetime) -> None:
    told = owners.named_in(resource)
    customer = statuses.locked(told.customer) if told.customer else None
    owner = owners.Owner(customer, told.told_id, told.told_ref, told.doubt)
    hearing.hear(Kind(deposit.kind), resource, owner, found_by=FoundBy.READ, source="read", now=now)
