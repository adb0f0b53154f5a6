from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backoffice import reveals
from backoffice.audit import Actor
from backoffice.staff.models import User
from backoffice.staff.roles import Role
from customers.models import Customer
from tests.people import actor, person

NOW = timezone.now


def look(who: User, customer: Customer, *, now: datetime | None = None, **asked: Any) -> Any:
    """One person opens one customer's data."""
    asked = {"purpose": "CUSTOMER_ASKED", "subject": customer, **asked}
    return reveals.open(customer=customer, actor=actor(who), now=now or NOW(), **asked)


def is_open(who: User, customer: Customer, now: datetime | None = None) -> bool:
    return reveals.is_open(who, customer, now or NOW())


@pytest.fixture
def rita() -> User:
    return person(Role.COMPLIANCE_REVIEWER, name="Rita")


@pytest.fixture
def lena() -> User:
    return person(Role.COMPLIANCE_LEAD, name="Lena")


@pytest.fixture
def mona() -> User:
    return person(Role.MLRO, name="Mona")


@pytest.fixture
def sam() -> User:
    return person(Role.SUPPORT, name="Sam")


def press_show(client: Client, page: str, **typed: str) -> Any:
    """The button of a record's page, with a purpose. `page` is the record's address."""
    typed = {"confirmed": "1", "purpose": "CUSTOMER_ASKED", **typed}
    return client.post(page.replace("/change/", "/do/show-personal-data/"), typed)


def by(user: User) -> Actor:
    return actor(user)
