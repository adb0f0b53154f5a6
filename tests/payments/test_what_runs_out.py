"""What runs out: payments that may not get their approvals in time, the first to run out first."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.opening_hours import OpeningHours, office_week
from backoffice.staff.roles import Role
from payments import running_out
from payments.models import PaymentRequest
from payments.policies.deciding import Rule
from tests.payments.people import approve, fresh, now, open_money_out, quoted, waiting_payment
from tests.payments.policies import APPROVER, in_force, policy_of, stages
from tests.payments.test_the_time_of_a_payment import set_hours
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")


def found(at: datetime | None = None) -> list[str]:
    return [payment.payment_ref for payment in running_out.running_out(at or now())]


def deadline_in(payment: PaymentRequest, left: timedelta) -> PaymentRequest:
    PaymentRequest.objects.filter(pk=payment.pk).update(approval_deadline_at=now() + left)
    return fresh(payment)


def day(number: int) -> date:
    """A day of a week to come, its Monday by 0."""
    today = now().date()
    return today + timedelta(days=14 - today.weekday() + number)


def berlin(number: int, hour: int) -> datetime:
    return datetime.combine(day(number), time(hour), tzinfo=BERLIN)


def long_waiting(**changes) -> PaymentRequest:
    payment = waiting_payment(**changes)
    PaymentRequest.objects.update(approval_deadline_at=berlin(30, 12))
    return fresh(payment)


def test_is_the_time_to_be_approved_the_nearest_first(kind: str) -> None:
    late, soon = waiting_payment("p-1", kind=kind), waiting_payment("p-2", kind=kind)
    assert found() == []
    deadline_in(late, timedelta(hours=20))
    soon = deadline_in(soon, timedelta(hours=2))
    assert found() == ["p-2", "p-1"]
    runs_out = running_out.of(soon, now())
    assert runs_out is not None
    assert runs_out.at == soon.approval_deadline_at
    assert timedelta(hours=1, minutes=59) < runs_out.left <= timedelta(hours=2)
    assert "it expires" in runs_out.sentence


def test_is_nothing_that_is_approved_or_over() -> None:
    open_money_out()
    deadline_in(approve(waiting_payment("p-1")), timedelta(hours=2))
    deadline_in(waiting_payment("p-2"), timedelta(seconds=-1))
    assert found() == []
    assert running_out.of(fresh(PaymentRequest.objects.get(payment_ref="p-1")), now()) is None


def test_is_the_last_moment_at_which_it_leaves_on_its_day(settings) -> None:
    settings.BUSINESS_TIME_ZONE = BERLIN
    set_hours(OpeningHours(office_week()))
    payment = long_waiting(scheduled_on=day(1).isoformat())
    assert found(berlin(-1, 23)) == []
    assert found(berlin(0, 12)) == ["wd-1"]
    runs_out = running_out.of(payment, berlin(0, 12))
    assert runs_out is not None
    assert runs_out.at == berlin(1, 17)
    assert runs_out.sentence == f"To leave on {day(1):%-d %B} it has to be approved by then."
    assert found(berlin(1, 17)) == []


def test_is_the_end_of_its_day_where_a_currency_leaves_at_any_time(settings) -> None:
    settings.BUSINESS_TIME_ZONE = BERLIN
    payment = long_waiting(scheduled_on=day(1).isoformat())
    runs_out = running_out.of(payment, berlin(1, 12))
    assert runs_out is not None
    assert runs_out.at == berlin(2, 0)


def test_is_todays_cut_off_of_its_currency(settings) -> None:
    settings.BUSINESS_TIME_ZONE = BERLIN
    payment = long_waiting()
    assert found(berlin(1, 15)) == []
    set_hours(OpeningHours(office_week()))
    assert found(berlin(1, 12)) == []
    assert found(berlin(1, 15)) == ["wd-1"]
    runs_out = running_out.of(fresh(payment), berlin(1, 15))
    assert runs_out is not None
    assert runs_out.left == timedelta(hours=2)
    assert "Payments in EUR close then" in runs_out.sentence
    assert found(berlin(1, 18)) == []


def test_is_the_quote_that_somebody_approved() -> None:
    open_money_out()
    in_force(policy_of(Rule(stages=stages((2, APPROVER)))))
    payment = waiting_payment()
    assert found() == []
    payment = approve(payment)
    runs_out = running_out.of(payment, now())
    assert found() == ["wd-1"]
    assert runs_out is not None
    assert runs_out.at == payment.shown_quote.expires_at
    assert "a worse one voids what was given" in runs_out.sentence
    quoted(payment, lives=-1)
    assert found() == []


def test_is_a_queue_with_the_time_left_a_count_at_home_and_a_badge(client: Client) -> None:
    deadline_in(waiting_payment(), timedelta(hours=2, minutes=5))
    sign_in(client, person(Role.PAYMENTS_APPROVER))
    queue = client.get(f"{reverse('payments:queue')}?queue=running-out").content.decode()
    assert "wd-1" in queue
    assert "2 hours" in queue
    assert "Run out soon" in client.get("/").content.decode()
    payment = PaymentRequest.objects.get()
    page = client.get(reverse("admin:payments_paymentrequest_change", args=[payment.pk])).content.decode()
    assert "Runs out in 2 hours" in page


def test_is_asked_in_as_many_queries_for_many_as_for_one(django_assert_num_queries) -> None:
    deadline_in(waiting_payment("p-0"), timedelta(hours=2))
    with CaptureQueriesContext(connection) as one:
        found()
    for number in range(1, 5):
        deadline_in(waiting_payment(f"p-{number}"), timedelta(hours=2))
    with django_assert_num_queries(len(one)):
        assert len(found()) == 5
