"""The looks of the demo: made by the service that the pages call, once."""

import pytest
from django.utils import timezone

from backoffice.local.demo import looks, staff
from backoffice.local.people import email_of
from backoffice.reveals.models import Burst, Reveal
from tests.customers.conftest import make_customer
from tests.people import person

pytestmark = pytest.mark.django_db


def test_are_there_once_and_raise_one_burst():
    now = timezone.now()
    for username, name, role in staff.PEOPLE:
        person(role, name=name, email=email_of(username))
    for number in range(1001, 1001 + looks.TRACED):
        make_customer(f"cust-{number}")
    for _again in range(2):
        looks.look(now)
    assert Reveal.objects.count() == len(looks.LOOKS) + looks.TRACED
    assert Burst.objects.get().user == staff.person(looks.TRACER)
