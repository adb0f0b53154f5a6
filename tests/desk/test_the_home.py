"""Everybody lands on their own work, and nobody on anybody else's."""

import pytest
from django.utils import timezone

from backoffice.audit import Actor
from backoffice.oceafin import breaker
from backoffice.staff.roles import Role
from customers.services import create_customer
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db

WORK = {
    Role.COMPLIANCE_REVIEWER: "Your next case",
    Role.COMPLIANCE_LEAD: "Waiting for a signature",
    Role.MLRO: "Waiting for a signature",
    Role.PAYMENTS_MAKER: "Your payouts",
    Role.PAYMENTS_APPROVER: "Payouts due",
    Role.OPERATIONS_LEAD: "Payouts that need somebody",
    Role.AUDITOR: "Audit trail",
    Role.SUPPORT: "Newest customers",
    Role.ADMINISTRATOR: "Waiting for a second administrator",
}


@pytest.mark.parametrize("role", Role)
def test_of_each_role_shows_its_work(role, client):
    sign_in(client, person(role))
    assert WORK[role] in client.get("/").content.decode()


def test_of_a_maker_shows_no_cases_and_no_approvals(client):
    sign_in(client, person(Role.PAYMENTS_MAKER))
    page = client.get("/").content.decode()
    assert "Your next case" not in page
    assert "Payouts due" not in page


def test_of_support_names_nobody(client):
    create_customer(
        partner_customer_ref="cust-1",
        customer_type="INDIVIDUAL",
        display_name="Zoë Specimen",
        metadata={},
        actor=Actor("API", "1", "the partner's system"),
        now=timezone.now(),
    )
    sign_in(client, person(Role.SUPPORT))
    page = client.get("/").content.decode()
    assert "cust-1" in page
    assert "Specimen" not in page


def test_says_that_sending_is_paused(client):
    breaker.open_breaker(reason="Oceafin does not accept our sign-in.", now=timezone.now())
    sign_in(client, person(Role.OPERATIONS_LEAD))
    assert "Sending to Oceafin is paused" in client.get("/").content.decode()
