"""How the borders stand, for who may see them."""

import re

import pytest
from django.utils import timezone

from backoffice.oceafin import breaker, kinds
from backoffice.oceafin.models import Submission
from backoffice.staff.roles import Role
from tests.desk.customers import full_customer
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db


def test_is_calm_when_nothing_waits(client):
    sign_in(client, person(Role.OPERATIONS_LEAD))
    assert "Letters go out as they are written" in client.get("/desk/sending/").content.decode()


def test_says_why_sending_is_paused(client):
    breaker.open_breaker(reason="The last 5 tries had no answer.", now=timezone.now())
    sign_in(client, person(Role.OPERATIONS_LEAD))
    assert "The last 5 tries had no answer." in client.get("/desk/sending/").content.decode()


def test_is_closed_to_who_may_not_see_the_borders(client):
    sign_in(client, person(Role.PAYMENTS_MAKER))
    assert client.get("/desk/sending/").status_code == 404


def test_leads_the_auditor_to_the_trail(client):
    sign_in(client, person(Role.AUDITOR))
    page = client.get("/audit/entry/").content.decode()
    assert "Audit trail" in page


def test_names_every_kind_of_letter_in_words():
    for kind in kinds.all_kinds():
        assert re.fullmatch(r"[A-Z][A-Za-z :]+", str(kind.label)), kind.name


def test_tells_a_letter_in_words_on_its_own_page_too(client):
    sign_in(client, person(Role.OPERATIONS_LEAD))
    full_customer()
    letter = Submission.objects.filter(kind="customer.create").latest("id")
    page = client.get(f"/oceafin/submission/{letter.pk}/change/").content.decode()
    assert "New customer" in page
    assert "customer.create" not in page
