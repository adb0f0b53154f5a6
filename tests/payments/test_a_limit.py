"""A limit counts what was approved and stands: of this person, or of this customer, in its time."""

from datetime import timedelta
from decimal import Decimal

import pytest

from backoffice.audit import Actor
from payments import errors, services
from payments.models import PaymentRequest
from payments.policies.deciding import Limits, Rule
from tests.customers.conftest import known_customer
from tests.payments.people import (
    account_of,
    approve,
    approver,
    maker,
    now,
    quoted,
    rate_of,
    requested,
    waiting_payment,
)
from tests.payments.policies import APPROVER, in_force, policy_of, stages

pytestmark = pytest.mark.django_db
HUNDRED = Decimal(100)


def policy(**limits: Decimal) -> None:
    in_force(policy_of(Rule(stages=stages((1, APPROVER)), limits=Limits(**limits))))


def test_counts_no_approval_that_was_taken_back() -> None:
    policy(approver_day=HUNDRED)
    ann, first = approver(), waiting_payment("wd-1", "60.00")
    approve(first, ann)
    services.withdraw_approval(payment=first, reason="wrong invoice", actor=ann, now=now())
    assert approve(waiting_payment("wd-2", "60.00"), ann).state == "APPROVED"


def test_is_of_each_person_alone() -> None:
    policy(approver_day=HUNDRED)
    ann = approver()
    approve(waiting_payment("wd-1", "98.00"), ann)
    last = waiting_payment("wd-2", "2.01")
    with pytest.raises(errors.LimitReached):
        approve(last, ann)
    assert approve(last).state == "APPROVED"


@pytest.mark.parametrize(("name", "over"), [("customer_day", 1), ("customer_week", 7)])
def test_of_a_customer_counts_what_is_leaving_in_its_time(name: str, over: int) -> None:
    policy(**{name: HUNDRED})
    for ref in ("wd-1", "wd-2"):
        waiting_payment(ref, "60.00")
    first, second = PaymentRequest.objects.order_by("payment_ref")
    long_ago = now() - timedelta(days=over, minutes=1)
    approve(first, now=long_ago)
    assert approve(second).state == "APPROVED"
    third = waiting_payment("wd-3", "60.00")
    with pytest.raises(errors.LimitReached, match="for this customer"):
        approve(third)


def test_of_a_customer_counts_neither_others_nor_what_ended_without_leaving() -> None:
    policy(customer_day=HUNDRED)
    other = quoted(requested(account_of(known_customer("cust-2"), "ba-2"), "wd-9", "90.00"))
    approve(other)
    first, ann = waiting_payment("wd-1", "60.00"), approver()
    approve(first, ann)
    services.cancel(payment=first, reason="a mistake", actor=maker(), now=now())
    second = waiting_payment("wd-2", "60.00")
    approve(second, ann)
    services.withdraw_approval(payment=second, reason="wrong", actor=ann, now=now())
    assert approve(waiting_payment("wd-3", "60.00")).state == "APPROVED"


def test_of_a_customer_counts_by_the_approval_that_stands() -> None:
    """Approved when the dollar was dear, and again when it had become cheap."""
    policy(customer_day=HUNDRED)
    rate_of("USD", "0.90")
    first = quoted(requested(account_of(known_customer(), "ba-usd", currency="USD"), "wd-1", "100.00"))
    approve(first)
    ann = first.live_approvals.get().approver
    services.withdraw_approval(payment=first, reason="too dear", actor=Actor.staff(ann), now=now())
    rate_of("USD", "0.50")
    approve(first)
    assert approve(waiting_payment("wd-2", "100.00")).state == "APPROVED"
    with pytest.raises(errors.LimitReached, match="for this customer"):
        approve(waiting_payment("wd-3", "5.00"))


def test_of_a_customer_counts_what_oceafin_carries_out_against_our_word() -> None:
    policy(customer_day=HUNDRED)
    first = waiting_payment("wd-1", "60.00")
    approve(first)
    services.cancel(payment=first, reason="a mistake", actor=maker(), now=now())
    PaymentRequest.objects.filter(pk=first.pk).update(contradicted=True, contradiction="COMPLETED")
    with pytest.raises(errors.LimitReached, match="for this customer"):
        approve(waiting_payment("wd-2", "60.00"))
