"""Who looked, when and why: read by those who watch over it, of one customer or of one person."""

import pytest
from django.test import Client

from backoffice import reveals
from backoffice.reveals import looking
from backoffice.reveals.models import Burst, Reveal
from backoffice.staff.roles import Role
from tests.customers.conftest import make_customer
from tests.people import person, sign_in
from tests.reveals.conftest import NOW, by, look

pytestmark = pytest.mark.django_db
LOOKS = "/looks/"


def signed_in(user) -> Client:
    client = Client()
    sign_in(client, user)
    return client


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    "role", [Role.COMPLIANCE_REVIEWER, Role.SUPPORT, Role.ADMINISTRATOR, Role.PAYMENTS_MAKER]
)
def test_is_closed_to_everybody_else(role):
    client = signed_in(person(role))
    assert client.get(LOOKS).status_code == 404
    assert client.get("/reveals/burst/").status_code == 403


@pytest.mark.parametrize("role", [Role.COMPLIANCE_LEAD, Role.MLRO, Role.AUDITOR])
def test_says_who_when_and_why(role, rita):
    look(rita, make_customer(), words="Their lawyer called.")
    shown = text(signed_in(person(role)), LOOKS)
    for words in ("Rita", "cust-1", "The customer asked us something", "Their lawyer called."):
        assert words in shown


def test_is_narrowed_to_one_customer_and_to_one_person(rita, lena, mona):
    first, second = make_customer("cust-1"), make_customer("cust-2")
    look(rita, first, words="one")
    look(lena, first, words="two")
    look(rita, second, words="three")
    client = signed_in(mona)
    of_customer = text(client, f"{LOOKS}?customer=cust-1")
    assert "one" in of_customer
    assert "two" in of_customer
    assert "three" not in of_customer
    of_rita = text(client, f"{LOOKS}?person={rita.pk}")
    assert "three" in of_rita
    assert "two" not in of_rita
    assert "Nobody looked" in text(client, f"{LOOKS}?customer=cust-9")


@pytest.mark.parametrize(
    "query", ["person=x", "before=-1", "before=x", "person=99999999999999999999", "customer=%F0"]
)
def test_survives_an_odd_address(mona, query):
    text(signed_in(mona), f"{LOOKS}?{query}")


def test_goes_on_page_by_page_with_few_queries(rita, mona, django_assert_max_num_queries, settings):
    settings.REVEAL_BURST_CUSTOMERS = 1000
    customers = [make_customer(f"cust-{number}") for number in range(3)]
    for number in range(looking.ROWS + 1):
        look(rita, customers[number % 3])
    client = signed_in(mona)
    with django_assert_max_num_queries(25):
        first = text(client, LOOKS)
    oldest = Reveal.objects.order_by("id").values_list("pk", flat=True)
    assert f"before={oldest[1]}" in first
    assert "before=" not in text(client, f"{LOOKS}?before={oldest[1]}")


def test_tells_of_an_export(rita, mona):
    reveals.record_export(
        what="Onboarding queue",
        customers=[make_customer()],
        purpose="AUDIT",
        words="",
        actor=by(rita),
        now=NOW(),
    )
    assert "Export: Onboarding queue, 1 customers" in text(signed_in(mona), LOOKS)


def test_tells_a_lead_of_a_burst_until_it_was_seen(rita, lena, settings):
    settings.REVEAL_BURST_CUSTOMERS = 1
    for number in range(3):
        look(rita, make_customer(f"cust-{number}"))
    client, burst = signed_in(lena), Burst.objects.get()
    told = "Rita opened the data of 3 customers"
    assert told in text(client, "/")
    page = f"/reveals/burst/{burst.pk}/change/"
    assert "cust-2" in text(client, page)
    client.post(f"/reveals/burst/{burst.pk}/do/seen/", {"confirmed": "1", "reason": "The post of the day."})
    burst.refresh_from_db()
    assert burst.acknowledged_by == lena
    assert told not in text(client, "/")
    assert "The post of the day." in text(client, page)
    assert "By Lena" in text(client, "/reveals/burst/")


def test_lets_an_auditor_read_a_burst_but_not_settle_it(rita, settings):
    settings.REVEAL_BURST_CUSTOMERS = 0
    look(rita, make_customer())
    auditor, burst = signed_in(person(Role.AUDITOR)), Burst.objects.get()
    assert "Rita" in text(auditor, f"/reveals/burst/{burst.pk}/change/")
    answer = auditor.post(f"/reveals/burst/{burst.pk}/do/seen/", {"confirmed": "1", "reason": "x"})
    assert answer.status_code == 404
