"""An old approval: it counts for seven days, and what has not left by then is asked for again."""

from datetime import datetime, time, timedelta

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction

from backoffice.audit import timeline_of
from backoffice.oceafin.kinds import Go, Wait, Withdraw
from backoffice.oceafin.models import Submission
from backoffice.staff.models import User
from payments import gates, showing
from payments.models import PaymentRequest
from payments.ways import WAYS
from tests.payments.people import (
    approve,
    approver,
    fresh,
    now,
    open_money_out,
    sql,
    user_of,
    waiting_payment,
)

pytestmark = pytest.mark.django_db
IN_TEN_DAYS = timedelta(days=10)


def leaves_at(payment: PaymentRequest) -> datetime:
    assert payment.scheduled_on
    return datetime.combine(payment.scheduled_on, time(0), tzinfo=settings.BUSINESS_TIME_ZONE)


def approved_long_before(kind: str = "FIAT_WITHDRAWAL") -> PaymentRequest:
    open_money_out()
    day = now().astimezone(settings.BUSINESS_TIME_ZONE).date() + IN_TEN_DAYS
    return fresh(approve(waiting_payment(kind=kind, scheduled_on=day.isoformat())))


def asked_at(payment: PaymentRequest, at: datetime) -> Go | Wait | Withdraw:
    """A worker asks then whether the newest letter may leave."""
    letters = Submission.objects.filter(subject_type="payments.PaymentRequest", subject_id=str(payment.pk))
    letter = letters.filter(state="QUEUED").latest("id")
    gate = gates.gate_sending_quote if WAYS[payment.kind].is_quoted else gates.gate_draft_or_submit
    with transaction.atomic():
        return gate(letter, at)


def test_is_asked_for_again_a_day_before_its_payment_leaves(kind: str) -> None:
    payment = approved_long_before(kind)
    day = leaves_at(payment)
    assert isinstance(asked_at(payment, day - timedelta(hours=25)), Wait)
    assert fresh(payment).state == "APPROVED"
    assert isinstance(asked_at(payment, day - timedelta(hours=23)), Withdraw)
    payment = fresh(payment)
    assert payment.state == "PENDING_APPROVAL"
    assert "counts for 7 days" in payment.terms_difference
    assert not payment.live_approvals.exists()
    assert {"payment.approvals_voided", "payment.back_to_approvers"} <= {
        entry.verb for entry in timeline_of(payment)
    }
    for _each in range(payment.approvals_needed):
        approve(payment, now=day - timedelta(hours=22))
    assert isinstance(asked_at(payment, day), Go)
    assert fresh(payment).state == "SENDING"


def test_that_is_younger_lets_its_payment_leave() -> None:
    open_money_out()
    payment = approve(waiting_payment())
    last = payment.live_approvals.get().approved_at + timedelta(days=7)
    assert isinstance(asked_at(payment, last - timedelta(seconds=1)), Go)


def test_of_two_people_ends_with_the_first_of_them() -> None:
    open_money_out()
    payment = waiting_payment(amount="20000.00")
    approve(payment, now=now() - timedelta(days=8))
    approve(payment)
    assert isinstance(asked_at(payment, now()), Withdraw)


def test_stays_while_something_else_keeps_its_payment() -> None:
    """Nobody could make use of a new one, and the time to give it would run out."""
    payment = approve(waiting_payment())
    assert isinstance(asked_at(payment, now() + timedelta(days=30)), Wait)
    assert fresh(payment).live_approvals.exists()


def test_is_too_old_for_the_database_too() -> None:
    payment = waiting_payment()
    approve(payment, now=now() - timedelta(days=8))
    with pytest.raises(DatabaseError, match="approved too long ago"), transaction.atomic():
        sql("UPDATE payments_paymentrequest SET state = 'SENDING' WHERE id = %s", payment.pk)
    with pytest.raises(DatabaseError, match="approved too long ago"), transaction.atomic():
        sql(
            "UPDATE payments_paymentrequest SET state = 'SENDING', state_since = now() - interval '8 days'"
            " WHERE id = %s",
            payment.pk,
        )


def test_is_foretold_on_the_page() -> None:
    user: User = user_of(approver())
    payment = approved_long_before()
    context = showing.payment_context(payment, user, now(), sees_persons=True)
    assert "a day before, it waits for approval again" in context["asked_again"]
    soon = waiting_payment("wd-2")
    assert not showing.payment_context(soon, user, now(), sees_persons=True)["asked_again"]
