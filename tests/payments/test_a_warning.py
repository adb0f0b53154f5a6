"""What approvers are told to look at, and what of it the policy makes one more approver of."""

from datetime import timedelta

import pgtrigger
import pytest
from django.urls import reverse

from backoffice.staff.roles import Role
from payments import services
from payments.accounts.models import Balance
from payments.models import BankAccount, PaymentRequest
from payments.names import alike
from payments.policies.deciding import Rule
from payments.warnings import warnings_of
from tests.customers.conftest import known_customer
from tests.payments.people import (
    accepted_wallet,
    account_of,
    approve,
    approver,
    conversion_of,
    crypto_requested,
    fresh,
    now,
    quoted,
    rate_of,
    requested,
)
from tests.payments.policies import APPROVER, in_force, one_approver, policy_of, stages
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db


def codes(payment: PaymentRequest) -> set[str]:
    return {warning.code for warning in warnings_of(fresh(payment), now=now())}


def said(payment: PaymentRequest, code: str) -> str:
    return next(each.sentence for each in warnings_of(fresh(payment), now=now()) if each.code == code)


def holder(name: str = "Ada Example", **number: str) -> dict[str, str]:
    return {"accountHolderName": name, **(number or {"iban": "DE02120300000000202051"})}


def iban(bban: str) -> str:
    return f"DE{98 - int(bban + '131400') % 97:02d}{bban}"


def settled(account: BankAccount, ref: str, amount: str = "100.00", days: int = 10) -> None:
    """Paid out so many days ago."""
    requested(account, ref, amount)
    then = now() - timedelta(days=days)
    with pgtrigger.ignore():
        PaymentRequest.objects.filter(payment_ref=ref).update(
            state="SETTLED", state_since=then, created_at=then
        )


@pytest.fixture
def ada():
    return known_customer("cust-1", display_name="Ada Example")


def test_tells_of_a_first_payment_to_somebody_new_whom_nobody_confirmed(ada) -> None:
    payment = requested(account_of(ada, old=False))
    assert codes(payment) == {"FIRST_PAYMENT", "NEW_BENEFICIARY", "NOT_CONFIRMED"}


def test_is_silent_where_all_is_as_ever(ada) -> None:
    account = account_of(ada, now=now() - timedelta(days=30))
    settled(account, "wd-0")
    services.confirm_beneficiary(
        payee=account, evidence="CALL_BACK", note="Called.", actor=approver(), now=now()
    )
    assert codes(requested(account)) == set()


def test_tells_of_a_destination_of_another_customer_and_of_one_that_only_looks_like_it(ada) -> None:
    bob = known_customer("cust-2", display_name="Bob Other")
    account_of(bob, "ba-9", details=holder("Bob Other"))
    payment = requested(account_of(ada))
    assert said(payment, "SHARED_DESTINATION").endswith("ba-9 of customer cust-2.")
    assert "LOOK_ALIKE" not in codes(payment)

    one_off = account_of(ada, "ba-2", details=holder(iban=iban("120300000000202052")))
    alike_payment = requested(one_off, "wd-2")
    assert "LOOK_ALIKE" in codes(alike_payment)
    assert "SHARED_DESTINATION" not in codes(alike_payment)
    two_off = account_of(ada, "ba-3", details=holder(iban=iban("120300000000202163")))
    assert "LOOK_ALIKE" not in codes(requested(two_off, "wd-3"))


def test_tells_of_an_address_that_begins_and_ends_like_another(ada) -> None:
    known = accepted_wallet(ada)
    other = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"
    looks = other[:20] + "0000" + other[24:]
    fake = accepted_wallet(ada, "wallet-2", address=looks)
    assert fake.address_fingerprint != known.address_fingerprint
    rate_of("USDC")
    assert "wallet-1 (customer cust-1)" in said(crypto_requested(fake), "LOOK_ALIKE")
    assert "NAME_MISMATCH" not in codes(PaymentRequest.objects.get())


@pytest.mark.parametrize(
    ("name", "is_told"), [("Example, Ada", False), ("A. Example", False), ("Eve Other", True)]
)
def test_tells_of_a_name_that_is_not_the_customers(ada, name: str, is_told: bool) -> None:
    payment = requested(account_of(ada, details=holder(name)))
    assert ("NAME_MISMATCH" in codes(payment)) == is_told


def test_tells_what_the_bank_said_of_the_name(ada) -> None:
    account = account_of(ada)
    services.confirm_beneficiary(
        payee=account,
        evidence="PAYEE_NAME_CHECK",
        result="NONE",
        note="Asked.",
        actor=approver(),
        now=now(),
    )
    assert "another name" in said(requested(account), "NAME_MISMATCH")


def test_tells_of_the_same_again_and_of_what_is_unusual(ada) -> None:
    account = account_of(ada)
    for number in range(3):
        settled(account, f"old-{number}")
    first = requested(account, "wd-1", "300.00")
    assert not codes(first) & {"REPEATED", "UNUSUAL"}
    assert "wd-1" in said(requested(account, "wd-2", "300.00"), "REPEATED")
    assert "100.00 EUR" in said(requested(account, "wd-3", "300.01"), "UNUSUAL")


def test_counts_what_is_on_its_way_against_the_balance(ada) -> None:
    account = account_of(ada)
    Balance.objects.update_or_create(
        customer=ada, currency="EUR", network="", defaults={"available": "150.00", "read_at": now()}
    )
    payment = requested(account, "wd-2")
    assert "OVER_BALANCE" not in codes(payment)
    approve(quoted(requested(account, "wd-1", "50.01")))
    assert said(payment, "OVER_BALANCE").startswith("It is 0.01 EUR more than is left")


def test_counts_a_token_of_a_conversion_on_all_its_networks(ada) -> None:
    for network, available in (("ETHEREUM", "100.5"), ("POLYGON", "49.5")):
        Balance.objects.create(
            customer=ada, currency="USDC", network=network, available=available, pending="1", read_at=now()
        )
    sells = {"sellCurrency": "USDC", "buyCurrency": "EUR"}
    assert "OVER_BALANCE" not in codes(conversion_of(ada, "cv-1", "150.00", **sells))
    more = conversion_of(ada, "cv-2", "150.01", **sells)
    assert said(more, "OVER_BALANCE").startswith("It is 0.010000 USDC more than is left: the balance is 150.")


def test_counts_a_token_of_a_conversion_on_its_only_network_with_what_leaves_there(ada) -> None:
    Balance.objects.create(customer=ada, currency="USDC", network="ETHEREUM", available="100", read_at=now())
    converts = conversion_of(ada, "cv-1", "60.00", sellCurrency="USDC", buyCurrency="EUR")
    assert "OVER_BALANCE" not in codes(converts)
    rate_of("USDC")
    approve(quoted(crypto_requested(accepted_wallet(ada), amount="50")))
    assert "10.000000 USDC more than is left" in said(converts, "OVER_BALANCE")


def test_costs_four_queries(ada, django_assert_max_num_queries) -> None:
    payment = fresh(requested(account_of(ada)))
    Balance.objects.update_or_create(
        customer=ada, currency="EUR", network="", defaults={"available": "1.00", "read_at": now()}
    )
    payment.customer.refusal_reason()
    with django_assert_max_num_queries(6):
        warnings_of(payment, now=now())


def test_asks_for_one_more_approver_only_where_the_policy_says_so(ada) -> None:
    account = account_of(ada)
    assert quoted(requested(account)).approvals_needed == 1
    in_force(policy_of(one_approver(), warnings_add=("FIRST_PAYMENT", "NOT_CONFIRMED")))
    payment = quoted(requested(account, "wd-2"))
    assert payment.approvals_needed == 2
    assert payment.approval_reasons == ["FIRST_PAYMENT", "NOT_CONFIRMED"]
    assert approve(payment).state == "PENDING_APPROVAL"
    assert approve(payment).state == "APPROVED"


def test_that_came_up_since_asks_the_first_approver_for_another(ada) -> None:
    in_force(policy_of(one_approver(), warnings_add=("REPEATED",)))
    account = account_of(ada)
    payment = quoted(requested(account))
    assert payment.approvals_needed == 1
    requested(account, "wd-2")
    payment = approve(payment)
    assert (payment.state, payment.approvals_needed) == ("PENDING_APPROVAL", 2)
    assert approve(payment).state == "APPROVED"


def test_that_comes_after_an_approval_asks_for_nobody_more(ada) -> None:
    """Whoever approved did so under the rules of that moment, and who is still missing sees the warning."""
    in_force(policy_of(Rule(stages=stages((2, APPROVER))), warnings_add=("REPEATED",)))
    account = account_of(ada)
    payment = quoted(requested(account, "wd-1", "100.00"))
    approve(payment)
    quoted(requested(account, "wd-2", "100.00"))
    payment = approve(payment)
    assert (payment.state, payment.approvals_needed) == ("APPROVED", 2)


def test_stands_beside_the_button_and_in_the_queue(ada, client) -> None:
    payment = quoted(requested(account_of(ada)))
    assert payment.warned_of == ["FIRST_PAYMENT", "NEW_BENEFICIARY", "NOT_CONFIRMED"]
    sign_in(client, person(Role.PAYMENTS_APPROVER))
    sentence = "It is the first payment to this beneficiary."
    for url in (
        reverse("admin:payments_paymentrequest_change", args=[payment.pk]),
        reverse("payments:approve", args=[payment.payment_ref]),
    ):
        assert sentence in client.get(url).content.decode()
    assert "3 warnings" in client.get(reverse("payments:queue")).content.decode()


@pytest.mark.parametrize(
    ("one", "is_same"),
    [
        ("ada example", True),
        ("ada example maria", True),
        ("a example", True),
        ("ada exampel", True),
        ("eve other", False),
        ("", False),
        ("a", False),
    ],
)
def test_compares_names_with_care(one: str, is_same: bool) -> None:
    assert alike(one, "ada example") == is_same
