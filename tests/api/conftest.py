from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from backoffice.audit import Actor
from backoffice.staff import clients
from tests.customers.conftest import person

Client = Callable[..., APIClient]


@pytest.fixture
def client_with() -> Client:
    """A program of the partner's with these scopes."""

    def make(*scopes: str) -> APIClient:
        token = clients.create_from_shell(name="-".join(scopes), scopes=scopes, now=timezone.now())
        client = APIClient(raise_request_exception=False)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        return client

    return make


@pytest.fixture
def customers(client_with: Client) -> APIClient:
    return client_with("customers")


@pytest.fixture
def lead() -> Actor:
    return person("COMPLIANCE_LEAD")


def problem(answer: Any) -> dict[str, Any]:
    """The problem that an answer holds; every error is one."""
    assert answer["Content-Type"] == "application/problem+json", answer.content
    body = answer.json()
    assert body["status"] == answer.status_code
    assert {"type", "title", "code", "detail"} <= set(body)
    return body


def wrong_fields(answer: Any) -> set[str]:
    return {error["field"] for error in problem(answer)["errors"]}
