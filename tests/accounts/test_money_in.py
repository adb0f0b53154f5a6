"""Money in stays whose it is, and goes on being read, whatever Oceafin's lists and events say."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from backoffice.oceafin.wire import Answer
from backoffice.staff.errors import NotAllowed
from backoffice.staff.roles import Role
from payments.accounts import plan
from payments.accounts.collections import hearing as collections
from payments.accounts.collections.models import Collection
from payments.accounts.collections.services import settle_doubt
from payments.accounts.deposits import hearing
from payments.accounts.deposits.models import Deposit
from payments.accounts.models import FoundBy, ReadBudget, Reading, Transaction
from payments.accounts.owners import Owner
from payments.errors import SourceNotReady
from payments.refund import find_source
from tests.accounts.deposited import SECRET, item, only
from tests.accounts.movements import movement
from tests.customers.conftest import known_customer
from tests.payments.people import post_event
from tests.people import actor, person
from webhooks import inbox
from webhooks.models import Event

pytestmark = pytest.mark.django_db(transaction=True)

COLLECTION = {
    "collectionId": "c-1",
    "asset": "USDC",
    "network": "POLYGON",
    "amount": "5.0",
    "status": "COMPLETED",
}
LONG = "d" * 63


@pytest.fixture
def readable(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What Oceafin answers, by the end of the path; everything else is an empty list."""
    answers: dict[str, Any] = {}

    def read(path_url: str, **_more: Any) -> Answer:
        end = path_url.partition("?")[0].rsplit("/", 1)[-1]
        return Answer(200, {}, b"", answers.get(end, {"items": []}))

    monkeypatch.setattr("backoffice.oceafin.reads.read", read)
    return answers


def told(resource_type: str, resource_id: str, **customer: str) -> Event:
    """An event came through the front door and was taken up."""
    body = {
        "eventId": str(uuid4()),
        "eventType": f"{resource_type}.updated",
        "customer": customer or None,
        "resource": {"resourceType": resource_type, "resourceId": resource_id},
        "occurredAt": "2026-06-28T00:00:00Z",
        "data": {},
    }
    assert post_event(body, SECRET) == 202
    inbox.apply_due(worker="test")
    return Event.objects.get(event_id=body["eventId"])


def test_is_read_on_behind_a_list_that_cannot_be_kept(readable, monkeypatch):
    def broken(*_: object) -> int:
        raise ValueError("what no column holds")

    customer, now = known_customer(), timezone.now()
    monkeypatch.setitem(plan._lists, "balances", replace(plan._lists["balances"], keep=broken))
    plan.want(customer, "balances", now=now - timedelta(hours=1))
    plan.want(customer, "transactions", now=now)
    assert plan.read_due(now) > 1
    stopped, read = (Reading.objects.get(name=name) for name in ("balances", "transactions"))
    assert (stopped.failures, stopped.due_at > now) == (1, True)
    assert "ValueError" in stopped.failure
    assert read.read_at is not None


def test_is_read_on_after_a_clock_that_was_ahead(settings):
    settings.OCEAFIN_READS_PER_MINUTE = 1
    ReadBudget.objects.create(pk=1, minute=timezone.now() + timedelta(days=1), used=1)
    plan.spend()
    budget = ReadBudget.objects.get()
    assert (budget.used, budget.minute <= timezone.now()) == (1, True)
    ReadBudget.objects.update(minute=timezone.now().replace(second=0, microsecond=0) + timedelta(minutes=1))
    with pytest.raises(plan.BudgetSpent):
        plan.spend()


def test_never_takes_one_too_long_id_for_another(readable):
    customer = known_customer()
    hearing.keep_crypto(customer, [item(depositId=f"{LONG}{end}") for end in ("a1", "b2")], timezone.now())
    collections.keep_collections(
        customer, [COLLECTION | {"collectionId": f"{LONG}{end}"} for end in ("a1", "b2")], timezone.now()
    )
    for resource_type, name in (("crypto_deposit", "depositId"), ("collection", "collectionId")):
        readable[f"{LONG}a1"] = {name: f"{LONG}a1", "status": "COMPLETED"}
        event = told(resource_type, f"{LONG}a1", partnerCustomerRef=customer.partner_customer_ref)
        assert (event.state, "too long" in event.reason) == ("PARKED", True)
    assert not Deposit.objects.exists()
    assert not Collection.objects.exists()


@pytest.mark.parametrize("stamp", [None, "2026-06-28T00:00:05Z"])
def test_is_not_undone_by_a_page_that_was_asked_for_before(stamp):
    """Pages arrive late, and Oceafin need not say when a resource changed, nor finer than a second."""
    customer, before = known_customer(), timezone.now() - timedelta(minutes=1)
    first = item(updatedAt=stamp)
    hearing.keep_crypto(customer, [first], before)
    owner = Owner(customer, str(customer.oceafin_customer_id), customer.partner_customer_ref)
    word = first | {"status": "RETURNED"}
    with transaction.atomic():
        hearing.hear("CRYPTO", word, owner, found_by=FoundBy.EVENT, source="e-1", now=timezone.now())
    hearing.keep_crypto(customer, [first | {"status": "COMPLETED"}], before)
    assert only().status == "RETURNED"

    told_first = COLLECTION | {"updatedAt": stamp}
    word = told_first | {"status": "RETURNED"}
    collections.keep_collections(customer, [told_first], before)
    collections.keep_collections(customer, [word], timezone.now())
    collections.keep_collections(customer, [told_first], before)
    assert Collection.objects.get().status == "RETURNED"


def test_into_a_wallet_is_nobodys_where_the_resource_names_another(readable):
    ours, other = known_customer(), known_customer("cust-2")
    readable["c-1"] = COLLECTION | {"customerId": str(other.oceafin_customer_id)}
    event = told("collection", "c-1", partnerCustomerRef=ours.partner_customer_ref)
    assert (event.state, Collection.objects.count()) == ("PARKED", 0)
    # An id that we do not know, of a reference whose id we know, is somebody else's.
    readable["c-1"] = COLLECTION
    strange = {"customerId": str(uuid4()), "partnerCustomerRef": ours.partner_customer_ref}
    assert told("collection", "c-1", **strange).state == "PARKED"
    collections.keep_collections(ours, [COLLECTION | {"partnerCustomerRef": "cust-2"}], timezone.now())
    assert Collection.objects.count() == 0


def test_is_no_movement_of_either_where_id_and_reference_are_of_two(readable):
    ours, other = known_customer(), known_customer("cust-2")
    readable["tx-1"] = movement()
    named = {"customerId": str(ours.oceafin_customer_id), "partnerCustomerRef": other.partner_customer_ref}
    assert told("transaction", "tx-1", **named).state == "PARKED"
    assert not Transaction.objects.exists()


@pytest.mark.parametrize("spelling", ["CRYPTO_DEPOSIT", "cryptoDeposit", "Crypto-Deposit", " crypto.deposit"])
def test_is_taken_up_however_its_type_is_spelled(readable, spelling):
    customer = known_customer()
    readable[item()["depositId"]] = item()
    event = told(spelling, item()["depositId"], partnerCustomerRef=customer.partner_customer_ref)
    assert (event.state, only().customer) == ("APPLIED", customer)


def test_that_two_customers_lists_name_is_in_doubt_and_not_sent_back_until_a_lead_decides():
    ours, other = known_customer(), known_customer("cust-2")
    for listed_for in (ours, other, other):
        collections.keep_collections(listed_for, [COLLECTION], timezone.now())
    row = Collection.objects.in_doubt().get()
    assert (row.customer, "cust-2" in row.doubt) == (ours, True)
    with pytest.raises(SourceNotReady, match="cust-2"):
        find_source(ours, "COLLECTION", "c-1")
    decide = {"reason": "Oceafin wrote that it is cust-1's.", "now": timezone.now()}
    with pytest.raises(NotAllowed):
        settle_doubt(row, actor=actor(person(Role.PAYMENTS_MAKER)), **decide)
    settle_doubt(row, actor=actor(person(Role.OPERATIONS_LEAD)), **decide)
    collections.keep_collections(other, [COLLECTION], timezone.now())
    assert not Collection.objects.in_doubt().exists()
    assert find_source(ours, "COLLECTION", "c-1").credited


def test_that_an_event_names_another_customer_for_is_in_doubt(readable):
    ours, other = known_customer(), known_customer("cust-2")
    collections.keep_collections(ours, [COLLECTION], timezone.now())
    readable["c-1"] = COLLECTION
    told("collection", "c-1", partnerCustomerRef=other.partner_customer_ref)
    assert Collection.objects.in_doubt().get().customer == ours


def test_is_one_deposit_however_its_id_is_written(readable):
    customer, upper = known_customer(), item()["depositId"].upper()
    hearing.keep_crypto(customer, [item(), item(depositId=upper)], timezone.now())
    # It is asked for by the id as we keep it.
    readable[item()["depositId"]] = item(
        depositId=upper, status="COMPLETED", updatedAt="2026-06-29T00:00:00Z"
    )
    assert told("crypto_deposit", upper, partnerCustomerRef=customer.partner_customer_ref).state == "APPLIED"
    assert only().status == "COMPLETED"


def test_of_accounts_is_parked_where_it_names_another_id_than_the_customer_has(readable):
    customer = known_customer()
    strange = {"customerId": str(uuid4()), "partnerCustomerRef": customer.partner_customer_ref}
    assert told("fiat_account", str(uuid4()), **strange).state == "PARKED"
