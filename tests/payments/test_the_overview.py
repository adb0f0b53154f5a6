"""The overview counts each payment once, by the business clock, exact in its currency, and for who may see it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.audit import Actor
from backoffice.audit.models import Entry
from backoffice.staff.errors import Refusal
from backoffice.staff.roles import Role
from payments import queues, rates, services
from payments.accounts.statements.spans import Span
from payments.models import BankAccount
from payments.overview import exporting, reading, showing, waiting
from payments.overview.asking import Asked, AskForm
from tests.customers.conftest import known_customer
from tests.payments.crowd import crowd
from tests.payments.days import ended
from tests.payments.people import (
    account_of,
    approve,
    approver,
    fresh,
    now,
    rate_of,
    user_of,
    waiting_payment,
)
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db
PAGE = "overview:overview"


@pytest.fixture(autouse=True)
def _paris(settings):
    settings.BUSINESS_TIME_ZONE = ZoneInfo("Europe/Paris")


@pytest.fixture
def account() -> BankAccount:
    return account_of(known_customer())


def days_back(days: int = 7, **filters: str) -> Asked:
    today = now().astimezone(ZoneInfo("Europe/Paris")).date()
    return Asked(Span(today - timedelta(days=days - 1), today), **filters)


def numbers(row: reading.Volume) -> tuple[str, ...]:
    shown = showing._volume(row)
    return (*(shown[end] for end in reading.ENDS), shown["share"])


def test_sums_each_currency_by_itself_and_fails_as_a_share(account) -> None:
    at = now() - timedelta(hours=3)
    for ref, amount, end in (
        ("wd-1", "100.10", "SETTLED"),
        ("wd-2", "2.20", "SETTLED"),
        ("wd-3", "7.00", "FAILED"),
    ):
        ended(ref, amount, at=at, end=end)
    ended("cw-1", "12.345678", at=at, kind="CRYPTO_WITHDRAWAL")
    found = {row.name: row for row in reading.volumes(days_back())}
    assert numbers(found["EUR"]) == ("102.30", "7.00", "0.00", "33.3")
    assert numbers(found["USDC on Ethereum"]) == ("12.345678", "0.000000", "0.000000", "0.0")
    assert [row.name for row in reading.volumes(days_back(kind="CRYPTO_WITHDRAWAL"))] == ["USDC on Ethereum"]


def test_shows_yen_without_decimals_and_large_sums_exactly() -> None:
    day = date(2026, 3, 1)
    yen = reading.Volume("JPY", "", day, settled=Decimal("1000000"), settled_count=2)
    assert numbers(yen) == ("1000000", "0", "0", "0.0")
    fine = [reading.Volume("ETH", "ETHEREUM", day, settled=Decimal("900000000000000.000000000000000001"))] * 3
    assert reading.together(fine).settled == Decimal("2700000000000000.000000000000000003")


def test_ends_the_day_at_midnight_of_the_business_zone(account) -> None:
    # 23:30 and 00:30 in Paris, on the same day in UTC.
    ended("wd-1", "11.00", at=datetime(2026, 1, 14, 22, 30, tzinfo=UTC))
    ended("wd-2", "12.00", at=datetime(2026, 1, 14, 23, 30, tzinfo=UTC))
    both = Asked(Span(date(2026, 1, 14), date(2026, 1, 15)))
    assert [(row.day, row.settled) for row in reading.volumes(both)] == [
        (date(2026, 1, 14), Decimal("11")),
        (date(2026, 1, 15), Decimal("12")),
    ]
    [second] = reading.volumes(Asked(Span(date(2026, 1, 15), date(2026, 1, 15))))
    assert second.settled_count == 1


def test_says_how_long_it_took_and_where_the_time_went(account) -> None:
    at = now() - timedelta(hours=3)
    for number, hours in enumerate((1, 2, 9)):
        ended(f"wd-{number}", "11.00", at=at, waited=timedelta(hours=hours), carried=timedelta(minutes=30))
    [row] = reading.times(days_back())
    assert (row.number, row.median) == (3, timedelta(hours=2, minutes=30))
    assert row.ninetieth == timedelta(hours=8, minutes=6)
    [part] = reading.phases(days_back())
    assert part.medians == (timedelta(hours=2), *[timedelta(0)] * 2, timedelta(minutes=30), timedelta(0))
    assert part.sums[0] == timedelta(hours=12)
    assert reading.times(days_back(currency="USD")) == reading.phases(days_back(currency="USD")) == []


def test_tells_what_each_person_decided(account) -> None:
    ada, leo = approver(), approver()
    asked_at = now() - timedelta(hours=2)
    given = waiting_payment("wd-1", now=asked_at)
    approve(given, by=ada, now=asked_at + timedelta(minutes=10))
    services.withdraw_approval(
        payment=fresh(given), reason="Wrong invoice.", actor=ada, now=asked_at + timedelta(minutes=20)
    )
    services.reject(
        payment=waiting_payment("wd-2", now=asked_at),
        reason="No.",
        actor=leo,
        now=asked_at + timedelta(minutes=30),
    )
    with pytest.raises(Refusal):
        approve(fresh(given), by=leo, seen_terms="stale", now=now())
    first, second = reading.people(days_back())
    assert (first.name, first.given, first.withdrawn, first.denied, first.rejected) == (ada.label, 1, 1, 0, 0)
    assert (second.name, second.given, second.denied, second.rejected) == (leo.label, 0, 1, 1)
    assert (first.took, second.took) == (timedelta(minutes=10), timedelta(minutes=30))
    assert reading.people(days_back(kind="REFUND")) == []


def test_counts_what_the_queues_count(account) -> None:
    waiting_payment("wd-1")
    user = person(Role.PAYMENTS_APPROVER)
    counts = {queue.url: queue.shown for queue in waiting.queues(user, now())}
    queue = reverse("payments:queue")
    assert counts[f"{queue}?queue=mine"] == counts[f"{queue}?queue=approval"] == "1"
    assert counts[f"{queue}?queue=trouble"] == str(queues.held_or_failed(now()).count())


def test_costs_few_queries_however_much_there_is(account, django_assert_max_num_queries) -> None:
    lead = person(Role.OPERATIONS_LEAD)
    for number in range(3):
        ended(f"wd-{number}", "11.00", at=now() - timedelta(hours=number + 1))
    lead.remember_roles()
    # Some are the queues' own, to know what they count.
    with django_assert_max_num_queries(10):
        showing.overview(lead, AskForm({}, now=now()), now())


@pytest.mark.parametrize(
    ("role", "page", "people"),
    [
        (Role.OPERATIONS_LEAD, 200, True),
        (Role.AUDITOR, 200, True),
        (Role.PAYMENTS_APPROVER, 200, False),
        (Role.ADMINISTRATOR, 404, False),
        (Role.COMPLIANCE_REVIEWER, 404, False),
    ],
)
def test_is_seen_by_those_who_may(client: Client, role, page, people) -> None:
    user = person(role)
    sign_in(client, user)
    answer = client.get(reverse(PAGE))
    assert answer.status_code == page
    assert ("Approvals per person" in answer.content.decode()) is people
    taken = client.post(reverse("overview:export", args=["people"]))
    assert taken.status_code == (200 if people else 404)
    assert Entry.objects.filter(verb="overview.exported").count() == int(people)


def test_says_what_to_do_where_nothing_ended(client: Client) -> None:
    sign_in(client, person(Role.OPERATIONS_LEAD))
    page = client.get(reverse(PAGE), {"days": 30, "kind": "REFUND", "currency": "JPY"}).content.decode()
    for words in ("No payment settled, failed or came back in these days.", "Nobody decided anything"):
        assert words in page
    assert 'aria-current="page">Last 30 days' in page


@pytest.mark.parametrize(
    "query",
    [
        "first=2026-01-02&last=2026-01-01",
        "first=2020-01-01&last=2026-01-01",
        "first=2026-01-01",
        "kind=GIFT",
        "currency=%27%3B",
        "days=8",
    ],
)
def test_shows_the_last_days_beside_what_cannot_be_asked(client: Client, query) -> None:
    sign_in(client, person(Role.OPERATIONS_LEAD))
    answer = client.get(f"{reverse(PAGE)}?{query}")
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert answer.context["asked"] == days_back()
    assert client.post(f"{reverse(PAGE)}?{query}").status_code == 405


def test_is_taken_along_on_record_and_holds_no_formula(client: Client, account) -> None:
    ada = Actor.staff(person(Role.PAYMENTS_APPROVER, name="=SUM(1)"))
    ended("wd-1", "100.10", at=now() - timedelta(hours=1), by=ada)
    lead = person(Role.OPERATIONS_LEAD)
    sign_in(client, lead)

    def table(name: str) -> str:
        return b"".join(client.post(reverse("overview:export", args=[name])).streaming_content).decode(
            "utf-8-sig"
        )

    assert '"EUR","","1","100.10","0","0.00","0","0.00","0.0"' in table("volumes")
    assert '"FIAT_WITHDRAWAL","EUR","","1","10800","10800","7200","0","0","3600","0"' in table("times")
    assert f'"\'{ada.label}","1","0","0","0","7200"' in table("people")
    assert '"Waiting for approval","0"' in table("queues")
    entry = Entry.objects.filter(verb="overview.exported").latest("id")
    assert (entry.actor_id, entry.facts["table"]) == (str(lead.pk), "queues")
    assert client.get(reverse("overview:export", args=["volumes"])).status_code == 405
    assert client.post(reverse("overview:export", args=["secrets"])).status_code == 404


def test_is_refused_by_the_service_too() -> None:
    asked = days_back()
    for table, actor in (("volumes", Actor.staff(person(Role.ADMINISTRATOR))), ("people", approver())):
        with pytest.raises(Refusal):
            exporting.make_table(table=table, asked=asked, actor=actor, now=now())
    assert not Entry.objects.filter(verb="overview.exported").exists()


def test_of_rates_names_what_has_none_that_counts(client: Client, account) -> None:
    waiting_payment("cw-1", kind="CRYPTO_WITHDRAWAL")
    assert rates.lacking(now()) == []
    later = now() + timedelta(hours=25)
    [lack] = rates.lacking(later)
    assert (lack.currency, lack.at is not None) == ("USDC", True)
    rate_of("USD")
    sign_in(client, user_of(approver()))
    page = client.get(reverse("admin:payments_exchangerate_changelist")).content.decode()
    assert "Every currency in use has a rate that counts." in page
    assert "30 hours" in page


def test_reads_its_days_and_queues_from_indexes_however_many_payments_there_are(client: Client) -> None:
    done = ended("wd-1", "10.00", at=now() - timedelta(hours=3))
    waiting_payment("wd-2")
    # As many as came to their end in the months before: nobody asked for those.
    crowd(done, 5_000, state_since="now() - interval '60 days' - number * interval '1 minute'")
    sign_in(client, person(Role.OPERATIONS_LEAD))
    with CaptureQueriesContext(connection) as asked:
        assert "10.00" in client.get(reverse(PAGE)).content.decode()
    about_payments = [
        each["sql"]
        for each in asked
        if "payments_paymentrequest" in each["sql"]
        and each["sql"].startswith(("SELECT", "WITH", "\nWITH", "("))
    ]
    assert len(about_payments) >= 4
    for statement in about_payments:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN " + statement)
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "Seq Scan on payments_paymentrequest" not in plan, f"{statement}\n{plan}"
