"""When each list of a customer's is read: at once after an event, else ever more seldom, never above a set rate.

plan.register(plan.List("fiat_deposits", "listFiatDeposits", keep=keep_fiat_deposits))    # in ready()
plan.want(customer, "fiat_deposits", now=now)           # in the transaction of what made it due
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from backoffice.oceafin import backoff, contract, reads
from backoffice.oceafin.clock import database_now
from backoffice.oceafin.kinds import Resource
from backoffice.oceafin.wire import Reply
from customers.models import Customer
from customers.statuses import StatusNews
from payments.accounts import switches
from payments.accounts.models import ReadBudget, Reading
from payments.accounts.pages import Bookmark, BrokeOff, pages

FIRST = timedelta(minutes=2)
SELDOM = timedelta(hours=24)
A_ROUND = 25
# After so many failures at one page, the list is begun anew: its cursor may be too old.
TRIES_OF_A_PAGE = 4
PAGE = 200

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class List:
    """One list of a customer's. `keep(customer, items, now)` writes one page and returns how many were news.

    `now` is the instant before the page was asked for: what was told later than that is newer than the page.
    """

    name: str
    operation: str
    keep: Callable[[Customer, list[Resource], datetime], int]


_lists: dict[str, List] = {}


class BudgetSpent(Exception):
    """This minute's requests are used up; the rest is read in the next."""


def register(one: List) -> None:
    """Called in an app's ready()."""
    _lists[one.name] = one


def lists() -> tuple[List, ...]:
    """Every list that is read."""
    return tuple(_lists.values())


def want(customer: Customer, *names: str, now: datetime) -> None:
    """Make these lists due now, all of them if none is named. Call in the transaction of what made them due."""
    for name in names or tuple(_lists):
        Reading.objects.update_or_create(
            customer=customer, name=name, defaults={"due_at": now, "unchanged": 0, "failures": 0}
        )


def customer_status(news: StatusNews) -> None:
    """From its approval on, what the customer has is read."""
    if news.customer.oceafin_status == "APPROVED" and not news.customer.readings.exists():
        want(news.customer, now=news.now)


def read_due(now: datetime) -> int:
    """Read what is due, oldest first, within the budget; return how many lists were read. A duty of the sweep."""
    off = switches.all_off()
    open_lists = [one.name for one in _lists.values() if one.operation not in off]
    due = Reading.objects.filter(Q(due_at__lte=now), name__in=open_lists).select_related("customer")
    count = 0
    for reading in list(due.order_by("due_at", "id")[:A_ROUND]):
        try:
            read(reading)
        except BudgetSpent:
            break
        except Exception as error:  # one list that our handling fails on must not stop those behind it
            log.exception("accounts.reading_failed", list=reading.name, customer=reading.customer_id)
            _fell_over(reading, error)
        count += 1
    return count


def read(reading: Reading) -> None:
    """Read one list to its end and set when it is read next. Call with no transaction open. Raises BudgetSpent.

    A page is kept as soon as it is there: what a later page spoils stays known. A list that is longer than what is
    left of this minute's budget is read on where it stopped, after those that became due meanwhile.
    """
    one, customer = _lists[reading.name], reading.customer
    if customer.oceafin_customer_id is None:
        _plan(reading, news=0)
        return
    path = contract.path_for(one.operation, customerId=customer.oceafin_customer_id, limit=PAGE)
    news, place = 0, Bookmark(reading.cursor)
    try:
        asked_at = database_now()
        for items in pages(_get, path, place):
            news += one.keep(customer, items, asked_at)
            asked_at = database_now()
    except BudgetSpent:
        _read_on_later(reading, place, news=news)
        raise
    except BrokeOff as broken:
        _broke_off(reading, broken, place, news=news)
        return
    _plan(reading, news=news)


def _get(path_url: str) -> Reply:
    spend(database_now())
    return reads.read(path_url)


@transaction.atomic
def spend(now: datetime) -> None:
    """Take one request out of this minute's budget. Raises BudgetSpent."""
    minute = now.replace(second=0, microsecond=0)
    ReadBudget.objects.get_or_create(pk=1, defaults={"minute": minute})
    # Of minutes that the clock had no business to be in nothing is owed.
    other = Q(minute__lt=minute) | Q(minute__gt=minute + timedelta(minutes=1))
    ReadBudget.objects.filter(other, pk=1).update(minute=minute, used=0)
    left = ReadBudget.objects.filter(pk=1, used__lt=settings.OCEAFIN_READS_PER_MINUTE)
    if not left.update(used=F("used") + 1):
        raise BudgetSpent


def _plan(reading: Reading, *, news: int) -> None:
    """The whole list was read: the less there was to find, the later it is read again."""
    now = database_now()
    unchanged = 0 if news or reading.news else reading.unchanged + 1
    wait = min(FIRST * 2 ** min(unchanged, 12), SELDOM)
    fresh = {"failure": "", "failures": 0, "cursor": "", "news": 0}
    _set(reading, **fresh, unchanged=unchanged, read_at=now, due_at=now + wait)


def _broke_off(reading: Reading, broken: BrokeOff, place: Bookmark, *, news: int) -> None:
    """Soon again: from the page that failed if Oceafin was only busy, else from the beginning."""
    failures = reading.failures + 1
    reads_on = broken.for_now and failures % TRIES_OF_A_PAGE != 0
    _set(
        reading,
        failure=str(broken)[:300],
        failures=failures,
        cursor=place.cursor if reads_on else "",
        news=reading.news + news,
        due_at=database_now() + backoff.delay(failures),
    )
    log.info("accounts.reading_broke_off", list=reading.name, customer=reading.customer_id)


def _fell_over(reading: Reading, error: Exception) -> None:
    sentence = f"Our own handling failed ({type(error).__name__}); the list is read again later."
    _broke_off(reading, BrokeOff(sentence), Bookmark(), news=0)


def _read_on_later(reading: Reading, place: Bookmark, *, news: int) -> None:
    _set(reading, cursor=place.cursor, news=reading.news + news, due_at=database_now())


def _set(reading: Reading, *, due_at: datetime, **values: Any) -> None:
    """Made due again while it was read: that stands."""
    Reading.objects.filter(pk=reading.pk, due_at=reading.due_at).update(due_at=due_at)
    Reading.objects.filter(pk=reading.pk).update(**values)
