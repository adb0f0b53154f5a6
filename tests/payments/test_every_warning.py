"""Every warning fires, asks for one more approver where the policy says so, and stands beside the approve button."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from backoffice.staff.roles import Role
from customers.models import Customer
from customers.states import Standing
from payments import reconsidering
from payments.accounts.models import Balance
from payments.models import PaymentRequest
from payments.policies.deciding import WARNINGS
from payments.warnings import warnings_of
from tests.customers.conftest import known_customer
from tests.payments.people import account_of, approve, approver, fresh, now, quoted, requested
from tests.payments.policies import in_force, one_approver, policy_of
from tests.payments.test_a_warning import holder, iban, settled
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db


def restricted_since(ada: Customer) -> PaymentRequest:
    payment = requested(account_of(ada))
    Customer.objects.filter(pk=ada.pk).update(standing=Standing.RESTRICTED)
    return payment


def one_digit_off(ada: Customer) -> PaymentRequest:
    account_of(ada)
    return requested(account_of(ada, "ba-2", details=holder(iban=iban("120300000000202052"))))


def shared(ada: Customer) -> PaymentRequest:
    account_of(known_customer("cust-2", display_name="Bob Other"), "ba-9", details=holder("Bob Other"))
    return requested(account_of(ada))


def in_another_name(ada: Customer) -> PaymentRequest:
    return requested(account_of(ada, details=holder("Eve Other")))


def asked_twice(ada: Customer) -> PaymentRequest:
    account = account_of(ada)
    requested(account, "wd-0")
    return requested(account)


def to_somebody_new(ada: Customer) -> PaymentRequest:
    return requested(account_of(ada, old=False))


def to_a_changed_one(ada: Customer) -> PaymentRequest:
    account_of(ada, "old")
    return requested(account_of(ada, "instead", replaces="old"))


def to_the_one_it_replaced(ada: Customer) -> PaymentRequest:
    old = account_of(ada, "old")
    account_of(ada, "instead", replaces="old")
    return requested(old)


def of_more_than_is_left(ada: Customer) -> PaymentRequest:
    account = account_of(ada)
    approve(quoted(requested(account, "wd-0", "60.00")), approver())
    Balance.objects.create(customer=ada, currency="EUR", available="150.00", read_at=now())
    return requested(account)


def far_larger_than_ever(ada: Customer) -> PaymentRequest:
    account = account_of(ada)
    for number in range(3):
        settled(account, f"old-{number}")
    return requested(account, amount="300.01")


SCENES: dict[str, Callable[[Customer], PaymentRequest]] = {
    "CUSTOMER_NOT_CLEAR": restricted_since,
    "LOOK_ALIKE": one_digit_off,
    "SHARED_DESTINATION": shared,
    "NAME_MISMATCH": in_another_name,
    "REPEATED": asked_twice,
    "FIRST_PAYMENT": to_somebody_new,
    "CHANGED_BENEFICIARY": to_a_changed_one,
    "REPLACED_BENEFICIARY": to_the_one_it_replaced,
    "NEW_BENEFICIARY": to_somebody_new,
    "NOT_CONFIRMED": to_somebody_new,
    "OVER_BALANCE": of_more_than_is_left,
    "UNUSUAL": far_larger_than_ever,
}


@pytest.mark.parametrize("code", WARNINGS)
def test_asks_for_one_more_approver_and_says_so_beside_the_button(code: str, client: Client) -> None:
    payment = SCENES[code](known_customer("cust-1", display_name="Ada Example"))
    in_force(policy_of(one_approver(), warnings_add=(code,)))
    reconsidering.reconsider_waiting(now())
    payment = quoted(fresh(payment))
    assert payment.approval_reasons == [code]
    assert payment.approvals_needed == 2
    [sentence] = [each.sentence for each in warnings_of(payment, now=now()) if each.code == code]
    sign_in(client, person(Role.PAYMENTS_APPROVER))
    page = client.get(reverse("payments:approve", args=[payment.payment_ref])).content.decode()
    beside = f'<li>{escape(sentence)} <span class="badge badge--warn"'
    assert beside in page
    assert page.count("Asks for one more approver") == 1
    assert 'name="seen_terms"' in page
