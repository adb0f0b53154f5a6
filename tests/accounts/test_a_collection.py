"""A wallet is asked for once and stays where it leads; what came in there is kept as it came."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from backoffice.audit import Actor
from backoffice.oceafin.models import Submission
from backoffice.references import ReferenceTaken
from backoffice.staff.errors import NotAllowed
from backoffice.staff.roles import Role
from customers.models import Customer
from customers.services import statuses
from payments.accounts import refundable, switches, transactions
from payments.accounts.collections import errors, hearing, services
from payments.accounts.collections.models import Collection, CollectionWallet
from payments.accounts.models import Transaction
from tests.accounts.deposited import SECRET, read_all, tell
from tests.customers.conftest import known_customer, make_customer, say
from tests.payments.people import deliver, maker, post_event
from tests.payments.test_a_payout import approved_customer
from tests.people import person
from tests.simulator.driver import SimulatorProcess
from webhooks import inbox
from webhooks.models import Event

pytestmark = pytest.mark.django_db(transaction=True)

COINS = {"asset": "USDC", "network": "POLYGON"}


@pytest.fixture
def customer(oceafin: SimulatorProcess) -> Customer:
    return approved_customer(oceafin)


def asked(customer: Customer, ref: str = "cw-1", **changes) -> CollectionWallet:
    given = {"label": "Shop", "actor": maker(), "now": timezone.now(), **COINS, **changes}
    return services.create_wallet(customer=customer, collection_wallet_ref=ref, **given)[0]


def wallet() -> CollectionWallet:
    return CollectionWallet.objects.select_related("customer").get()


def collection() -> Collection:
    return Collection.objects.select_related("customer", "wallet").get()


def opened(oceafin: SimulatorProcess, customer: Customer) -> CollectionWallet:
    asked(customer)
    deliver()
    oceafin.step()
    read_all(customer)
    return wallet()


def told_item(**changes) -> dict:
    return {
        "collectionId": "6f0f9b1e-0000-4000-8000-000000000001",
        "status": "PROCESSING",
        **COINS,
        "amount": "25.000000000000000001",
        "senderAddress": "0x52908400098527886E0F7030069857D2E4169EE7",
        "occurredAt": "2026-06-28T00:00:00Z",
        "updatedAt": "2026-06-28T00:00:05Z",
    } | changes


def keep(customer: Customer, *items: dict) -> int:
    return hearing.keep_collections(customer, list(items), timezone.now())


def event(resource_type: str, resource_id: str, **customer: str) -> dict:
    return {
        "eventId": str(uuid4()),
        "eventType": f"{resource_type}.updated",
        "customer": customer,
        "resource": {"resourceType": resource_type, "resourceId": resource_id},
        "occurredAt": "2026-06-28T00:00:00Z",
        "data": {"status": "PROCESSING"},
    }


def told(body: dict) -> Event:
    assert post_event(body, SECRET) == 202
    inbox.apply_due(worker="test")
    return Event.objects.get(event_id=body["eventId"])


# --- The wallet -----------------------------------------------------------------------------------------------------


def test_has_a_wallet_that_is_asked_for_once_and_opens(oceafin, customer):
    made = asked(customer)
    assert asked(customer).pk == made.pk
    deliver()
    assert (wallet().status, wallet().found_by, bool(wallet().address)) == ("PENDING", "REPLY", True)
    assert not wallet().is_usable
    oceafin.step()
    tell(oceafin, "collection_wallet")
    assert (wallet().status, wallet().is_usable) == ("ACTIVE", True)
    assert Submission.objects.filter(kind="collection_wallet.create").count() == 1


def test_has_a_wallet_whose_reference_is_taken_by_another_request(customer):
    asked(customer)
    with pytest.raises(ReferenceTaken):
        asked(customer, label="Another")


@pytest.mark.parametrize(
    "wrong", [{"asset": ""}, {"asset": "US DC"}, {"network": "<b>"}, {"label": "x" * 65}]
)
def test_has_no_wallet_that_is_not_named_rightly(customer, wrong):
    with pytest.raises(errors.Unfit) as refusal:
        asked(customer, **wrong)
    assert refusal.value.field in wrong


def test_has_a_wallet_asked_for_by_who_may_request_payments(customer):
    with pytest.raises(NotAllowed):
        asked(customer, actor=Actor.staff(person(Role.PAYMENTS_APPROVER)))


def test_has_a_wallet_that_waits_for_the_customers_approval(oceafin):
    customer = make_customer()
    asked(customer)
    assert not Submission.objects.filter(kind="collection_wallet.create").exists()
    statuses.record_customer_id(customer, customer_id=uuid4(), now=timezone.now())
    say(customer, "APPROVED", timezone.now())
    assert Submission.objects.filter(kind="collection_wallet.create").count() == 1


def test_has_a_wallet_that_is_found_after_its_answer_was_lost(oceafin, customer):
    oceafin.fault("lose_response", operation="createCollectionWallet")
    asked(customer)
    deliver()
    assert wallet().status in {"PENDING", "ACTIVE"}
    oceafin.step()
    read_all(customer)
    assert CollectionWallet.objects.count() == 1
    assert Submission.objects.get(kind="collection_wallet.create").state == "ACCEPTED"


def test_has_a_wallet_that_an_event_proves_before_its_answer(oceafin, customer):
    asked(customer)
    letter = Submission.objects.get(kind="collection_wallet.create")
    item = {"walletId": str(uuid4()), "collectionWalletRef": "cw-1", "status": "ACTIVE", "address": "0xabc"}
    hearing.keep_wallets(customer, [item], timezone.now())
    letter.refresh_from_db()
    assert (letter.state, letter.resource_id) == ("ACCEPTED", item["walletId"])
    assert (CollectionWallet.objects.count(), wallet().wallet_id) == (1, item["walletId"])


def test_has_a_wallet_whose_address_never_changes(oceafin, customer):
    mine = opened(oceafin, customer)
    address = mine.address
    item = {"walletId": mine.wallet_id, "status": "ACTIVE", "address": "0xsomebody-elses"}
    hearing.keep_wallets(customer, [item], timezone.now())
    assert (wallet().address, wallet().is_usable) == (address, False)
    assert wallet().contradiction
    with pytest.raises(DatabaseError), transaction.atomic():
        CollectionWallet.objects.update(address_hash="another")


def test_has_a_wallet_that_was_made_elsewhere(customer):
    item = {"walletId": str(uuid4()), "status": "FROZEN", "asset": "DOGE", "network": "MOON", "label": None}
    assert hearing.keep_wallets(customer, [item, {"status": "ACTIVE"}], timezone.now()) == 1
    assert (wallet().status, wallet().asset, wallet().found_by) == ("FROZEN", "DOGE", "READ")
    assert hearing.keep_wallets(customer, [item], timezone.now()) == 0


def test_has_a_wallet_that_is_asked_for_anew_only_where_the_product_was_off(oceafin, customer):
    oceafin.set(denyOperations=["createCollectionWallet"])
    asked(customer)
    deliver()
    assert services.was_denied(wallet())
    assert switches.is_off("createCollectionWallet")
    services.ask_again(wallet(), actor=maker(), now=timezone.now())
    deliver()
    waiting = Submission.objects.filter(kind="collection_wallet.create").latest("id")
    assert (waiting.state, wallet().asked) == ("QUEUED", 2)
    oceafin.set(denyOperations=[])
    lead = Actor.staff(person(Role.OPERATIONS_LEAD))
    switches.check_again("createCollectionWallet", actor=lead, now=timezone.now())
    deliver()
    assert wallet().wallet_id
    with pytest.raises(errors.NotDenied):
        services.ask_again(wallet(), actor=maker(), now=timezone.now())


# --- What came in ---------------------------------------------------------------------------------------------------


def test_comes_in_by_event_and_is_credited(oceafin, customer):
    mine = opened(oceafin, customer)
    oceafin.deposit("collection", amount="25", **COINS)
    tell(oceafin, "collection")
    assert (collection().wallet, collection().amount, collection().found_by) == (mine, "25.000000", "EVENT")
    oceafin.step(3)
    tell(oceafin, "collection")
    assert collection().status == "COMPLETED"
    found = refundable.find(customer, refundable.COLLECTION, collection().collection_id)
    assert found is not None
    assert (found.amount, found.currency, found.network, found.credited) == (
        "25.000000",
        "USDC",
        "POLYGON",
        True,
    )


def test_is_marked_where_only_a_reading_found_it_and_explains_its_movement(oceafin, customer):
    opened(oceafin, customer)
    oceafin.deposit("collection", amount="25", tell=False, **COINS)
    oceafin.step(3)
    read_all(customer)
    assert (collection().found_by, collection().status) == ("READ", "COMPLETED")
    transactions.explain_waiting(timezone.now())
    moved = Transaction.objects.get(resource_type="collection")
    assert (moved.explained_type, moved.explained_id) == ("collections_in.Collection", str(collection().pk))


def test_is_kept_as_it_came(customer):
    odd = told_item(asset="DOGE", network="", amount="1e3", status="ON_THE_MOON", occurredAt="yesterday")
    assert keep(customer, odd, {"status": "PENDING"}) == 1
    row = collection()
    assert (row.asset, row.amount, row.value, row.status) == ("DOGE", "1e3", None, "ON_THE_MOON")
    assert (row.occurred_at, row.occurred_text) == (None, "yesterday")


def test_keeps_eighteen_decimals(customer):
    keep(customer, told_item())
    assert str(collection().value) == collection().amount == "25.000000000000000001"


def test_is_not_overwritten_by_what_is_older(customer):
    keep(customer, told_item(status="COMPLETED"))
    keep(customer, told_item(status="PENDING", updatedAt="2026-06-28T00:00:01Z"))
    assert collection().status == "COMPLETED"
    assert keep(customer, told_item(status="COMPLETED")) == 0


def test_finds_its_wallet_when_that_becomes_known(customer):
    wallet_id = str(uuid4())
    keep(customer, told_item(walletId=wallet_id))
    assert collection().wallet is None
    assert customer.readings.get(name="collection_wallets").due_at <= timezone.now() + timedelta(seconds=1)
    hearing.keep_wallets(customer, [{"walletId": wallet_id, "status": "ACTIVE"}], timezone.now())
    assert collection().wallet == wallet()


def test_is_never_moved_to_another_customer(customer):
    other = known_customer("cust-2")
    keep(customer, told_item())
    assert keep(other, told_item(status="COMPLETED")) == 0
    assert (collection().customer, collection().status) == (customer, "PROCESSING")


def test_waits_where_nobody_is_its_owner(oceafin, customer):
    oceafin.deposit("collection", amount="1", tell=False, **COINS)
    stranger = event("collection", str(uuid4()), partnerCustomerRef="cust-9")
    assert told(stranger).state == "PARKED"
    assert not Collection.objects.exists()


def test_is_taken_from_the_event_where_it_may_not_be_read(oceafin, customer):
    switches.remember("getCollection", code="PARTNER_SCOPE_DENIED", detail="", now=timezone.now())
    said = event("collection", str(uuid4()), partnerCustomerRef="cust-1")
    assert told(said).state == "APPLIED"
    assert (collection().status, collection().amount) == ("PROCESSING", "")
