import pytest

from backoffice.audit import Actor
from backoffice.staff.errors import NotAllowed, ReasonNeeded
from backoffice.staff.roles import Role
from payments import errors, services
from payments.models import PaymentRequest
from tests.payments.people import approve, approver, fresh, maker, now, waiting_payment
from tests.payments.policies import in_force, one_approver, policy_of
from tests.people import person

pytestmark = pytest.mark.django_db


def reject(payment: PaymentRequest, by: Actor, reason: str = "unknown invoice") -> None:
    services.reject(payment=payment, reason=reason, actor=by, now=now())


def test_is_never_its_makers() -> None:
    """Whoever asked for it cancels it, so that the trail names no approver who is none."""
    ann = person(Role.PAYMENTS_APPROVER)
    payment = waiting_payment(requested_by=ann.email)
    with pytest.raises(errors.SameApprover, match="Cancel it"):
        reject(payment, Actor.staff(ann))
    assert fresh(payment).state == "PENDING_APPROVAL"


def test_is_of_somebody_whom_the_policy_names() -> None:
    in_force(policy_of(one_approver()))
    payment = waiting_payment()
    with pytest.raises(NotAllowed, match="names others"):
        reject(payment, Actor.staff(person(Role.OPERATIONS_LEAD)))
    for who in (maker(), Actor.staff(person(Role.AUDITOR))):
        with pytest.raises(NotAllowed):
            reject(payment, who)
    assert fresh(payment).state == "PENDING_APPROVAL"


def test_says_why() -> None:
    payment = waiting_payment()
    with pytest.raises(ReasonNeeded):
        reject(payment, approver(), " ")
    assert fresh(payment).state == "PENDING_APPROVAL"


def test_comes_too_late_once_it_is_approved() -> None:
    payment, ann = waiting_payment(), approver()
    approve(payment, ann)
    with pytest.raises(errors.AlreadyDecided):
        reject(payment, ann)
    assert fresh(payment).state == "APPROVED"
