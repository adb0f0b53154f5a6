"""Choosing what to refund: a maker picks from what came in, and types no id of Oceafin's."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.staff.roles import Role
from tests.customers.conftest import known_customer
from tests.payments.people import came_in, refund_of
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def maker(client: Client) -> Client:
    sign_in(client, person(Role.PAYMENTS_MAKER))
    return client


def page_of(maker: Client, **asked: str) -> str:
    answer = maker.get(reverse("payments:request"), {"kind": "REFUND", "customer": "cust-1", **asked})
    assert answer.status_code == 200
    return answer.content.decode()


def offered(page: str) -> list[str]:
    return re.findall(r"sourceId=([\w-]+)", page)


def test_shows_what_was_credited_to_the_customer_the_newest_first(maker: Client) -> None:
    customer = known_customer()
    first, second = came_in(customer, "80.00"), came_in(customer, "0.5", "ETH", network="ARBITRUM")
    came_in(customer, "70.00", status="PROCESSING")
    came_in(known_customer("cust-2"), "60.00")
    assert offered(page_of(maker)) == [second.deposit_id, first.deposit_id]


def test_leads_to_a_form_that_knows_it(maker: Client) -> None:
    deposit = came_in(known_customer(), "80.00")
    [link] = re.findall(r'href="(/payouts/request/[^"]+sourceId[^"]+)"', page_of(maker))
    form = maker.get(link.replace("&amp;", "&")).content.decode()
    assert f'value="{deposit.deposit_id}"' in form
    assert 'value="80.00"' in form


@pytest.mark.parametrize("begins", ["80", "id"])
def test_finds_one_among_many(maker: Client, begins: str) -> None:
    customer = known_customer()
    wanted = came_in(customer, "80.00", depositId="id-of-the-one")
    came_in(customer, "70.00", depositId="another")
    assert offered(page_of(maker, q=begins)) == [wanted.deposit_id]
    assert "begins like that" in page_of(maker, q="nothing")


def test_offers_what_is_left_and_not_what_was_sent_back(maker: Client) -> None:
    customer = known_customer()
    part, whole = came_in(customer, "80.00"), came_in(customer, "50.00")
    refund_of(part, "rf-1", "30.00")
    refund_of(whole, "rf-2", "50.00")
    page = page_of(maker)
    assert offered(page) == [part.deposit_id]
    assert "50.00 <abbr>EUR" in page
    assert "All of it was sent back" in page


def test_says_what_to_expect_where_nothing_came_in(maker: Client) -> None:
    known_customer()
    assert "Nothing has been credited to this customer yet" in page_of(maker)
