"""Fiat accounts over the API: applied for, answered, read back safely."""

import json
from uuid import uuid4

import pytest
from django.db import transaction

from backoffice.staff.roles import Role
from payments.accounts.fiat import hearing, listing, telling
from payments.accounts.fiat.models import FiatAccountApplication
from payments.accounts.models import FoundBy
from tests.accounts.applying import MISSING
from tests.api.conftest import client_with, problem, wrong_fields
from tests.customers.conftest import known_customer, upload
from tests.payments.people import IBAN, now
from tests.people import actor, person
from webhooks.outgoing import services as outgoing
from webhooks.outgoing.models import Message

__all__ = ["client_with"]

pytestmark = pytest.mark.django_db
OF_CUSTOMER = "/api/v1/customers/cust-1"
APPLICATIONS = f"{OF_CUSTOMER}/fiat-account-applications"
ONE = "/api/v1/fiat-account-applications/fa-1"


@pytest.fixture
def api(client_with):
    return client_with("payments")


@pytest.fixture
def customer():
    return known_customer()


def body(**changes):
    return {"applicationRef": "fa-1", "currency": "EUR", "purpose": "Salary", **changes}


def post(api, data, url=APPLICATIONS):
    return api.post(url, data, format="json")


def asked(api, missing=MISSING) -> None:
    post(api, body())
    FiatAccountApplication.objects.update(state="SENDING")
    with transaction.atomic():
        row = hearing.locked(FiatAccountApplication.objects.get().pk)
        hearing.known(row, str(uuid4()))
        said = {"status": "MISSING_INFO_REQUIRED", "missing": missing}
        hearing.heard(row, said, at=now(), found_by=FoundBy.EVENT, source="test", now=now())


def test_are_applied_for_then_the_same_then_in_conflict(api, customer) -> None:
    first = post(api, body())
    assert first.status_code == 201, first.content
    shown = first.json()
    assert (shown["state"], shown["currency"], shown["purpose"]) == ("REQUESTED", "EUR", "Salary")
    assert shown["waitingFor"] == "It goes to Oceafin once the customer is approved there."
    assert post(api, body()).status_code == 200
    other = post(api, body(currency="USD"))
    assert (other.status_code, problem(other)["code"]) == (409, "REFERENCE_TAKEN")
    assert FiatAccountApplication.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("applicationRef", {"applicationRef": "with a space"}),
        ("currency", {"currency": "eur"}),
        ("currency", {"currency": 978}),
        ("capabilityId", {"capabilityId": "first"}),
        ("iban", {"iban": IBAN}),
    ],
)
def test_are_not_taken_with_a_field_that_cannot_be(api, customer, field, changes) -> None:
    answer = post(api, body(**changes))
    assert answer.status_code == 400
    assert wrong_fields(answer) == {field}


def test_are_closed_without_the_scope(client_with, customer) -> None:
    assert post(client_with("customers"), body()).status_code == 403
    reader = client_with("read")
    assert post(reader, body()).status_code == 403
    assert reader.get(APPLICATIONS).status_code == 200


def test_are_listed_by_cursor_and_filter(api, customer) -> None:
    for number in (1, 2, 3):
        post(api, body(applicationRef=f"fa-{number}"))
    page = api.get(APPLICATIONS, {"limit": 2}).json()
    assert [each["applicationRef"] for each in page["items"]] == ["fa-3", "fa-2"]
    rest = api.get(APPLICATIONS, {"limit": 2, "cursor": page["nextCursor"]}).json()
    assert [each["applicationRef"] for each in rest["items"]] == ["fa-1"]
    everywhere = "/api/v1/fiat-account-applications"
    assert (
        len(api.get(everywhere, {"state": "REQUESTED", "partnerCustomerRef": "cust-1"}).json()["items"]) == 3
    )
    assert api.get(everywhere, {"currency": "USD"}).json()["items"] == []
    assert api.get(everywhere, {"state": "OPEN"}).status_code == 400


def test_show_what_oceafin_asks_and_take_the_answer_once(api, customer) -> None:
    asked(api)
    shown = api.get(ONE).json()
    assert (shown["state"], shown["rounds"][0]["missing"]) == ("NEEDS_INFO", MISSING)
    document = upload(customer, kind="SOURCE_OF_FUNDS")
    given = {
        "round": 1,
        "answers": [{"code": "SOURCE_OF_FUNDS", "value": "Savings"}],
        "documentIds": [str(document.document_id)],
    }
    url = f"{ONE}/additional-info"
    first = post(api, given, url)
    assert (first.status_code, first.json()["state"]) == (201, "ANSWERING")
    assert post(api, given, url).status_code == 200
    assert post(api, {**given, "documentIds": []}, url).status_code == 409
    assert post(api, {**given, "round": 2}, url).status_code == 409
    wrong = post(api, {"round": 1, "answers": [{"code": "TAX", "value": "1"}]}, url)
    assert wrong_fields(wrong) == {"answers"}


def test_say_where_to_pay_in_and_mask_the_account(api, customer) -> None:
    account_id = str(uuid4())
    numbers = {"iban": IBAN, "bankName": "Specimen Bank", "currency": "EUR", "fiatAccountId": account_id}
    with_reference = {**numbers, "paymentReference": "OCF-1", "updatedAt": "2026-06-28T00:00:00Z"}
    listing.keep_accounts(customer, [{**numbers, "status": "ACTIVE"}], now())
    listing.keep_instructions(customer, [with_reference], now())
    (account,) = api.get(f"{OF_CUSTOMER}/fiat-accounts").json()["items"]
    assert (account["maskedNumber"], account["status"]) == ("•••• 2051", "ACTIVE")
    assert IBAN not in str(account)
    (where,) = api.get(f"{OF_CUSTOMER}/fiat-deposit-instructions", {"currency": "EUR"}).json()["items"]
    assert (where["iban"], where["paymentReference"], where["accountNumber"]) == (IBAN, "OCF-1", None)


def test_show_what_may_be_opened(api, customer) -> None:
    item = {"capabilityId": str(uuid4()), "status": "AVAILABLE", "currency": "EUR", "requiredInfo": MISSING}
    listing.keep_capabilities(customer, [item], now())
    (shown,) = api.get(f"{OF_CUSTOMER}/fiat-account-capabilities").json()["items"]
    assert (shown["status"], shown["requiredInfo"]) == ("AVAILABLE", MISSING)


def endpoint_in_force() -> None:
    ada, ben = person(Role.ADMINISTRATOR), person(Role.ADMINISTRATOR)
    endpoint = outgoing.ask_endpoint(
        name="Core banking", url="http://127.0.0.1:9/hooks", event_types=(), actor=actor(ada), now=now()
    )
    outgoing.confirm_endpoint(endpoint, actor=actor(ben), now=now())
    outgoing.issue_secret(endpoint, actor=actor(ada), now=now())


def test_are_announced_without_a_number(api, customer) -> None:
    endpoint_in_force()
    asked(api)
    listing.keep_instructions(customer, [{"currency": "EUR", "iban": IBAN, "fiatAccountId": "a-1"}], now())
    told = [(each.event_type, json.loads(each.body)["data"]) for each in Message.objects.order_by("id")]
    assert [name for name, _data in told] == [
        telling.STATE_CHANGED,
        telling.STATE_CHANGED,
        telling.STATE_CHANGED,
        telling.INFORMATION_REQUESTED,
        telling.INSTRUCTIONS_AVAILABLE,
    ]
    assert told[-2][1]["missing"] == MISSING
    assert told[-1][1] == {"fiatAccountId": "a-1", "partnerCustomerRef": "cust-1", "currency": "EUR"}
