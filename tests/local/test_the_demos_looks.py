"""The looks of the demo: made by the service that the pages call, once."""

import pytest
from django.utils import timezone

from backoffice.local.demo import looks, staff
from backoffice.reveals.models import Burst, Reveal
from tests.customers.conftest import make_customer

pytestmark = pytest.mark.django_db


def test_are_there_once_and_raise_one_burst(settings):
    settings.PASSWORD_HASHERS = ["tests.people.FewRounds"]
    now = timezone.now()
    staff.engage(password="correct horse battery staple", now=now)
    for number in range(1001, 1001 + looks.TRACED):
        make_customer(f"cust-{number}")
    for _again in range(2):
        looks.look(now)
    assert Reveal.objects.count() == len(looks.LOOKS) + looks.TRACED
    assert Burst.objects.get().user == staff.person(looks.TRACER)
