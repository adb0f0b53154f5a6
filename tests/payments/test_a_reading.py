"""A reading of what a customer has at Oceafin keeps what came, stops for nothing, and is not made too often."""

from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from backoffice.oceafin.wire import Answer, NoAnswer, Problem
from backoffice.staff.errors import NotAllowed
from backoffice.staff.roles import Role
from customers.models import Customer
from payments import duties, payee_news
from payments.accounts import plan, switches, transactions
from payments.accounts.models import Balance, ReadBudget, Reading, SwitchedOff, Transaction
from payments.accounts.pages import BrokeOff, pages
from payments.models import BankAccount, PaymentRequest
from tests.payments.people import requested
from tests.payments.test_a_payout import approved_customer, beneficiary
from tests.people import actor, person
from tests.simulator.driver import SimulatorProcess

pytestmark = pytest.mark.django_db(transaction=True)


def answered(data: Any) -> Answer:
    return Answer(200, {}, b"", data)


def book(*replies: Any) -> Any:
    """Oceafin's list, page after page."""
    waiting = list(replies)
    return lambda _path: waiting.pop(0)


def movement(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "transactionId": f"tx-{number}",
        "type": "FIAT_DEPOSIT",
        "direction": "CREDIT",
        "currency": "EUR",
        "amount": "10.00",
        "status": "COMPLETED",
        "resourceType": "fiat_deposit",
        "resourceId": f"dep-{number}",
        "occurredAt": "2026-06-28T00:00:00Z",
    } | changes


def keep(customer: Customer, *items: Any, **more: Any) -> int:
    return transactions.keep(customer, list(items), timezone.now(), **more)


@pytest.fixture
def customer(oceafin: SimulatorProcess) -> Customer:
    return approved_customer(oceafin)


# --- the pages of a list ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "replies",
    [
        [answered([movement(1), movement(2)])],
        [answered({"items": [movement(1), movement(2)], "nextCursor": None})],
        [
            answered({"items": [movement(1)], "nextCursor": "a"}),
            answered({"items": [movement(2)], "nextCursor": None}),
        ],
        [answered({"items": [movement(1), None, "x", 7, movement(2)]})],
    ],
)
def test_takes_arrays_envelopes_and_pages(replies):
    found = [item for page in pages(book(*replies), "/partner/v1/x") for item in page]
    assert [item["transactionId"] for item in found] == ["tx-1", "tx-2"]


@pytest.mark.parametrize(
    "replies",
    [
        [answered({"items": [movement(1)], "nextCursor": "a"})] * 3,
        [answered({"items": [movement(1)], "nextCursor": "a"}), answered({"items": None})],
        [answered({"items": [movement(1)], "nextCursor": "a"}), NoAnswer("cut", left=True)],
        [
            answered({"items": [movement(1)], "nextCursor": "a"}),
            Problem(503, "PARTNER_PROCESSING_UNAVAILABLE"),
        ],
    ],
)
def test_gives_what_came_before_it_breaks_off(replies):
    reading = pages(book(*replies), "/partner/v1/x")
    assert next(reading)[0]["transactionId"] == "tx-1"
    with pytest.raises(BrokeOff):
        list(reading)


# --- what is kept ----------------------------------------------------------------------------------------------------


def test_writes_a_movement_once(customer):
    assert keep(customer, movement(), movement()) == 1
    assert keep(customer, movement()) == 0
    row = Transaction.objects.get()
    assert (row.amount, str(row.value), row.found_by) == ("10.00", "10.000000000000000000", "READ")


def test_takes_down_what_changed(customer):
    keep(customer, movement(status="PENDING"))
    assert keep(customer, movement(status="COMPLETED")) == 1
    assert Transaction.objects.get().status == "COMPLETED"


def test_knows_what_only_a_reading_found(customer):
    keep(customer, movement(1))
    keep(customer, movement(2), found_by="EVENT")
    keep(customer, movement(1), found_by="EVENT")
    keep(customer, movement(2))
    assert set(Transaction.objects.values_list("found_by", flat=True)) == {"EVENT"}


def test_never_moves_a_movement_to_another_customer(oceafin, customer):
    other = approved_customer(oceafin, "cust-2")
    keep(customer, movement())
    assert keep(other, movement(amount="99.00")) == 0
    assert Transaction.objects.get().amount == "10.00"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"amount": "0.123456789012345678"}, {"amount": "0.123456789012345678"}),
        ({"amount": "0.1234567890123456789"}, {"amount": "0.1234567890123456789", "value": None}),
        ({"amount": "1e400"}, {"amount": "1e400", "value": None}),
        ({"amount": None}, {"amount": "", "value": None}),
        ({"amount": {"of": 1}}, {"amount": "", "value": None}),
        ({"currency": "MOON", "network": "LUNA"}, {"currency": "MOON", "network": "LUNA"}),
        (
            {"occurredAt": "2026-06-28T00:00:00"},
            {"occurred_at": None, "occurred_text": "2026-06-28T00:00:00"},
        ),
        ({"occurredAt": 17}, {"occurred_at": None, "occurred_text": "17"}),
        ({"resourceType": None, "resourceId": None}, {"resource_type": "", "resource_id": ""}),
        ({"status": "\x00NEW"}, {"status": "NEW"}),
        ({"direction": "SIDEWAYS", "more": [1]}, {"direction": "SIDEWAYS"}),
    ],
)
def test_keeps_what_it_cannot_read(customer, changes, expected):
    keep(customer, movement(**changes))
    row = Transaction.objects.get()
    assert {name: getattr(row, name) for name in expected} == expected


def test_leaves_out_what_has_no_id(customer):
    assert keep(customer, {}, {"transactionId": None}, {"transactionId": ["x"]}, movement()) == 1


# --- when it is made -------------------------------------------------------------------------------------------------


def due(name: str = "transactions") -> Reading:
    return Reading.objects.select_related("customer").get(name=name)


def test_begins_when_the_customer_is_approved_and_finds_what_is_there(oceafin, customer):
    assert plan.read_due(timezone.now()) >= 2
    assert Transaction.objects.get(customer=customer).amount == "20000.00"
    assert Balance.objects.get(customer=customer, currency="EUR").available == "20000.00"


def test_becomes_more_seldom_while_nothing_changes(customer):
    plan.want(customer, "transactions", now=timezone.now())
    waits = []
    for _ in range(4):
        plan.read(due())
        waits.append(due().due_at - timezone.now())
    assert waits == sorted(waits)
    assert waits[3] > 4 * waits[0]


def test_is_made_at_once_when_something_is_heard(customer):
    plan.want(customer, "transactions", now=timezone.now())
    plan.read(due())
    plan.want(customer, "transactions", now=timezone.now())
    assert due().due_at <= timezone.now()


def test_is_made_again_soon_when_it_broke_off(oceafin, customer):
    oceafin.fault("status", operation="listCustomerTransactions", status=503, times=1)
    plan.read(due())
    assert due().failure
    assert due().due_at - timezone.now() < timedelta(seconds=10)
    plan.read(due())
    assert due().failure == ""
    assert Transaction.objects.count() == 1


def test_never_exceeds_its_rate(oceafin, customer, settings):
    settings.OCEAFIN_READS_PER_MINUTE = 1
    plan.want(customer, now=timezone.now())
    seen = len(oceafin.requests())
    plan.read_due(timezone.now())
    plan.read_due(timezone.now())
    # The clock may have begun another minute between the two.
    assert len(oceafin.requests()) - seen <= 2


def test_leaves_a_share_of_its_rate_to_payments_and_beneficiaries(oceafin, customer, settings):
    account = beneficiary(oceafin, customer)
    settings.OCEAFIN_READS_PER_MINUTE = 4
    # A minute that does not end while this runs.
    minute = timezone.now().replace(second=0, microsecond=0) + timedelta(minutes=1)
    ReadBudget.objects.update_or_create(pk=1, defaults={"minute": minute, "used": 0})
    plan.want(customer, now=timezone.now())
    seen = len(oceafin.requests())
    plan.read_due(timezone.now())
    assert len(oceafin.requests()) - seen == 3
    for _ in range(2):
        BankAccount.objects.filter(pk=account.pk).update(next_poll_at=timezone.now())
        payee_news.poll(timezone.now())
    assert len(oceafin.requests()) - seen == 4
    payment = requested(account)
    PaymentRequest.objects.filter(pk=payment.pk).update(oceafin_id=uuid4(), next_poll_at=timezone.now())
    assert (duties.poll_payments(timezone.now()), duties.refresh_balances(timezone.now())) == (0, 0)
    assert len(oceafin.requests()) - seen == 4
    assert PaymentRequest.objects.get().next_poll_at <= timezone.now()


def read_for_a_minute(oceafin, settings, pages: int) -> None:
    """What one minute's budget allows; then the next minute has begun."""
    settings.OCEAFIN_READS_PER_MINUTE = pages
    ReadBudget.objects.all().delete()
    with suppress(plan.BudgetSpent):
        plan.read(due())


def test_of_a_list_that_is_longer_than_its_rate_goes_on_where_it_stopped(
    oceafin, customer, settings, monkeypatch
):
    monkeypatch.setattr(plan, "PAGE", 1)
    for _ in range(4):
        oceafin.fund(customer.partner_customer_ref)
    plan.want(customer, "transactions", now=timezone.now())
    for found in (2, 4, 5):
        assert due().read_at is None
        read_for_a_minute(oceafin, settings, 2)
        assert Transaction.objects.count() == found
    assert (due().cursor, due().news, due().unchanged) == ("", 0, 0)
    assert due().read_at is not None


def test_goes_on_at_the_page_at_which_oceafin_was_busy(oceafin, customer, monkeypatch):
    monkeypatch.setattr(plan, "PAGE", 1)
    oceafin.fund(customer.partner_customer_ref)
    plan.want(customer, "transactions", now=timezone.now())
    oceafin.fault("status", operation="listCustomerTransactions", path="cursor", status=503, times=1)
    plan.read(due())
    seen = len(oceafin.requests("listCustomerTransactions"))
    plan.read(due())
    assert len(oceafin.requests("listCustomerTransactions")) == seen + 1
    assert Transaction.objects.count() == 2


def test_begins_anew_when_its_cursor_is_refused(oceafin, customer):
    plan.want(customer, "transactions", now=timezone.now())
    Reading.objects.update(cursor="long-forgotten")
    oceafin.fault("status", operation="listCustomerTransactions", path="cursor", status=400, times=1)
    plan.read(due())
    assert due().failure
    plan.read(due())
    assert Transaction.objects.count() == 1


def a_read_list(customer: Customer, *, pages: int, ago: timedelta) -> None:
    now = timezone.now()
    plan.want(customer, "transactions", now=now)
    Reading.objects.update(length=pages, read_at=now - ago, due_at=now + timedelta(hours=20))


def test_of_a_long_list_is_not_made_at_once_when_something_is_heard(customer, settings):
    settings.OCEAFIN_READS_PER_MINUTE = 1000
    a_read_list(customer, pages=plan.LONG + 1, ago=timedelta(minutes=1))
    plan.want(customer, "transactions", now=timezone.now())
    assert timedelta(minutes=3) < due().due_at - timezone.now() < timedelta(minutes=5)
    a_read_list(customer, pages=5000, ago=timedelta(minutes=40))
    plan.want(customer, "transactions", now=timezone.now())
    assert timedelta(minutes=4) < due().due_at - timezone.now() < timedelta(minutes=6)
    a_read_list(customer, pages=5000, ago=timedelta(minutes=46))
    plan.want(customer, "transactions", now=timezone.now())
    assert due().due_at <= timezone.now()
    a_read_list(customer, pages=plan.LONG, ago=timedelta(seconds=1))
    plan.want(customer, "transactions", now=timezone.now())
    assert due().due_at <= timezone.now()


def test_of_a_long_list_rests_even_if_it_became_due_meanwhile(oceafin, customer, monkeypatch):
    monkeypatch.setattr(plan, "LONG", 1)
    monkeypatch.setattr(plan, "PAGE", 1)
    oceafin.fund(customer.partner_customer_ref)
    plan.want(customer, "transactions", now=timezone.now())
    reading = due()
    plan.want(customer, "transactions", now=timezone.now())
    plan.read(reading)
    assert (due().length, due().pages) == (2, 0)
    assert due().due_at - timezone.now() > timedelta(minutes=4)


@pytest.mark.parametrize("code", ["PARTNER_SCOPE_DENIED", "PARTNER_PRODUCT_DISABLED"])
def test_is_not_tried_again_where_it_is_switched_off_until_a_person_asks(oceafin, customer, code):
    if code == "PARTNER_SCOPE_DENIED":
        oceafin.set(denyOperations=["listCustomerTransactions"])
    else:
        oceafin.disable("accounts")
    Reading.objects.exclude(name="transactions").delete()
    plan.read_due(timezone.now())
    assert SwitchedOff.objects.get().code == code
    seen = len(oceafin.requests())
    Reading.objects.update(due_at=timezone.now())
    assert plan.read_due(timezone.now()) == 0
    assert len(oceafin.requests()) == seen

    oceafin.set(denyOperations=[])
    oceafin.disable()
    lead = person(Role.OPERATIONS_LEAD)
    switches.check_again("listCustomerTransactions", actor=actor(lead), now=timezone.now())
    assert plan.read_due(timezone.now()) == 1
    assert not SwitchedOff.objects.exists()


def test_is_switched_on_again_only_by_who_leads():
    with pytest.raises(NotAllowed):
        switches.check_again("x", actor=actor(person(Role.SUPPORT)), now=timezone.now())
