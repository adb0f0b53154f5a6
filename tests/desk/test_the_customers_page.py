"""What about this customer? One page, at most 15 queries for any part of it, and nobody sees what they may not."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice.audit import Actor
from backoffice.desk.customer_page.tabs import TABS
from backoffice.oceafin.models import Submission
from backoffice.staff.roles import Role
from customers import services
from customers.models import Customer
from payments.accounts.models import Balance
from tests.customers.conftest import known_customer
from tests.desk.customers import add_transactions, full_customer
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db

EVERYTHING = {tab.name for tab in TABS}


def signed_in(*roles: Role) -> Client:
    client = Client()
    sign_in(client, person(*roles))
    return client


def address(customer: Customer, tab: str = "") -> str:
    rest = f"tabs/{tab}/" if tab else "change/"
    return f"/customers/customer/{customer.pk}/{rest}"


def hold_a_letter(customer: Customer) -> None:
    services.ask_again(customer, actor=Actor.staff(person(Role.COMPLIANCE_REVIEWER)), now=timezone.now())
    Submission.objects.filter(kind="customer.poll").update(state="HELD")


def tabs_of(client: Client, customer: Customer) -> set[str]:
    return {each["tab"].name for each in client.get(address(customer)).context["tabs"]}


def tasks_of(client: Client, customer: Customer) -> list[str]:
    return [str(task.what) for task in client.get(address(customer)).context["tasks"]]


def queries_of(client: Client, url: str) -> list[str]:
    client.get(url)  # what a process keeps by heart
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return [each["sql"] for each in queries]


@pytest.mark.parametrize("tab", ["", *sorted(EVERYTHING)])
def test_costs_at_most_fifteen_queries(tab: str) -> None:
    customer, mlro = full_customer(), signed_in(Role.MLRO)
    for part in ("", "?part=1"):
        queries = queries_of(mlro, address(customer, tab) + part)
        assert len(queries) <= 15, "\n".join(sql[:200] for sql in queries)


def test_asks_no_more_of_a_customer_with_much() -> None:
    customer, mlro = full_customer(), signed_in(Role.MLRO)
    few = len(queries_of(mlro, address(customer, "money")))
    add_transactions(customer, 300, first=10)
    assert len(queries_of(mlro, address(customer, "money"))) == few
    assert len(mlro.get(address(customer, "money")).context["rows"]) == 25


def test_says_how_the_customer_stands_and_what_is_open() -> None:
    customer = full_customer()
    hold_a_letter(customer)
    shown = signed_in(Role.MLRO).get(address(customer))
    html = shown.content.decode()
    for words in ("Missing info required", "Oceafin told us", "Payment to approve", "wd-1", "5,000.25"):
        assert words in html
    assert tasks_of(signed_in(Role.MLRO), customer) == [
        "Payment to approve",
        "Oceafin asks for more",
        "Held on its way to Oceafin",
    ]


def test_shows_nothing_of_what_a_person_may_not_see() -> None:
    customer = full_customer()
    hold_a_letter(customer)
    maker, reviewer = signed_in(Role.PAYMENTS_MAKER), signed_in(Role.COMPLIANCE_REVIEWER)
    support = signed_in(Role.SUPPORT)
    assert tabs_of(maker, customer) == EVERYTHING - {"events", "sending", "looks"}
    assert tabs_of(reviewer, customer) == {"overview", "cases", "documents", "people", "history"}
    assert not tabs_of(support, customer) & {"documents", "people", "events", "sending", "looks"}
    assert tasks_of(reviewer, customer) == ["Oceafin asks for more"]
    assert "5,000.25" not in reviewer.get(address(customer)).content.decode()
    for client, missing in (
        (maker, ("events", "sending", "looks")),
        (reviewer, ("accounts", "money", "payments", "events")),
        (support, ("documents", "people")),
    ):
        for tab in missing:
            assert client.get(address(customer, tab)).status_code == 404, tab
            assert client.get(address(customer, tab) + "?part=1").status_code == 404, tab
    assert signed_in(Role.ADMINISTRATOR).get(address(customer)).status_code == 403


def test_hides_the_name_in_every_tab() -> None:
    customer = full_customer()
    mlro = signed_in(Role.MLRO)
    for tab in EVERYTHING:
        html = mlro.get(address(customer, tab)).content.decode()
        assert "Ada Example" not in html, tab
        assert "DE02120300000000202051" not in html, tab


def test_hands_out_one_tab_alone_for_the_page_that_has_it_closed() -> None:
    customer, mlro = full_customer(), signed_in(Role.MLRO)
    part = mlro.get(address(customer, "payments") + "?part=1")
    assert "wd-1" in part.content.decode()
    assert "<html" not in part.content.decode()
    assert "no-store" in part["Cache-Control"]
    assert mlro.get(address(customer, "nothing")).status_code == 404
    assert mlro.post(address(customer, "payments")).status_code == 405


def test_shows_a_balance_that_is_no_number_as_it_came() -> None:
    customer = known_customer()
    Balance.objects.create(
        customer=customer, currency="EUR", available="12,5 (est.)", read_at=customer.created_at
    )
    assert "12,5 (est.)" in signed_in(Role.MLRO).get(address(customer, "money")).content.decode()


def test_is_what_every_list_that_names_the_customer_leads_to() -> None:
    customer, lead = full_customer(), signed_in(Role.OPERATIONS_LEAD)
    link = f'<a href="{address(customer)}">cust-1</a>'
    for page in ("/payments/paymentrequest/", "/payments/bankaccount/", "/payouts/?queue=approval"):
        assert link in lead.get(page).content.decode(), page
    letter = Submission.objects.get(key="cust-1:create")
    assert (
        "/desk/customer/?ref=cust-1" in lead.get(f"/oceafin/submission/{letter.pk}/change/").content.decode()
    )
