"""Two clocks, ours and Oceafin's, that do not agree: a payment still comes to its end."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction

from payments import duties
from payments.models import PaymentRequest, Quote
from tests.payments.people import fresh, now
from tests.payments.test_a_payout import account, to_sent  # noqa: F401
from tests.simulator.driver import SimulatorProcess

pytestmark = pytest.mark.django_db(transaction=True)


def says(payment: PaymentRequest, status: str, at: datetime | None = None) -> PaymentRequest:
    """A reading, with the instant that Oceafin names, or none."""
    resource = {"withdrawalId": payment.oceafin_id, "status": status}
    if at is not None:
        resource["updatedAt"] = at.isoformat()
    with transaction.atomic():
        duties.observe_read(payment, resource, source="read", now=now())
    return fresh(payment)


@pytest.fixture
def payment(oceafin: SimulatorProcess, account) -> PaymentRequest:  # noqa: F811
    """Oceafin took it, and its answer named no instant: ours stands in its place."""
    return says(to_sent(account), "PROCESSING")


@pytest.mark.parametrize(
    ("status", "state"), [("COMPLETED", "SETTLED"), ("FAILED", "FAILED"), ("RETURNED", "RETURNED")]
)
def test_do_not_hide_how_it_ended(payment, status: str, state: str) -> None:
    ended = says(payment, status, now() - timedelta(minutes=4))
    assert (ended.state, ended.contradicted) == (state, False)


def test_do_not_make_an_end_of_what_is_under_way(payment) -> None:
    asked = says(payment, "MISSING_INFO_REQUIRED", now() - timedelta(minutes=4))
    assert (asked.state, asked.oceafin_status) == ("SENT", "PROCESSING")


def test_let_an_end_stand_against_another_that_is_older(payment) -> None:
    ended = says(payment, "COMPLETED", now())
    assert says(ended, "FAILED", now() - timedelta(minutes=4)).state == "SETTLED"
    assert not fresh(payment).contradicted


def test_leave_it_to_oceafin_whether_a_quote_ran_out() -> None:
    came = now()
    behind = Quote(expires_at=came - timedelta(minutes=2), received_at=came)
    assert behind.is_live(came + timedelta(minutes=1))
    assert not Quote(expires_at=came - timedelta(seconds=1), received_at=came).is_live(came)


def test_let_no_step_of_the_way_come_after_its_end(payment) -> None:
    ended = says(payment, "COMPLETED", now() - timedelta(minutes=4))
    again = says(ended, "PROCESSING", now() - timedelta(minutes=2))
    assert (again.state, again.contradicted) == ("SETTLED", False)
