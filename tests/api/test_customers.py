from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from rest_framework.test import APIClient

from backoffice.audit import timeline_of
from backoffice.oceafin.models import Submission
from customers import services
from customers.models import Customer
from tests.api.conftest import Client, problem, wrong_fields
from tests.customers.conftest import known_customer, make_customer

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/v1/customers"
ADA = {
    "partnerCustomerRef": "cust-1",
    "customerType": "INDIVIDUAL",
    "displayName": "Ada",
    "metadata": {"a": "b"},
}


def test_are_taken_in_and_told_to_oceafin_in_one_step(customers: APIClient) -> None:
    answer = customers.post(URL, ADA, format="json")
    assert answer.status_code == 201
    body = answer.json()
    assert body["createdAt"].endswith("Z")
    assert {name: body[name] for name in ADA} == ADA
    assert (body["status"], body["customerId"]) == (None, None)
    assert Submission.objects.get().key == "cust-1:create"
    assert timeline_of(Customer.objects.get())[0].actor_kind == "API"


def test_are_the_same_when_the_same_is_sent_again(customers: APIClient) -> None:
    first = customers.post(URL, ADA, format="json")
    again = customers.post(URL, dict(reversed(ADA.items())), format="json")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()


@pytest.mark.parametrize("change", [{"displayName": "Bob"}, {"customerType": "CORPORATE"}, {"metadata": {}}])
def test_conflict_when_something_else_is_sent_under_the_reference(customers: APIClient, change: dict) -> None:
    customers.post(URL, ADA, format="json")
    answer = customers.post(URL, ADA | change, format="json")
    assert answer.status_code == 409
    assert problem(answer)["code"] == "REFERENCE_TAKEN"
    assert Customer.objects.get().display_name == "Ada"


def test_are_made_once_when_two_send_at_once(customers: APIClient) -> None:
    barrier = Barrier(2)

    def send(_: int) -> int:
        try:
            barrier.wait(10)
            return customers.post(URL, ADA, format="json").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(send, range(2))) == [200, 201]


def test_made_by_staff_are_the_same_for_the_api(customers: APIClient) -> None:
    make_customer("cust-1", display_name="Ada", metadata={"a": "b"})
    assert customers.post(URL, ADA, format="json").status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"partnerCustomerRef": "a b"}, "partnerCustomerRef"),
        ({"partnerCustomerRef": "a\n"}, "partnerCustomerRef"),
        ({"partnerCustomerRef": 7}, "partnerCustomerRef"),
        ({"customerType": "ROBOT"}, "customerType"),
        ({"customerType": ["INDIVIDUAL"]}, "customerType"),
        ({"displayName": ""}, "displayName"),
        ({"displayName": "x" * 201}, "displayName"),
        ({"displayName": 12}, "displayName"),
        ({"displayName": "a\tb"}, "displayName"),
        ({"displayName": None}, "displayName"),
        ({"metadata": []}, "metadata"),
        ({"metadata": {"a": 1}}, "metadata.a"),
        ({"metadata": {"a": {"b": "c"}}}, "metadata.a"),
        ({"metadata": {str(n): "x" for n in range(51)}}, "metadata"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_are_refused_with_a_sentence_for_the_field(customers: APIClient, change: dict, field: str) -> None:
    answer = customers.post(URL, ADA | change, format="json")
    assert answer.status_code == 400
    assert field in wrong_fields(answer)
    assert Customer.objects.count() == 0


def test_all_that_is_wrong_is_said_at_once(customers: APIClient) -> None:
    answer = customers.post(URL, {"customerType": "ROBOT", "extra": 1}, format="json")
    assert wrong_fields(answer) == {"partnerCustomerRef", "customerType", "displayName", "extra"}


def test_are_read_with_what_oceafin_said(customers: APIClient) -> None:
    customer = known_customer("cust-1", status="SUSPENDED")
    body = customers.get(f"{URL}/cust-1").json()
    assert (body["status"], body["customerId"]) == ("SUSPENDED", str(customer.oceafin_customer_id))


def test_never_show_our_own_standing(customers: APIClient, lead) -> None:
    customer = known_customer("cust-1")
    before = customers.get(f"{URL}/cust-1").json()
    services.change_standing(
        customer, standing="RESTRICTED", reason="Suspect", actor=lead, now=customer.created_at
    )
    after = customers.get(f"{URL}/cust-1").json()
    assert {**before, "updatedAt": ""} == {**after, "updatedAt": ""}


@pytest.mark.parametrize("ref", ["nobody", "a%00b", "a%20b", "x" * 65, "%ff"])
def test_that_are_not_there_are_a_problem(customers: APIClient, ref: str) -> None:
    assert problem(customers.get(f"{URL}/{ref}"))["code"] == "NOT_FOUND"


def test_are_listed_in_pages_newest_first(client_with: Client) -> None:
    for number in range(5):
        make_customer(f"cust-{number}")
    reader = client_with("read")
    seen, cursor = [], ""
    for _ in range(3):
        page = reader.get(URL, {"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        seen += [item["partnerCustomerRef"] for item in page["items"]]
        cursor = page["nextCursor"]
    assert seen == [f"cust-{number}" for number in (4, 3, 2, 1, 0)]
    assert cursor is None


def test_are_filtered(client_with: Client) -> None:
    make_customer("company", customer_type="CORPORATE")
    known_customer("approved")
    reader = client_with("read")
    assert [c["partnerCustomerRef"] for c in reader.get(URL, {"status": "APPROVED"}).json()["items"]] == [
        "approved"
    ]
    assert len(reader.get(URL, {"customerType": "CORPORATE"}).json()["items"]) == 1


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=x",
        "limit=99999999999999999999",
        "cursor=!",
        "cursor=OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5",
        "stauts=APPROVED",
        "status=%00",
        "customerType=X",
        "cursor=",
    ],
)
def test_are_not_listed_by_a_wrong_query(customers: APIClient, query: str) -> None:
    assert problem(customers.get(f"{URL}?{query}"))["code"] == "VALIDATION_FAILED"
