"""The queues of deposits: the longest waiting first, flat in table size, empty when the work is done."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from backoffice.staff.models import User
from backoffice.staff.roles import Right
from payments.accounts.deposits.models import FINAL, Deposit, Kind
from payments.accounts.deposits.states import DepositState
from payments.accounts.travel_rule.states import DONE, TravelRuleState

ROWS = 50
COUNTED_AT_MOST = 100
OPEN_TASKS = [state.value for state in TravelRuleState if state not in DONE]


def waiting_for_travel_rule() -> QuerySet[Deposit]:
    """Coins that Oceafin holds until it knows who sent them, the first due first."""
    rows = Deposit.objects.filter(kind=Kind.CRYPTO, travel_rule__state__in=OPEN_TASKS)
    return _rows(rows).order_by("travel_rule__due_at", "pk")


def unmatched() -> QuerySet[Deposit]:
    """Whose they are is not certain."""
    return _rows(Deposit.objects.filter(state=DepositState.UNMATCHED)).order_by("state_since", "pk")


def on_their_way() -> QuerySet[Deposit]:
    """Oceafin has not come to an end with them, and nobody has to do anything."""
    rows = Deposit.objects.exclude(status__in=FINAL).filter(state=DepositState.MATCHED)
    return _rows(rows.exclude(travel_rule__state__in=OPEN_TASKS)).order_by("status_since", "pk")


def done() -> QuerySet[Deposit]:
    return _rows(Deposit.objects.filter(status__in=FINAL, state=DepositState.MATCHED)).order_by("-pk")


def set_aside() -> QuerySet[Deposit]:
    return _rows(Deposit.objects.filter(state=DepositState.SET_ASIDE)).order_by("-pk")


def waiting_for_me(user: User, rights: frozenset[Right]) -> list[QuerySet[Deposit]]:
    """For the sidebar: what this person can close."""
    found = []
    if Right.REQUEST_PAYMENTS in rights:
        asked = Deposit.objects.filter(kind=Kind.CRYPTO, state=DepositState.MATCHED)
        found.append(asked.filter(travel_rule__state=TravelRuleState.WAITING))
    if Right.LEAD_PAYMENTS in rights:
        found += [Deposit.objects.filter(state=DepositState.UNMATCHED), overdue(timezone.now())]
    return found


def overdue(now: datetime) -> QuerySet[Deposit]:
    """Nobody has said in time who sent them."""
    rows = Deposit.objects.filter(kind=Kind.CRYPTO, travel_rule__state=TravelRuleState.WAITING)
    return rows.exclude(state=DepositState.UNMATCHED).filter(travel_rule__due_at__lt=now)


def _rows(deposits: QuerySet[Deposit]) -> QuerySet[Deposit]:
    return deposits.select_related("customer", "travel_rule")
