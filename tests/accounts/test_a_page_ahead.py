"""A page of a list is asked for while the one before it is kept, and changes nothing of what is kept."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from backoffice.oceafin.client import TransactionOpen
from customers.models import Customer
from payments.accounts import plan, switches
from payments.accounts.models import ReadBudget, Reading
from tests.customers.conftest import known_customer
from tests.oceafin.conftest import oceafin
from tests.oceafin.scripted import Script, Step, answer, lost, problem
from tests.waiting import eventually

__all__ = ["oceafin"]
pytestmark = pytest.mark.django_db(transaction=True)


def a_page(number: int, cursor: str | None = None) -> Step:
    return answer(200, items=[{"transactionId": f"tx-{number}"}], nextCursor=cursor)


class Kept:
    """What was kept of the list, page by page; `while_keeping` runs at the first."""

    def __init__(self) -> None:
        self.pages: list[str] = []
        self.asked_at: list[datetime] = []
        self.kept_at: list[datetime] = []
        self.while_keeping: Callable[[], Any] = lambda: None

    def keep(self, _customer: Customer, items: list[dict[str, Any]], now: datetime) -> int:
        if not self.pages:
            self.while_keeping()
        self.pages.append(items[0]["transactionId"])
        self.asked_at.append(now)
        self.kept_at.append(timezone.now())
        return 1


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Kept:
    kept = Kept()
    monkeypatch.setitem(
        plan._lists, "transactions", plan.List("transactions", "listCustomerTransactions", kept.keep)
    )
    return kept


@pytest.fixture
def reading() -> Reading:
    with transaction.atomic():
        customer = known_customer()
        Reading.objects.all().delete()
        plan.want(customer, "transactions", now=timezone.now())
    return Reading.objects.select_related("customer").get()


def test_is_on_its_way_while_the_one_before_it_is_kept(oceafin: Script, kept: Kept, reading: Reading) -> None:
    oceafin.gets.extend([a_page(1, "a"), a_page(2, "b"), a_page(3)])
    kept.while_keeping = lambda: eventually(lambda: len(oceafin.seen) == 2)
    plan.read(reading)
    assert kept.pages == ["tx-1", "tx-2", "tx-3"]
    assert (len(oceafin.seen), ReadBudget.objects.get().used) == (3, 3)


def test_is_as_old_as_its_request(oceafin: Script, kept: Kept, reading: Reading) -> None:
    """What an event tells while the page before is kept is newer than this page."""
    oceafin.gets.extend([a_page(1, "a"), a_page(2)])
    plan.read(reading)
    assert kept.asked_at[0] < kept.asked_at[1] < kept.kept_at[0]


@pytest.mark.parametrize("broken", [lost, problem(503, "PARTNER_PROCESSING_UNAVAILABLE")])
def test_that_does_not_come_leaves_the_one_before_it_kept(
    oceafin: Script, kept: Kept, reading: Reading, broken: Step
) -> None:
    oceafin.gets.extend([a_page(1, "a"), broken])
    plan.read(reading)
    reading.refresh_from_db()
    assert (kept.pages, reading.cursor, reading.failures) == (["tx-1"], "a", 1)


def test_that_is_denied_is_remembered(oceafin: Script, kept: Kept, reading: Reading) -> None:
    oceafin.gets.extend([a_page(1, "a"), problem(403, "PARTNER_SCOPE_DENIED")])
    plan.read(reading)
    assert (kept.pages, switches.is_off("listCustomerTransactions")) == (["tx-1"], True)


def test_is_not_asked_for_without_a_request_left(
    oceafin: Script, kept: Kept, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    oceafin.gets.extend([a_page(1, "a"), a_page(2)])
    spend, left = plan.spend, [1]

    def one(most: int | None = None) -> datetime:
        if not left:
            raise plan.BudgetSpent
        left.pop()
        return spend(most)

    monkeypatch.setattr(plan, "spend", one)
    with pytest.raises(plan.BudgetSpent):
        plan.read(reading)
    reading.refresh_from_db()
    assert (kept.pages, reading.cursor, reading.pages, len(oceafin.seen)) == (["tx-1"], "a", 1, 1)


def test_is_not_asked_for_where_the_list_goes_in_a_circle(
    oceafin: Script, kept: Kept, reading: Reading
) -> None:
    oceafin.gets.extend([a_page(1, "a"), a_page(2, "a")])
    plan.read(reading)
    reading.refresh_from_db()
    assert (kept.pages, len(oceafin.seen)) == (["tx-1", "tx-2"], 2)
    assert "circle" in reading.failure


def test_is_forgotten_where_the_one_before_it_cannot_be_kept(
    oceafin: Script, kept: Kept, reading: Reading
) -> None:
    def broken() -> None:
        raise ValueError("what no column holds")

    oceafin.gets.extend([a_page(1, "a"), a_page(2)])
    kept.while_keeping = broken
    plan.read_due(timezone.now())
    reading.refresh_from_db()
    assert (kept.pages, reading.failures, reading.cursor) == ([], 1, "")


def test_is_never_asked_for_in_a_transaction(oceafin: Script, kept: Kept, reading: Reading) -> None:
    with transaction.atomic(), pytest.raises(TransactionOpen):
        plan.read(reading)
    assert oceafin.seen == []
