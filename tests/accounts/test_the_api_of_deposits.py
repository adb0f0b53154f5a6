"""The API of deposits lists, reads and answers, and shows nobody what may be somebody else's."""

from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from customers.models import Customer
from payments.accounts.deposits.models import PENDING_TRAVEL_RULE
from tests.accounts.deposited import NUMBER, item, keep
from tests.api.conftest import client_with, problem, wrong_fields
from tests.customers.conftest import known_customer

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["client_with"]

RULE = {
    "originatorType": "INDIVIDUAL",
    "originatorName": "Alex Example",
    "originatorAddress": {
        "line1": "1 Example Street",
        "city": "Hamburg",
        "postcode": "20095",
        "country": "DE",
    },
    "originatingVasp": {"name": "Example VASP", "country": "DE"},
}
ONE = f"/api/v1/crypto-deposits/{NUMBER.format(1)}"
ADDRESSES = "/api/v1/customers/cust-1/crypto-deposit-addresses"


@pytest.fixture
def payments(client_with) -> APIClient:
    return client_with("payments")


@pytest.fixture
def customer() -> Customer:
    customer = known_customer()
    keep(customer, item(status=PENDING_TRAVEL_RULE), item(2, asset="BTC", network="BITCOIN"))
    keep(customer, item(3, customerId=str(uuid4())))
    return customer


def test_lists_with_filters_by_pages(payments, customer):
    first = payments.get("/api/v1/crypto-deposits?limit=1").json()
    rest = payments.get(f"/api/v1/crypto-deposits?cursor={first['nextCursor']}").json()
    found = [each["depositId"] for each in first["items"] + rest["items"]]
    assert found == [NUMBER.format(2), NUMBER.format(1)]
    here = payments.get("/api/v1/customers/cust-1/crypto-deposits?asset=BTC").json()["items"]
    assert [each["network"] for each in here] == ["BITCOIN"]
    assert payments.get("/api/v1/customers/cust-1/fiat-deposits").json()["items"] == []
    assert payments.get("/api/v1/fiat-deposits?currency=EUR").json()["items"] == []


def test_reads_one_and_hides_what_is_nobodys(payments, customer):
    one = payments.get(ONE).json()
    assert (one["amount"], one["asset"], one["travelRule"]["state"]) == ("0.5", "ETH", "WAITING")
    assert payments.get(f"/api/v1/crypto-deposits/{NUMBER.format(3)}").status_code == 404
    assert payments.get(f"/api/v1/fiat-deposits/{NUMBER.format(1)}").status_code == 404


def test_takes_a_travel_rule_answer_once(payments, customer):
    answers = [payments.post(f"{ONE}/travel-rule", RULE, format="json") for _ in range(2)]
    assert [each.status_code for each in answers] == [201, 200]
    assert answers[0].json()["travelRule"]["state"] == "SENDING"
    other = payments.post(f"{ONE}/travel-rule", RULE | {"originatorName": "Else"}, format="json")
    assert problem(other)["status"] == 409
    unasked = payments.post(f"/api/v1/crypto-deposits/{NUMBER.format(2)}/travel-rule", RULE, format="json")
    assert problem(unasked)["status"] == 409


def test_says_what_is_wrong_with_an_answer(payments, customer):
    wrong = payments.post(f"{ONE}/travel-rule", RULE | {"selfHosted": True}, format="json")
    assert wrong_fields(wrong) == {"originatingVasp"}
    wrong = payments.post(f"{ONE}/travel-rule", {"originatorType": "SHIP", "name": "x"}, format="json")
    assert {"originatorType", "originatorName", "name"} <= wrong_fields(wrong)


def test_asks_for_an_address_once(payments, customer):
    body = {"addressRef": "a-1", "asset": "ETH", "network": "ETHEREUM"}
    assert payments.post(ADDRESSES, body, format="json").status_code == 201
    assert payments.post(ADDRESSES, body, format="json").status_code == 200
    assert payments.post(ADDRESSES, body | {"asset": "BTC"}, format="json").status_code == 409
    assert wrong_fields(payments.post(ADDRESSES, body | {"asset": "eth"}, format="json")) == {"asset"}
    listed = payments.get(ADDRESSES).json()["items"]
    assert [(each["addressRef"], each["address"]) for each in listed] == [("a-1", None)]


def test_needs_its_scope(client_with, customer):
    assert client_with("customers").get(ONE).status_code == 403
    reader = client_with("read")
    assert reader.get(ONE).status_code == 200
    assert reader.post(f"{ONE}/travel-rule", RULE, format="json").status_code == 403
