"""A deposit is kept as it came, belongs to whom Oceafin says, and is nobody's where that is not certain."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from backoffice.audit import Actor
from backoffice.audit.models import Entry
from backoffice.staff.errors import NotAllowed
from backoffice.staff.roles import Role
from customers.models import Customer
from customers.services import statuses
from payments.accounts import refundable, transactions
from payments.accounts.deposits import rereading, services
from payments.accounts.deposits.models import Deposit
from payments.accounts.models import Transaction
from payments.errors import ReasonNeeded, Unfit
from tests.accounts.deposited import NUMBER, SECRET, item, keep, only, pay_in, read_all, tell
from tests.customers.conftest import known_customer, make_customer
from tests.payments.people import post_event
from tests.payments.test_a_payout import approved_customer
from tests.people import person
from tests.simulator.driver import SimulatorProcess
from webhooks import inbox
from webhooks.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def customer(oceafin: SimulatorProcess) -> Customer:
    return approved_customer(oceafin)


def lead() -> Actor:
    return Actor.staff(person(Role.OPERATIONS_LEAD))


def event(deposit_id: str, **customer: str | None) -> dict:
    return {
        "eventId": str(uuid4()),
        "eventType": "crypto_deposit.updated",
        "customer": customer or None,
        "resource": {"resourceType": "crypto_deposit", "resourceId": deposit_id},
        "occurredAt": "2026-06-28T00:00:00Z",
        "data": {},
    }


def told(body: dict) -> Event:
    assert post_event(body, SECRET) == 202
    inbox.apply_due(worker="test")
    return Event.objects.get(event_id=body["eventId"])


# --- how it arrives ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "terms"),
    [
        ("fiat_deposit", {"currency": "EUR", "amount": "99.50", "senderName": "Ada Berg"}),
        ("crypto_deposit", {"asset": "ETH", "network": "ETHEREUM", "amount": "0.123456789012345678"}),
    ],
)
def test_arrives_by_event_and_is_credited(oceafin, customer, kind, terms):
    oceafin.deposit(kind, **terms)
    tell(oceafin, kind)
    assert (only().customer, only().amount, only().found_by) == (customer, terms["amount"], "EVENT")
    oceafin.step(3)
    tell(oceafin, kind)
    assert only().status == "COMPLETED"


def test_is_marked_where_only_a_reading_found_it(oceafin, customer):
    oceafin.deposit("fiat_deposit", currency="EUR", amount="5.00", tell=False)
    read_all(customer)
    assert (only().found_by, only().customer) == ("READ", customer)
    oceafin.step()
    tell(oceafin, "fiat_deposit")
    assert only().found_by == "EVENT"


def test_explains_the_movement_that_it_made(oceafin, customer):
    deposit_id = pay_in(oceafin, customer, simulate="completed")
    oceafin.step(3)
    read_all(customer)
    transactions.explain_waiting(timezone.now())
    movement = Transaction.objects.get(resource_id=deposit_id)
    assert (movement.explained_type, movement.explained_id) == ("deposits.Deposit", str(only().pk))


def test_can_be_found_for_a_refund_by_its_own_customer_alone(oceafin, customer):
    keep(customer, item(status="COMPLETED"))
    source = refundable.find(customer, refundable.CRYPTO_DEPOSIT, NUMBER.format(1))
    assert (source.amount, source.currency, source.credited) == ("0.5", "ETH", True)
    assert refundable.find(known_customer("cust-2"), refundable.CRYPTO_DEPOSIT, NUMBER.format(1)) is None
    assert refundable.find(customer, refundable.FIAT_DEPOSIT, NUMBER.format(1)) is None


def test_waits_with_its_event_until_oceafin_knows_it(oceafin, customer):
    assert told(event(NUMBER.format(9), partnerCustomerRef="cust-1")).state == "PARKED"


def test_is_kept_from_the_event_where_it_may_not_be_read(oceafin, customer):
    deposit_id = pay_in(oceafin, customer)
    oceafin.set(denyOperations=["getCryptoDeposit"])
    body = event(deposit_id, customerId=str(customer.oceafin_customer_id))
    told(body | {"eventType": "crypto.deposit.pending_travel_rule"})
    assert (only().status, only().travel_rule.state) == ("PENDING_TRAVEL_RULE", "WAITING")


# --- what is kept --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"amount": "0.1234567890123456789"}, {"amount": "0.1234567890123456789", "value": None}),
        ({"amount": "lots"}, {"amount": "lots", "value": None}),
        ({"asset": "MOON", "network": "LUNA"}, {"currency": "MOON", "network": "LUNA"}),
        (
            {"occurredAt": "2026-06-28T00:00:00"},
            {"occurred_at": None, "occurred_text": "2026-06-28T00:00:00"},
        ),
        ({"status": "ON_THE_MOON"}, {"status": "ON_THE_MOON"}),
        ({"updatedAt": "yesterday"}, {"said_at": None}),
        ({"confirmations": 12, "addressId": ["x"]}, {"confirmations": "12", "home_id": ""}),
        ({"senderAddress": None}, {"private": {}}),
    ],
)
def test_keeps_what_it_cannot_read(oceafin, changes, expected):
    keep(known_customer(), item(**changes))
    row = only()
    assert {name: getattr(row, name) for name in expected} == expected


def test_stands_once_however_often_it_is_listed(oceafin):
    customer = known_customer()
    assert keep(customer, item(), item(), {}, {"depositId": ["x"]}) == 1
    assert keep(customer, item()) == 0
    assert Deposit.objects.count() == 1


def test_is_not_overwritten_by_an_older_word(oceafin):
    customer = known_customer()
    keep(customer, item(status="COMPLETED", updatedAt="2026-06-28T02:00:00Z"))
    assert keep(customer, item(status="PROCESSING", updatedAt="2026-06-28T01:00:00Z")) == 0
    assert only().status == "COMPLETED"


def test_keeps_what_a_shorter_word_leaves_out(oceafin):
    customer = known_customer()
    keep(customer, item())
    keep(customer, {"depositId": NUMBER.format(1), "status": "COMPLETED"})
    assert (only().status, only().amount, only().currency) == ("COMPLETED", "0.5", "ETH")
    assert only().private["senderAddress"].startswith("0x")


def test_hides_who_sent_it(oceafin):
    keep(known_customer(), item())
    assert b"0x5290" not in bytes(only().private_sealed)


# --- whose it is ---------------------------------------------------------------------------------------------------


def test_is_nobodys_while_its_customer_is_not_known_and_finds_them_later(oceafin):
    ours = approved_customer(oceafin)
    stranger = make_customer("cust-7")
    deposit_id = pay_in(oceafin, ours, simulate="completed")
    later = uuid4()
    told(event(deposit_id, customerId=str(later)))
    assert (only().state, only().customer) == ("UNMATCHED", None)
    statuses.record_customer_id(stranger, customer_id=later, now=timezone.now())
    assert (only().state, only().customer) == ("MATCHED", stranger)
    assert only().private["senderAddress"].startswith("0x")


@pytest.mark.parametrize("named", [{}, {"customerId": str(uuid4())}, {"partnerCustomerRef": "nobody"}])
def test_is_a_task_where_nobody_we_know_is_named(oceafin, customer, named):
    deposit_id = pay_in(oceafin, customer, simulate="completed")
    assert told(event(deposit_id, **named)).state == "APPLIED"
    assert only().state == "UNMATCHED"
    assert only().doubt


def test_is_a_task_where_id_and_reference_are_of_two_customers(oceafin, customer):
    known_customer("cust-2")
    deposit_id = pay_in(oceafin, customer, simulate="completed")
    told(event(deposit_id, customerId=str(customer.oceafin_customer_id), partnerCustomerRef="cust-2"))
    assert only().state == "UNMATCHED"


def test_is_a_task_where_a_customers_list_names_another_in_it(oceafin):
    keep(known_customer(), item(customerId=str(uuid4())))
    assert (only().state, only().customer) == ("UNMATCHED", None)


def test_is_read_by_itself_while_it_is_nobodys_and_then_rests(oceafin, customer):
    told(event(pay_in(oceafin, customer, simulate="completed")))
    first = only()
    assert (first.state, first.is_final) == ("UNMATCHED", False)
    assert rereading.read_unmatched(timezone.now()) == 1
    assert rereading.read_unmatched(timezone.now()) == 0
    oceafin.step(3)
    assert rereading.read_unmatched(timezone.now() + timedelta(minutes=6)) == 1
    assert (only().status, only().state, only().doubt) == ("COMPLETED", "UNMATCHED", first.doubt)
    assert rereading.read_unmatched(timezone.now() + timedelta(days=2)) == 0


def test_is_matched_once_a_reading_names_its_customer(oceafin, customer, monkeypatch):
    deposit_id = pay_in(oceafin, customer, simulate="completed")
    told(event(deposit_id))
    named = {"customerId": str(customer.oceafin_customer_id)}
    told_alone = rereading.events.shown
    monkeypatch.setattr(rereading.events, "shown", lambda *asked: {**told_alone(*asked), **named})
    assert rereading.read_unmatched(timezone.now()) == 1
    assert (only().state, only().customer, only().found_by) == ("MATCHED", customer, "EVENT")


def test_is_taken_from_nobody_without_a_person_once_two_lists_have_it(oceafin):
    first, second = known_customer(), known_customer("cust-2")
    keep(first, item())
    keep(second, item())
    assert only().state == "UNMATCHED"
    keep(first, item())
    assert only().state == "UNMATCHED"


def test_is_matched_by_a_lead_for_a_reason_and_stays_so(oceafin):
    first, second = known_customer(), known_customer("cust-2")
    keep(first, item(customerId=str(uuid4())))
    with pytest.raises(ReasonNeeded):
        services.match_deposit(only(), customer="cust-2", reason=" ", actor=lead(), now=timezone.now())
    with pytest.raises(Unfit):
        services.match_deposit(only(), customer="none", reason="x", actor=lead(), now=timezone.now())
    services.match_deposit(only(), customer="cust-2", reason="By phone.", actor=lead(), now=timezone.now())
    keep(first, item())
    assert (only().customer, only().seal_key) == (second, second.vault_key)
    assert only().private["senderAddress"].startswith("0x")
    assert Entry.objects.filter(verb="deposit.matched", actor_kind="STAFF").exists()


def test_is_set_aside_by_a_lead_and_can_still_be_matched(oceafin):
    customer = known_customer()
    keep(customer, item(customerId=str(uuid4())))
    maker = Actor.staff(person(Role.PAYMENTS_MAKER))
    with pytest.raises(NotAllowed):
        services.set_aside(only(), reason="x", actor=maker, now=timezone.now())
    services.set_aside(only(), reason="Of a customer who left.", actor=lead(), now=timezone.now())
    keep(customer, item())
    assert only().state == "SET_ASIDE"
    services.match_deposit(only(), customer="cust-1", reason="It was.", actor=lead(), now=timezone.now())
    with pytest.raises(services.MatchedAlready):
        services.set_aside(only(), reason="x", actor=lead(), now=timezone.now())


def test_never_goes_away(oceafin):
    keep(known_customer(), item())
    with pytest.raises(DatabaseError), transaction.atomic():
        only().delete()
