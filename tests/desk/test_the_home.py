"""Everybody lands on their own work, and nobody on anybody else's."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from backoffice.audit import Actor
from backoffice.oceafin import breaker
from backoffice.staff.roles import Role
from customers.services import create_customer
from payments.accounts import switches
from payments.accounts.travel_rule.models import TravelRuleTask
from tests.accounts.deposited import item, keep
from tests.customers.conftest import known_customer
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db

WORK = {
    Role.COMPLIANCE_REVIEWER: "Your next case",
    Role.COMPLIANCE_LEAD: "Waiting for a signature",
    Role.MLRO: "Waiting for a signature",
    Role.PAYMENTS_MAKER: "Your payments",
    Role.PAYMENTS_APPROVER: "Payments due",
    Role.OPERATIONS_LEAD: "Payments that need somebody",
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
    assert "Payments due" not in page


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


@pytest.mark.parametrize("role", [Role.PAYMENTS_MAKER, Role.OPERATIONS_LEAD])
def test_tells_what_waits_in_money_in_and_leads_there(role, client, django_assert_max_num_queries):
    customer, since = known_customer(), timezone.now() - timedelta(hours=5)
    keep(customer, item(status="PENDING_TRAVEL_RULE"), item(2, customerId=str(uuid4())))
    TravelRuleTask.objects.update(asked_at=since, due_at=since)
    switches.remember("createDepositAddress", code="PARTNER_SCOPE_DENIED", detail="", now=timezone.now())
    sign_in(client, person(role))
    with django_assert_max_num_queries(40):
        page = " ".join(client.get("/").content.decode().split())
    told = re.findall(r'kpi__label">([^<]+)</span><span class="kpi__value">(\d+)</span>', page)
    expected = [
        ("Coins: who sent them?", "1"),
        ("Coins: the answer is late", "1"),
        ("Accounts that wait for information", "0"),
    ]
    if role == Role.OPERATIONS_LEAD:
        expected += [("Deposits: whose are they?", "1"), ("Switched off at Oceafin", "1")]
    assert [each for each in told if each[0] in dict(expected)] == expected
    assert "5 hours" in page
    assert "/deposits/?queue=travel-rule" in page
