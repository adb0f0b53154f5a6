import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client as PlainClient
from hypothesis import given
from hypothesis import settings as patience
from hypothesis import strategies as st
from rest_framework.test import APIClient

from customers import services
from customers.models import Customer
from tests.api.conftest import Client, problem
from tests.customers.conftest import make_customer

pytestmark = pytest.mark.django_db
URL = "/api/v1/customers"
JSON = "application/json"

BODIES = {
    "nothing": b"",
    "no JSON": b"{",
    "an array": b"[]",
    "a text": b'"x"',
    "a number": b"1",
    "null": b"null",
    "not UTF-8": b'{"displayName": "\xff\xfe"}',
    "UTF-16": '{"displayName": "x"}'.encode("utf-16"),
    "NUL": b'{"displayName": "a\\u0000b"}',
    "NUL in a name": b'{"a\\u0000b": 1}',
    "half a character": b'{"displayName": "\\ud800"}',
    "NaN": b'{"displayName": NaN}',
    "a huge number": b'{"displayName": ' + b"9" * 5000 + b"}",
    "a huge exponent": b'{"displayName": 1e999999999}',
    "deep arrays": b"[" * 100_000,
    "deep whole arrays": b"[" * 900 + b"]" * 900,
    "deep objects": b'{"a":' * 100_000,
    "a field twice": b'{"displayName": "a", "displayName": "b"}',
    "a long name": b'{"' + b"x" * 100_000 + b'": 1}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_is_answered_with_a_sentence_and_saves_nothing(customers: APIClient, body: bytes) -> None:
    answer = customers.post(URL, body, content_type=JSON)
    assert answer.status_code == 400
    assert problem(answer)["detail"]
    assert len(answer.content) < 5000
    assert Customer.objects.count() == 0


def test_that_is_too_large_is_refused_before_it_is_understood(customers: APIClient) -> None:
    answer = customers.post(URL, b'{"displayName": "' + b"x" * 2_000_000, content_type=JSON)
    assert problem(answer)["code"] == "TOO_LARGE"
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "", "application/x-www-form-urlencoded", "äö", "a/b/c"]
)
def test_of_another_type_is_not_guessed_at(customers: APIClient, kind: str) -> None:
    assert customers.generic("POST", URL, b"{}", content_type=kind).status_code in {400, 415}


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_by_another_method_names_those_there_are(customers: APIClient, method: str) -> None:
    answer = customers.generic(method.upper(), URL)
    assert problem(answer)["code"] == "METHOD_NOT_ALLOWED"
    assert "POST" in answer["Allow"]


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer a b", "Basic eDp5", "Bearer nobody", "Bearer \x80"])
def test_without_a_token_that_holds_gets_nothing(header: str) -> None:
    client = APIClient(raise_request_exception=False)
    answer = client.get(URL, HTTP_AUTHORIZATION=header) if header else client.get(URL)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    problem(answer)


@pytest.mark.parametrize("scope", ["onboarding", "payments", "read"])
def test_beyond_its_scope_is_refused(client_with: Client, scope: str) -> None:
    answer = client_with(scope).post(URL, {}, format="json")
    assert (answer.status_code, problem(answer)["code"]) == (403, "SCOPE_MISSING")


@pytest.mark.parametrize(
    "path", ["/api/", "/api/v1", "/api/v1/customers/", "/api/v2/customers", "/api/v1/\x00", "/api/%ff"]
)
def test_to_no_address_is_a_problem(path: str) -> None:
    for method in ("GET", "POST"):
        assert (
            problem(PlainClient(raise_request_exception=False).generic(method, path))["code"] == "NOT_FOUND"
        )


def test_signed_in_as_staff_does_not_open_the_api(client_with: Client) -> None:
    from django.contrib.auth import get_user_model

    client = PlainClient()
    client.force_login(get_user_model().objects.create_user("a@example.com"))
    assert client.get(URL).status_code == 401


def test_too_many_of_them_are_told_when_to_come_again(customers: APIClient, settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = 2
    statuses = [customers.get(URL).status_code for _ in range(5)]
    assert 429 in statuses
    answer = customers.get(URL)
    assert problem(answer)["code"] == "TOO_MANY_REQUESTS"
    assert 1 <= int(answer["Retry-After"]) <= 61


def test_that_breaks_us_says_nothing_of_how(customers: APIClient, monkeypatch, caplog) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(services, "create_customer", fail)
    body = {"partnerCustomerRef": "c", "customerType": "INDIVIDUAL", "displayName": "Ada"}
    answer = customers.post(URL, body, format="json")
    assert (answer.status_code, problem(answer)["code"]) == (500, "INTERNAL_ERROR")
    assert b"secret" not in answer.content


def test_while_the_database_is_away_may_be_sent_again(customers: APIClient, monkeypatch) -> None:
    def fail(**_: object) -> None:
        raise OperationalError("connection to 10.0.0.1 failed")

    monkeypatch.setattr(services, "create_customer", fail)
    body = {"partnerCustomerRef": "c", "customerType": "INDIVIDUAL", "displayName": "Ada"}
    answer = customers.post(URL, body, format="json")
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert b"10.0.0.1" not in answer.content


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--x--",
        b"--x\r\n",
        b"junk",
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n',
    ],
)
@pytest.mark.parametrize(
    "kind", ["multipart/form-data; boundary=x", "multipart/form-data", "multipart/form-data; boundary="]
)
def test_that_is_a_broken_form_is_refused(client_with: Client, body: bytes, kind: str) -> None:
    make_customer("cust-1")
    answer = client_with("onboarding").generic("POST", f"{URL}/cust-1/documents", body, content_type=kind)
    assert answer.status_code == 400
    problem(answer)


def test_with_too_many_parts_is_refused(client_with: Client) -> None:
    make_customer("cust-1")
    client = client_with("onboarding")
    fields = {f"f{n}": "x" for n in range(2000)}
    assert client.post(f"{URL}/cust-1/documents", fields, format="multipart").status_code in {400, 413}
    files = {f"f{n}": SimpleUploadedFile("a", b"x") for n in range(150)}
    assert client.post(f"{URL}/cust-1/documents", files, format="multipart").status_code in {400, 413}
    assert client.post(f"{URL}/cust-1/documents", {"documentType": "x" * 3_000_000}).status_code == 413


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
FIELDS = ["partnerCustomerRef", "customerType", "displayName", "metadata"]


@patience(max_examples=60, deadline=None)
@given(body=st.dictionaries(st.sampled_from(FIELDS), ANYTHING) | ANYTHING)
def test_of_any_shape_is_no_error_of_ours(body: object) -> None:
    from backoffice.rest.reading import StrictJSONParser
    from customers.api import CustomerRequest

    class Stream:
        def read(self, size: int) -> bytes:
            return json.dumps(body).encode()

    from rest_framework.exceptions import ParseError

    try:
        serializer = CustomerRequest(data=StrictJSONParser().parse(Stream()))
    except ParseError:
        return
    serializer.is_valid()
