"""Collection wallets and what came in there over the API: asked for, read back, told of by webhook."""

from uuid import uuid4

import pytest
from django.db import transaction

from backoffice.staff.roles import Role
from payments.accounts.collections import hearing, telling
from payments.accounts.collections.models import CollectionWallet
from tests.api.conftest import client_with, problem, wrong_fields
from tests.customers.conftest import known_customer
from tests.payments.people import now
from tests.people import actor, person
from webhooks.outgoing import services as outgoing
from webhooks.outgoing.models import Message

__all__ = ["client_with"]

pytestmark = pytest.mark.django_db
OF_CUSTOMER = "/api/v1/customers/cust-1"
WALLETS = f"{OF_CUSTOMER}/collection-wallets"
COLLECTIONS = "/api/v1/collections"


@pytest.fixture
def api(client_with):
    return client_with("payments")


@pytest.fixture
def customer():
    return known_customer()


def body(**changes):
    asked = {"collectionWalletRef": "cw-1", "asset": "USDC", "network": "POLYGON", "label": "Shop"}
    return asked | changes


def post(api, data):
    return api.post(WALLETS, data, format="json")


def item(number: int = 1, **changes):
    return {
        "collectionId": f"6f0f9b1e-0000-4000-8000-{number:012d}",
        "status": "PROCESSING",
        "asset": "USDC",
        "network": "POLYGON",
        "amount": "25.000001",
        "senderAddress": "0x52908400098527886E0F7030069857D2E4169EE7",
    } | changes


def keep(customer, *items):
    hearing.keep_collections(customer, list(items), now())


def opened(customer) -> str:
    wallet_id = str(uuid4())
    told = {"walletId": wallet_id, "collectionWalletRef": "cw-1", "status": "ACTIVE", "address": "0xabc"}
    hearing.keep_wallets(customer, [told], now())
    return wallet_id


def test_make_a_wallet_then_the_same_then_in_conflict(api, customer) -> None:
    first = post(api, body())
    assert first.status_code == 201, first.content
    assert (first.json()["status"], first.json()["walletId"], first.json()["address"]) == (None, None, None)
    assert post(api, body()).status_code == 200
    other = post(api, body(label="Another"))
    assert (other.status_code, problem(other)["code"]) == (409, "REFERENCE_TAKEN")
    assert CollectionWallet.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("collectionWalletRef", {"collectionWalletRef": "with a space"}),
        ("asset", {"asset": "US DC"}),
        ("network", {"network": 1}),
        ("label", {"label": "x" * 65}),
        ("owner", {"owner": "me"}),
    ],
)
def test_refuse_what_cannot_be_a_wallet(api, customer, field, changes) -> None:
    answer = post(api, body(**changes))
    assert answer.status_code == 400
    assert wrong_fields(answer) == {field}


def test_show_the_address_once_somebody_may_pay_in(api, customer) -> None:
    post(api, body())
    wallet_id = opened(customer)
    shown = api.get(f"{WALLETS}/cw-1").json()
    assert (shown["walletId"], shown["status"], shown["address"]) == (wallet_id, "ACTIVE", "0xabc")
    hearing.keep_wallets(customer, [{"walletId": wallet_id, "status": "CLOSED"}], now())
    assert api.get(f"{WALLETS}/cw-1").json()["address"] is None


def test_are_read_in_pages_and_by_filter(api, customer) -> None:
    keep(customer, *(item(number) for number in range(1, 4)), item(4, status="COMPLETED", asset="DOGE"))
    first = api.get(COLLECTIONS, {"limit": 3}).json()
    rest = api.get(COLLECTIONS, {"limit": 3, "cursor": first["nextCursor"]}).json()
    found = [each["collectionId"][-1] for each in (*first["items"], *rest["items"])]
    assert (found, rest["nextCursor"]) == (["4", "3", "2", "1"], None)
    assert len(api.get(COLLECTIONS, {"status": "COMPLETED", "asset": "DOGE"}).json()["items"]) == 1
    assert api.get(COLLECTIONS, {"partnerCustomerRef": "cust-2"}).json()["items"] == []
    assert len(api.get(f"{OF_CUSTOMER}/collections").json()["items"]) == 4
    assert api.get(COLLECTIONS, {"state": "x"}).status_code == 400


def test_show_nothing_of_who_paid_in(api, customer) -> None:
    keep(customer, item())
    answer = api.get(f"{COLLECTIONS}/{item()['collectionId']}")
    assert answer.json()["amount"] == "25.000001"
    assert b"0x5290" not in answer.content


@pytest.mark.parametrize(("scope", "status"), [("read", 403), ("customers", 403), ("payments", 201)])
def test_need_the_scope_of_payments_to_write(client_with, customer, scope, status) -> None:
    assert post(client_with(scope), body()).status_code == status


def test_are_read_with_the_scope_that_reads_all(client_with, customer) -> None:
    assert client_with("read").get(WALLETS).status_code == 200
    assert client_with("customers").get(COLLECTIONS).status_code == 403


def test_are_told_to_the_partners_systems(customer) -> None:
    first, second = actor(person(Role.ADMINISTRATOR)), actor(person(Role.ADMINISTRATOR))
    endpoint = outgoing.ask_endpoint(
        name="core", url="http://127.0.0.1:9/hooks", event_types=(), actor=first, now=now()
    )
    outgoing.confirm_endpoint(endpoint, actor=second, now=now())
    outgoing.issue_secret(endpoint, actor=first, now=now())
    with transaction.atomic():
        opened(customer)
        keep(customer, item())
        keep(customer, item(status="COMPLETED"))
    told = Message.objects.filter(event_type__in=[telling.WALLET_CHANGED, telling.COLLECTION_CHANGED])
    kinds = [message.event_type for message in told.order_by("id")]
    assert kinds == [telling.WALLET_CHANGED, telling.COLLECTION_CHANGED, telling.COLLECTION_CHANGED]
    assert b"0x5290" not in b"".join(message.body for message in told)
