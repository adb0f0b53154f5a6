"""A deposit address is asked for once, and leads where Oceafin said first."""

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from backoffice.audit import Actor
from backoffice.oceafin import outbox
from backoffice.oceafin.models import Submission
from backoffice.references import ReferenceTaken
from backoffice.staff.roles import Role
from customers.models import Customer
from customers.services import record_status
from payments.accounts import qr
from payments.accounts.deposits import addresses, coins, services
from payments.accounts.deposits.models import DepositAddress
from payments.accounts.models import Reading, SwitchedOff
from payments.errors import Unfit
from tests.accounts.deposited import read_all
from tests.customers.conftest import known_customer
from tests.payments.people import deliver
from tests.payments.test_a_payout import approved_customer
from tests.people import person
from tests.simulator.driver import SimulatorProcess

pytestmark = pytest.mark.django_db(transaction=True)


def ask(customer: Customer, ref: str = "addr-1", **changes: str) -> tuple[DepositAddress, bool]:
    asked = {"asset": "ETH", "network": "ETHEREUM", **changes}
    actor = Actor.staff(person(Role.PAYMENTS_MAKER))
    return services.ask_for_address(
        customer=customer, address_ref=ref, actor=actor, now=timezone.now(), **asked
    )


def only() -> DepositAddress:
    return DepositAddress.objects.select_related("customer").get()


@pytest.fixture
def customer(oceafin: SimulatorProcess) -> Customer:
    return approved_customer(oceafin)


def test_comes_from_oceafin_and_becomes_usable(oceafin, customer):
    ask(customer)
    deliver()
    assert only().where["address"].startswith("0x")
    assert (only().status, only().is_usable) == ("PENDING", False)
    assert Reading.objects.get(customer=customer, name="crypto_deposit_addresses").due_at > timezone.now()
    oceafin.step()
    read_all(customer)
    assert only().is_usable
    assert b"0x" not in bytes(only().where_sealed)


def test_is_the_same_when_it_is_asked_for_again(oceafin, customer):
    assert [ask(customer)[1], ask(customer)[1]] == [True, False]
    with pytest.raises(ReferenceTaken):
        ask(customer, asset="USDC")


@pytest.mark.parametrize(
    "changes", [{"asset": "eth"}, {"asset": ""}, {"network": "a b"}, {"label": "x" * 65}]
)
def test_is_refused_where_it_cannot_be_asked_for(oceafin, changes):
    with pytest.raises(Unfit):
        ask(known_customer(), **changes)


def test_says_why_oceafin_makes_none(oceafin, customer):
    ask(customer, asset="MOON", network="LUNA")
    deliver()
    assert "is not an asset" in only().refusal


def test_waits_for_the_customers_approval(oceafin, customer):
    record_status(customer, status="PROCESSING", at=timezone.now(), source="EVENT", now=timezone.now())
    ask(Customer.objects.get())
    assert not Submission.objects.filter(kind=addresses.CREATE).exists()
    record_status(customer, status="APPROVED", at=timezone.now(), source="EVENT", now=timezone.now())
    deliver()
    assert only().address_id


def test_is_one_at_oceafin_though_the_reply_was_lost(oceafin, customer):
    oceafin.fault("lose_response", operation="createCryptoDepositAddress")
    ask(customer)
    deliver()
    assert only().address_id
    assert len(oceafin.resources("crypto_deposit_address")) == 1


def test_is_settled_by_the_list_that_shows_it(oceafin, customer):
    oceafin.fault("lose_response", operation="createCryptoDepositAddress")
    ask(customer)
    outbox.deliver_due(lane="papers", worker="test", limit=1)
    read_all(customer)
    assert Submission.objects.get(kind=addresses.CREATE).state == "ACCEPTED"
    assert only().address_id


def test_is_remembered_as_switched_off_where_oceafin_denies_it(oceafin, customer):
    oceafin.set(denyOperations=["createCryptoDepositAddress"])
    ask(customer)
    deliver()
    assert only().refusal
    assert SwitchedOff.objects.filter(pk="createCryptoDepositAddress").exists()


def test_is_kept_where_only_a_reading_found_it(oceafin):
    customer = known_customer()
    listed = {"addressId": "a-9", "status": "ACTIVE", "asset": "MOON", "network": "LUNA", "address": "luna1"}
    addresses.keep(customer, [listed, listed, {}], timezone.now())
    assert (only().found_by, only().asset, only().address_ref) == ("READ", "MOON", None)


def test_never_leads_elsewhere(oceafin, customer):
    ask(customer)
    deliver()
    before, listed = only().where, {"addressId": only().address_id, "status": "ACTIVE", "address": "0xEvil"}
    addresses.keep(customer, [listed], timezone.now())
    assert only().where == before
    assert (only().is_usable, bool(only().contradiction)) == (False, True)
    with pytest.raises(DatabaseError), transaction.atomic():
        DepositAddress.objects.update(where_hash="0" * 64)


def test_is_read_aloud_in_groups_with_a_warning():
    assert qr.groups("0x1234567") == ["0x12", "3456", "7"]
    assert "Ethereum" in coins.warning("ETH", "ETHEREUM")
    assert "LUNA" in coins.warning("MOON", "LUNA")
