"""Transactions, balances and statements over the API: paged, filtered, and as Oceafin told them."""

import csv
import io
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from backoffice.staff.roles import Role
from customers.models import Customer
from payments.accounts.models import Balance
from tests.accounts.movements import keep, kept, movement
from tests.api.conftest import client_with, wrong_fields
from tests.customers.conftest import known_customer
from tests.people import person, sign_in

__all__ = ["client_with"]
pytestmark = pytest.mark.django_db
ROOT = "/api/v1/customers/cust-1"
JUNE = {"from": "2026-06-01", "to": "2026-06-30"}


@pytest.fixture
def customer() -> Customer:
    return known_customer()


@pytest.fixture
def reader(client_with) -> APIClient:
    return client_with("read")


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [item["transactionId"] for item in answer.json()["items"]]


def test_tell_a_balance_as_it_was_read(reader, customer):
    Balance.objects.create(customer=customer, currency="EUR", available="1.50", read_at=timezone.now())
    (item,) = reader.get(f"{ROOT}/balances").json()["items"]
    assert (item["available"], item["pending"], item["network"]) == ("1.50", None, None)
    assert wrong_fields(reader.get(f"{ROOT}/balances?colour=red")) == {"colour"}


def test_are_paged_and_filtered(reader, customer):
    days = [movement(number, occurredAt=f"2026-06-0{number}T10:00:00Z") for number in range(1, 6)]
    keep(customer, *days, movement(6, direction="DEBIT", currency="GBP", occurredAt="2026-07-01T10:00:00Z"))
    first = reader.get(f"{ROOT}/transactions?limit=4")
    assert ids(first) == ["tx-6", "tx-5", "tx-4", "tx-3"]
    rest = reader.get(f"{ROOT}/transactions", {"limit": 4, "cursor": first.json()["nextCursor"]})
    assert ids(rest) == ["tx-2", "tx-1"]
    assert rest.json()["nextCursor"] is None
    assert ids(reader.get(f"{ROOT}/transactions", {"direction": "DEBIT"})) == ["tx-6"]
    assert ids(reader.get(f"{ROOT}/transactions", {"currency": "GBP"})) == ["tx-6"]
    assert ids(reader.get(f"{ROOT}/transactions", {"from": "2026-06-02", "to": "2026-06-03"})) == [
        "tx-3",
        "tx-2",
    ]


def test_refuse_what_is_no_question(reader, customer):
    for query, field in (
        ({"cursor": "x"}, "cursor"),
        ({"direction": "UP"}, "direction"),
        ({"from": "2026-06-01"}, "to"),
        ({"from": "2026-06-02", "to": "2026-06-01"}, "to"),
        ({"from": "yesterday", "to": "2026-06-01"}, "from"),
    ):
        assert wrong_fields(reader.get(f"{ROOT}/transactions", query)) == {field}
    assert wrong_fields(reader.get(f"{ROOT}/statements")) == {"from", "to"}


def test_are_read_one_by_one(reader, customer):
    keep(customer, movement(amount="lots", occurredAt="soon", resourceType=None))
    told = reader.get("/api/v1/transactions/tx-1").json()
    assert (told["amount"], told["occurredAt"], told["resourceType"]) == ("lots", None, None)
    assert (told["foundBy"], told["isExplained"]) == ("READ", False)
    assert reader.get("/api/v1/transactions/tx-2").status_code == 404


def test_need_their_scope(client_with, customer):
    assert client_with("onboarding").get(f"{ROOT}/balances").status_code == 403


def test_add_up_to_a_statement(reader, customer):
    keep(
        customer,
        movement(1, amount="5.00", occurredAt="2026-05-01T00:00:00Z"),
        movement(2, occurredAt="2026-06-02T00:00:00Z"),
        movement(3, occurredAt="2026-06-03T00:00:00Z", amount="lots"),
    )
    told = reader.get(f"{ROOT}/statements", JUNE).json()
    (account,) = told["accounts"]
    assert (account["openingBalance"], account["in"], account["closingBalance"]) == ("5.00", "10.00", "15.00")
    assert [item["transactionId"] for item in told["items"]] == ["tx-2"]
    assert [item["transactionId"] for item in told["notSummed"]] == ["tx-3"]
    assert (told["from"], told["to"], told["timeZone"]) == ("2026-06-01", "2026-06-30", "UTC")

    answer = reader.get(f"{ROOT}/statements", JUNE, headers={"Accept": "text/csv"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert [row["row"] for row in csv.DictReader(io.StringIO(text))] == [
        "OPENING",
        "LINE",
        "IN",
        "OUT",
        "FEES",
        "CLOSING",
        "NOT_SUMMED",
    ]


# --- their pages --------------------------------------------------------------------------------------------------


def test_have_pages_that_stand_whatever_came(client: Client, customer):
    other = known_customer("cust-2")
    Balance.objects.create(customer=customer, currency="EUR", available="1e999999999", read_at=timezone.now())
    keep(
        customer, movement(1), movement(2, amount="1e999999999", occurredAt="soon", currency=None, type=None)
    )
    keep(other, movement(1, amount="NaN"))
    sign_in(client, person(Role.OPERATIONS_LEAD))
    for address, words in (
        ("/transactions/of/cust-1/", "Only a reading found it"),
        ("/transactions/of/cust-1/?direction=CREDIT&first=2026-06-01&last=2026-06-30", "tx-1"),
        ("/transactions/of/cust-2/", "also named for cust-2"),
        ("/transactions/of/cust-1/statement/?first=2026-06-01&last=2026-06-30", "Its date cannot be read."),
        ("/transactions/unexplained/", "1e999999999"),
        (f"/accounts/transaction/{kept().pk}/change/", "Oceafin contradicts itself."),
        (f"/accounts/transaction/{kept(2).pk}/change/", "No record of ours explains this transaction."),
        ("/accounts/transaction/?q=tx-2", "tx-2"),
    ):
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert words in answer.content.decode(), address
    assert client.get("/transactions/of/cust-1/?cursor=x").status_code == 404


def test_have_no_pages_for_who_may_not_see_payments(client: Client, customer):
    sign_in(client, person(Role.COMPLIANCE_REVIEWER))
    for address in (
        "/transactions/of/cust-1/",
        "/transactions/of/cust-1/statement/",
        "/transactions/unexplained/",
    ):
        assert client.get(address).status_code == 404


def test_are_explained_at_a_button(client: Client, customer):
    keep(customer, movement())
    sign_in(client, person(Role.OPERATIONS_LEAD))
    page = f"/accounts/transaction/{kept().pk}"
    client.post(f"{page}/do/explain/", {"words": "A test deposit.", "confirmed": "1"})
    shown = client.get(f"{page}/change/").content.decode()
    assert "A test deposit." in shown
    assert "Take the explanation back" in shown
    sign_in(client, person(Role.SUPPORT))
    assert "A test deposit." not in client.get(f"{page}/change/").content.decode()
