"""A letter leaves only if nothing keeps its payment at that very moment, whatever held when it was approved."""

from collections.abc import Callable
from functools import partial

import pytest
from django.db import transaction

from backoffice.audit import Actor
from backoffice.oceafin import outbox
from backoffice.oceafin.models import Attempt, Submission
from backoffice.staff.roles import Role
from customers.models import Customer
from payments import services
from payments.models import PaymentRequest, Quote
from tests.payments.people import (
    approve,
    deliver,
    deliver_once,
    fresh,
    now,
    open_money_out,
    requested,
    sql,
    waiting_payment,
)
from tests.payments.test_a_payout import account
from tests.people import person

__all__ = ["account"]

pytestmark = pytest.mark.django_db(transaction=True)


def worker_comes() -> None:
    Submission.objects.filter(state="QUEUED", leased_until=None).update(due_at=now())
    outbox.claim(lane="money", worker="test")


def restricted() -> Callable[[], object]:
    Customer.objects.update(standing="RESTRICTED")
    return partial(Customer.objects.update, standing="ACTIVE")


def suspended() -> Callable[[], object]:
    Customer.objects.update(oceafin_status="SUSPENDED")
    return partial(Customer.objects.update, oceafin_status="APPROVED")


def stopped() -> Callable[[], object]:
    approver = Actor.staff(person(Role.PAYMENTS_APPROVER))
    services.stop_money_out(reason="Fraud.", actor=approver, now=now())
    return open_money_out


@pytest.mark.parametrize("stop", [restricted, suspended, stopped])
def test_waits_while_its_customer_or_all_money_is_stopped(stop, kind: str) -> None:
    open_money_out()
    payment = waiting_payment(kind=kind)
    Submission.objects.filter(state="QUEUED").update(state="ACCEPTED")
    approve(payment)
    go_on = stop()
    worker_comes()
    assert fresh(payment).state == "APPROVED"
    assert not Attempt.objects.filter(submission__lane="money").exists()
    go_on()
    worker_comes()
    assert fresh(payment).state == "SENDING"


def test_waits_for_a_person_where_oceafin_contradicts_what_we_know(kind: str) -> None:
    open_money_out()
    payment = waiting_payment(kind=kind)
    Submission.objects.filter(state="QUEUED").update(state="ACCEPTED")
    approve(payment)
    PaymentRequest.objects.filter(pk=payment.pk).update(contradicted=True, contradiction="It says COMPLETED.")
    worker_comes()
    assert fresh(payment).state == "APPROVED"
    assert not Attempt.objects.filter(submission__lane="money").exists()


def test_of_a_draft_takes_a_new_quote_where_the_old_one_ran_out(oceafin, account) -> None:
    payment = requested(account)
    deliver()
    approve(payment)
    deliver_once()
    with transaction.atomic():
        sql("SET LOCAL session_replication_role = replica")
        Quote.objects.filter(purpose="SENDING").update(expires_at=now())
    deliver()
    assert fresh(payment).state == "SENT"
    assert Quote.objects.filter(purpose="SENDING").count() == 2
    assert len(oceafin.requests("createFiatWithdrawal")) == 1
    assert len(oceafin.requests("submitFiatWithdrawal")) == 1
