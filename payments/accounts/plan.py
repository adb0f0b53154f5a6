"""When each list of a customer's is read: at once after an event, else ever more seldom, never above a set rate.

plan.register(plan.List("fiat_deposits", "listFiatDeposits", keep=keep_fiat_deposits))    # in ready()
plan.want(customer, "fiat_deposits", now=now)           # in the transaction of what made it due
"""

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db.models import Q

from backoffice import prepared
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
# A list of more pages than this has a rest after it was read: at least this long, and so many times as long as it
# takes at the set rate.
LONG = 25
REST = timedelta(minutes=5)
RESTS = 9
# One request in so many is kept for single records (payments, beneficiaries): the lists leave it unused.
SHARE_OF_RECORDS = 4
# Of minutes that the clock had no business to be in nothing is owed.
_IS_OVER = "(budget.minute < excluded.minute OR budget.minute > excluded.minute + interval '1 minute')"
# What a new minute has not used yet, whoever comes first begins it; the clock is read before the row is locked, so
# that it is never later than the request. A crash of the server may forget the last of it, so nobody waits for the
# disk here.
_SPEND = f"""
    WITH moment AS MATERIALIZED (
        SELECT clock_timestamp() AS at, set_config('synchronous_commit', 'off', true) AS is_quick
    )
    INSERT INTO {ReadBudget._meta.db_table} AS budget (id, minute, used)
    SELECT 1, date_trunc('minute', at), 1 FROM moment WHERE %(most)s > 0
    ON CONFLICT (id) DO UPDATE SET
        minute = CASE WHEN {_IS_OVER} THEN excluded.minute ELSE budget.minute END,
        used = CASE WHEN {_IS_OVER} THEN 1 ELSE budget.used + 1 END
    WHERE {_IS_OVER} OR budget.used < %(most)s
    RETURNING (SELECT at FROM moment)
"""  # noqa: S608  (our own table)

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
    """Make these lists due now, all of them if none is named. Call in the transaction of what made them due.

    A long list is due once it had its rest: what an event tells of was read by itself already.
    """
    names = names or tuple(_lists)
    # Two that want the same at once: one row of each is kept, due now.
    wanted = [Reading(customer=customer, name=name, due_at=now, unchanged=0, failures=0) for name in names]
    known = list(Reading.objects.filter(customer=customer, name__in=names).order_by("id"))
    if len(known) < len(wanted):
        Reading.objects.bulk_create(wanted, ignore_conflicts=True)
    for reading in known:
        rested_at = reading.read_at + _rest(reading.length) if reading.read_at and not reading.cursor else now
        due_at = max(now, min(rested_at, reading.due_at))
        Reading.objects.filter(pk=reading.pk).update(due_at=due_at, unchanged=0, failures=0)


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
        _plan(reading)
        return
    path = contract.path_for(one.operation, customerId=customer.oceafin_customer_id, limit=PAGE)
    place = Bookmark(reading.cursor)
    try:
        with ThreadPoolExecutor(max_workers=1) as thread:
            asking = _Asking(thread)
            for items in pages(asking.get, path, place, foresee=asking.get_ahead):
                reading.news += one.keep(customer, items, asking.asked_at)
                reading.pages += 1
    except BudgetSpent:
        _read_on_later(reading, place)
        raise
    except BrokeOff as broken:
        _broke_off(reading, broken, place)
        return
    _plan(reading)


class _Asking:
    """Asks for one page after another, each within the budget, and knows the instant before it asked for the last.

    The next page is on its way while one is kept. In the thread Oceafin is waited for, and nothing else is done.
    """

    asked_at: datetime

    def __init__(self, thread: Executor) -> None:
        self._thread = thread
        self._ahead: tuple[datetime, Callable[[], Reply]] | None = None

    def get(self, path_url: str) -> Reply:
        if self._ahead is None:
            self.asked_at = spend(most_of_lists())
            return reads.read(path_url, now=self.asked_at)
        (self.asked_at, reply), self._ahead = self._ahead, None
        return reply()

    def get_ahead(self, path_url: str) -> None:
        """Ask for the page that `get` is called for next; without a request left it asks there, after this is kept."""
        with suppress(BudgetSpent):
            asked_at = spend(most_of_lists())
            self._ahead = asked_at, reads.begin(path_url, now=asked_at, thread=self._thread)


def ask(path_url: str) -> Reply:
    """Read a single record within the rate that all readings share. Call with no transaction open.

    Raises BudgetSpent: it stays due, and is read in the next minute.
    """
    return reads.read(path_url, now=spend())


def most_of_lists() -> int:
    """How many requests a minute the lists may make; what is left of the rate is for single records."""
    rate: int = settings.OCEAFIN_READS_PER_MINUTE
    return rate - rate // SHARE_OF_RECORDS


def spend(most: int | None = None) -> datetime:
    """Take one request out of this minute's budget, as long as fewer than `most` of it are used (the whole rate, if
    not said); return the instant. Raises BudgetSpent."""
    with prepared.cursor() as cursor:
        cursor.execute(_SPEND, {"most": settings.OCEAFIN_READS_PER_MINUTE if most is None else most})
        taken = cursor.fetchone()
    if taken is None:
        raise BudgetSpent
    at: datetime = taken[0]
    return at


def _plan(reading: Reading) -> None:
    """The whole list was read: the less there was to find, the later it is read again, and a long one has a rest."""
    now = database_now()
    unchanged = 0 if reading.news else reading.unchanged + 1
    rest = _rest(reading.pages)
    wait = max(min(FIRST * 2 ** min(unchanged, 12), SELDOM), rest)
    fresh = {"failure": "", "failures": 0, "cursor": "", "news": 0, "pages": 0, "length": reading.pages}
    _set(reading, **fresh, unchanged=unchanged, read_at=now, due_at=now + wait)
    Reading.objects.filter(pk=reading.pk, due_at__lt=now + rest).update(due_at=now + rest)


def _rest(length: int) -> timedelta:
    """How long a list of so many pages is left alone after it was read, so that it does not take up the budget."""
    if length <= LONG:
        return timedelta()
    took = timedelta(minutes=length / settings.OCEAFIN_READS_PER_MINUTE)
    return min(max(took * RESTS, REST), SELDOM)


def _broke_off(reading: Reading, broken: BrokeOff, place: Bookmark) -> None:
    """Soon again: from the page that failed if Oceafin was only busy, else from the beginning."""
    failures = reading.failures + 1
    reads_on = broken.for_now and failures % TRIES_OF_A_PAGE != 0
    _set(
        reading,
        failure=str(broken)[:300],
        failures=failures,
        cursor=place.cursor if reads_on else "",
        news=reading.news,
        pages=reading.pages if reads_on else 0,
        due_at=database_now() + backoff.delay(failures),
    )
    log.info("accounts.reading_broke_off", list=reading.name, customer=reading.customer_id)


def _fell_over(reading: Reading, error: Exception) -> None:
    sentence = f"Our own handling failed ({type(error).__name__}); the list is read again later."
    _broke_off(reading, BrokeOff(sentence), Bookmark())


def _read_on_later(reading: Reading, place: Bookmark) -> None:
    _set(reading, cursor=place.cursor, news=reading.news, pages=reading.pages, due_at=database_now())


def _set(reading: Reading, *, due_at: datetime, **values: Any) -> None:
    """Made due again while it was read: that stands."""
    Reading.objects.filter(pk=reading.pk, due_at=reading.due_at).update(due_at=due_at)
    Reading.objects.filter(pk=reading.pk).update(**values)
