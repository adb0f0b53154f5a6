"""The button is there for who can use it now, and for nobody else."""

import pytest

from backoffice.staff.roles import Role
from payments.policies.deciding import Rule
from payments.services import may_approve, reject, withdraw_approval
from tests.customers.conftest import known_customer
from tests.payments.people import (
    account_of,
    approve,
    approver,
    fresh,
    now,
    requested,
    user_of,
    waiting_payment,
)
from tests.payments.policies import APPROVER, LEAD, in_force, policy_of, stages
from tests.people import actor, person

pytestmark = pytest.mark.django_db


def test_is_for_others_than_the_maker_until_they_have_said_yes() -> None:
    ann, bob = person(Role.PAYMENTS_APPROVER), person(Role.PAYMENTS_APPROVER)
    payment = waiting_payment(amount="20000.00", requested_by=bob.email)
    assert may_approve(payment, ann)
    assert not may_approve(payment, bob)
    approve(payment, actor(ann))
    assert not may_approve(fresh(payment), ann)
    withdraw_approval(payment=payment, reason="wrong", actor=actor(ann), now=now())
    assert may_approve(fresh(payment), ann)


def test_is_for_whom_the_open_stage_names() -> None:
    in_force(policy_of(Rule(stages=stages((1, APPROVER), (1, LEAD)))))
    payment, ann, olga = waiting_payment(), approver(), person(Role.OPERATIONS_LEAD)
    assert not may_approve(payment, olga)
    approve(payment, ann)
    assert may_approve(fresh(payment), olga)
    assert not may_approve(fresh(payment), user_of(approver()))


def test_is_not_there_before_there_is_a_quote_nor_after_the_decision() -> None:
    ann = user_of(approver())
    payment = requested(account_of(known_customer()))
    assert not may_approve(fresh(payment), ann)
    approved, rejected = waiting_payment("wd-2"), waiting_payment("wd-3")
    approve(approved)
    reject(payment=rejected, reason="unknown invoice", actor=approver(), now=now())
    assert not may_approve(fresh(approved), ann)
    assert not may_approve(fresh(rejected), ann)
