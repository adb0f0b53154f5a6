"""Who counts as the maker of what the partner's system asks for: its token, the owner of that token, whom it names."""

import pytest

from backoffice.audit import Actor
from backoffice.staff.models import ApiClient, User
from backoffice.staff.roles import Role
from payments import errors
from tests.payments.people import approve, now, waiting_payment
from tests.people import actor, person

pytestmark = pytest.mark.django_db


def token(name: str, owner: User) -> ApiClient:
    return ApiClient.objects.create(
        name=name, scopes=["payments"], asked_at=now(), confirmed_at=now(), from_shell=True, owner=owner
    )


@pytest.fixture
def ann() -> User:
    return person(Role.PAYMENTS_APPROVER)


@pytest.fixture
def bob() -> User:
    return person(Role.PAYMENTS_APPROVER)


def test_is_the_owner_of_the_very_token_and_of_no_other(ann: User, bob: User) -> None:
    token("shop", bob)
    payment = waiting_payment(by=Actor.api(token("erp", ann)))
    assert (payment.source, payment.maker_user_ids) == ("API", [ann.pk])
    with pytest.raises(errors.SameApprover):
        approve(payment, actor(ann))
    assert approve(payment, actor(bob)).state == "APPROVED"


def test_is_who_owns_the_token_by_now_and_who_owned_it_then(ann: User, bob: User) -> None:
    erp = token("erp", ann)
    payment = waiting_payment(by=Actor.api(erp))
    ApiClient.objects.filter(pk=erp.pk).update(owner=bob)
    for who in (ann, bob):
        with pytest.raises(errors.SameApprover):
            approve(payment, actor(who))
    assert not payment.approvals.exists()


def test_is_who_goes_by_the_name_by_now(ann: User) -> None:
    payment = waiting_payment(requested_by="Zoe Later")
    User.objects.filter(pk=ann.pk).update(display_name="Zoe Later")
    with pytest.raises(errors.SameApprover):
        approve(payment, actor(ann))
