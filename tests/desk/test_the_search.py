"""One field finds what has a reference, an id or a name: by indexes, and only for who may see it."""

import json
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice import vault
from backoffice.desk.search.source import Term
from backoffice.desk.search.sources import SOURCES, search
from backoffice.oceafin.models import Attempt, Submission
from backoffice.staff.models import User
from backoffice.staff.roles import Right, Role, rights_of
from customers.models import Customer
from payments.accounts.collections.hearing import keep_collections, keep_wallets
from payments.accounts.deposits.addresses import keep as keep_addresses
from payments.accounts.fiat.listing import keep_accounts
from payments.models import PaymentRequest
from tests.customers.conftest import known_customer, make_customer
from tests.desk.customers import full_customer
from tests.payments.people import IBAN
from tests.people import person, sign_in
from webhooks.models import Event

pytestmark = pytest.mark.django_db

PAGE = "/desk/search/"
REQUEST = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
EVERY_RIGHT = frozenset(Right)


@pytest.fixture
def mlro() -> User:
    return person(Role.MLRO)


def found(user: User, text: str) -> dict[str, list[str]]:
    """References by kind, as this person finds them."""
    groups = search(Term(text, user, rights_of(user.roles), timezone.now()))
    return {group.source.name: [row.reference for row in group.rows] for group in groups}


def client_of(user: User) -> Client:
    client = Client()
    sign_in(client, user)
    return client


def an_event(customer: Customer, event_id: str = "evt_1", resource_id: str = "res-1") -> Event:
    key = vault.door_key().pk
    return Event.objects.create(
        event_id=event_id,
        event_type="customer.updated",
        resource_id=resource_id,
        partner_customer_ref=customer.partner_customer_ref,
        vault_key=key,
        body_sealed=vault.seal(key, b"{}", context="event.body"),
        body_sha256="0" * 64,
        timestamp="",
        nonce="",
        signature="0" * 64,
    )


def a_try() -> Attempt:
    return Attempt.objects.create(
        submission=Submission.objects.get(key="cust-1:create"),
        number=99,
        opened_at=timezone.now(),
        worker="test",
        request_id=REQUEST,
        oceafin_request_id="req_77",
        nonce="n-99",
    )


def test_finds_everything_that_is_called_so(mlro: User) -> None:
    customer = full_customer()
    an_event(customer, "evt_1", resource_id=str(customer.oceafin_customer_id))
    a_try()
    payment = PaymentRequest.objects.get()
    PaymentRequest.objects.update(oceafin_id="0f1e2d3c-0000-4000-8000-000000000009")
    document = customer.documents.get()
    for text, expected in (
        ("cust-1", {"customers": ["cust-1"], "cases": None}),
        ("cust-1:cr", {"letters": ["cust-1:create"], "customers": None}),
        ("CUST", {"customers": ["cust-1"]}),
        (str(customer.oceafin_customer_id), {"customers": ["cust-1"], "events": ["evt_1"]}),
        (customer.oceafin_customer_id.hex, {"customers": ["cust-1"], "events": ["evt_1"]}),
        ("wd-", {"payments": ["wd-1"]}),
        ("0F1E2D3C-0000-4000-8000-000000000009", {"payments": [payment.payment_ref]}),
        ("ba-1", {"bank-accounts": ["ba-1"]}),
        (f"tx-{customer.pk}-3", {"transactions": [f"tx-{customer.pk}-3"]}),
        (str(document.document_id), {"documents": [document.file_name]}),
        (REQUEST, {"tries": ["cust-1:create"]}),
        ("req_77", {"tries": ["cust-1:create"]}),
        ("evt_", {"events": ["evt_1"]}),
        ("nothing-of-that-name", {}),
    ):
        shown = found(mlro, text)
        assert {name: shown.get(name) for name in expected} == expected, text
        assert expected or not shown


def test_finds_where_money_comes_in_by_its_whole_number_or_address(mlro: User) -> None:
    customer, now = known_customer(), timezone.now()
    keep_accounts(
        customer, [{"fiatAccountId": "fa-9", "iban": IBAN, "currency": "EUR", "status": "ACTIVE"}], now
    )
    coins = {"asset": "ETH", "network": "ETHEREUM", "status": "ACTIVE"}
    keep_addresses(customer, [{"addressId": "ad-9", "address": "0xAb12", **coins}], now)
    keep_wallets(customer, [{"walletId": "cw-9", "address": "0xCd34", **coins}], now)
    keep_collections(customer, [{"collectionId": "col-9", "transactionHash": "0xFf", "asset": "ETH"}], now)
    assert list(found(mlro, IBAN)) == list(found(mlro, "fa-9")) == ["fiat-accounts"]
    assert list(found(mlro, "0xAb12")) == list(found(mlro, "ad-9")) == ["deposit-addresses"]
    assert list(found(mlro, "0xCd34")) == list(found(mlro, "cw-9")) == ["wallets"]
    assert list(found(mlro, "0xff")) == ["collections"]
    assert found(mlro, IBAN[:-1]) == found(mlro, "0xAb1") == {}
    assert found(person(Role.COMPLIANCE_REVIEWER), "0xCd34") == {}


@pytest.mark.parametrize(
    "text",
    ["", "   ", "%", "_", "\\", "'; --", "x" * 201, "\ud800", "((", "𝒜", "\u202e", "0" * 200],
)
def test_takes_whatever_is_typed(mlro: User, text: str) -> None:
    full_customer()
    assert client_of(mlro).get(PAGE, {"q": text.encode("utf-8", "ignore").decode()}).status_code == 200


@pytest.mark.parametrize("words", ["zolkiewski", "Żółk", "kiewski luk", "ŁUKASZ"])
def test_finds_a_name_however_it_is_written_and_shows_its_initials(mlro: User, words: str) -> None:
    make_customer("c-0", display_name="Łukasz Żółkiewski")
    assert found(mlro, words) == {"customers": ["c-0"]}
    html = client_of(mlro).get(PAGE, {"q": words, "part": "1"}).content.decode()
    assert "Ł• Ż•" in html
    assert "Żółkiewski" not in html


def test_finds_a_name_of_one_letter_in_another_script(mlro: User) -> None:
    make_customer("c-2", display_name="李 小龙")
    assert found(mlro, "李") == {"customers": ["c-2"]}
    assert found(mlro, "小龙") == {"customers": ["c-2"]}


def test_finds_nothing_that_a_person_may_not_see() -> None:
    customer = full_customer()
    an_event(customer)
    a_try()
    support, reviewer, administrator = (
        person(role) for role in (Role.SUPPORT, Role.COMPLIANCE_REVIEWER, Role.ADMINISTRATOR)
    )
    assert found(support, "Ada") == {}
    assert found(support, "Ada Example") == {}
    assert found(support, "cust-1") == {"customers": ["cust-1"]}
    assert found(support, str(customer.documents.get().document_id)) == {}
    assert found(reviewer, "wd-1") == {}
    assert found(reviewer, REQUEST) == {}
    assert found(reviewer, "evt_1") == {}
    assert found(administrator, "cust-1:create") == {"letters": ["cust-1:create"]}
    assert set(found(administrator, "cust-1")) == {"letters"}
    assert found(administrator, "Ada") == {}
    hidden = client_of(support).get(PAGE, {"q": "Ada"}).content.decode()
    nothing = client_of(support).get(PAGE, {"q": "Bob"}).content.decode()
    assert "may see is called" in hidden
    assert "may see is called" in nothing


def test_opens_the_one_that_is_exactly_so() -> None:
    customer = full_customer()
    make_customer("cust-10")
    maker = client_of(person(Role.PAYMENTS_MAKER))
    assert maker.get(PAGE, {"q": " CUST-1 "}).url == f"/customers/customer/{customer.pk}/change/"
    assert maker.get(PAGE, {"q": "cust-1", "all": "1"}).status_code == 200
    assert maker.get(PAGE, {"q": "cust-1", "part": "1"}).status_code == 200
    assert maker.get(PAGE, {"q": "cust"}).status_code == 200
    payment = PaymentRequest.objects.get()
    assert maker.get(PAGE, {"q": "wd-1"}).url == f"/payments/paymentrequest/{payment.pk}/change/"


def test_shows_the_exact_one_first_of_many_and_says_that_there_are_more(mlro: User) -> None:
    for number in range(20, 0, -1):
        make_customer(f"many-{number}")
    groups = search(Term("many-1", mlro, rights_of(mlro.roles), timezone.now()))
    assert groups[0].rows[0].reference == "many-1"
    assert groups[0].has_more
    assert len(groups[0].rows) == 6


def test_writes_no_name_into_the_log(mlro: User, capsys: pytest.CaptureFixture[str]) -> None:
    client_of(mlro).get(PAGE, {"q": "Łukasz Zolkiewski", "part": "1"})
    client_of(mlro).get("/customers/customer/", {"q": "Zolkiewski"})
    logged = capsys.readouterr()
    assert "/desk/search/?q=…" in logged.out + logged.err
    assert "olkiewski" not in logged.out + logged.err


def test_says_what_can_be_found_to_each_what_they_may() -> None:
    shown = client_of(person(Role.COMPLIANCE_REVIEWER)).get(PAGE).content.decode()
    assert "reference, Oceafin&#x27;s submission id" in shown
    assert "idempotency key" not in shown


def test_stands_on_every_page_and_on_none_before_signing_in(mlro: User) -> None:
    assert 'action="/desk/search/"' in client_of(mlro).get("/").content.decode()
    assert client_of(mlro).get("/").content.decode().count("data-search ") == 1
    assert Client().get(PAGE, {"q": "x"}).status_code == 302
    assert client_of(mlro).post(PAGE, {"q": "x"}).status_code == 405


def test_leads_from_a_reference_to_its_customer() -> None:
    customer = known_customer()
    support = client_of(person(Role.SUPPORT))
    assert (
        support.get("/desk/customer/", {"ref": "cust-1"}).url == f"/customers/customer/{customer.pk}/change/"
    )
    assert support.get("/desk/customer/", {"ref": "cust-2"}).status_code == 404
    assert client_of(person(Role.ADMINISTRATOR)).get("/desk/customer/", {"ref": "cust-1"}).status_code == 404


# --- each statement by an index -------------------------------------------------------------------------------------
TERMS = ("cust-1", str(uuid.UUID(REQUEST)), "Żółkiewski Łukasz", "evt_")


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_looks_up_by_an_index_whatever_is_typed(mlro: User, source: Any) -> None:
    full_customer()
    asked = []
    for text in TERMS:
        with CaptureQueriesContext(connection) as queries:
            list(source.find(Term(text, mlro, EVERY_RIGHT, timezone.now())))
        assert len(queries) <= 3
        asked += [each["sql"] for each in queries]
    assert asked
    for statement in asked:
        for scan in scans_of(statement):
            assert scan["Node Type"] == "Bitmap Heap Scan", f"{statement}\n{scan}"


def scans_of(statement: str) -> list[dict[str, Any]]:
    """How each table of the statement is read where rows may only be had from an index by what is looked for.

    Bitmap scans alone are left: a table that no index answers for shows as what was forbidden.
    """
    with connection.cursor() as cursor:
        for forbidden in ("enable_seqscan", "enable_indexscan", "enable_indexonlyscan"):
            cursor.execute(f"SET LOCAL {forbidden} = off")
        cursor.execute("EXPLAIN (FORMAT JSON) " + statement.replace("%", "%%"))
        plan = cursor.fetchone()[0]
    return list(_scans((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]))


def _scans(node: dict[str, Any]) -> Any:
    if "Relation Name" in node:
        yield {key: value for key, value in node.items() if key != "Plans"}
    for inner in node.get("Plans", []):
        yield from _scans(inner)
