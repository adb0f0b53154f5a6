"""Why it waits: for what, since when, who can move it, and what happens by itself and when."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from backoffice.audit import Actor
from backoffice.oceafin import breaker
from backoffice.oceafin.models import Submission
from backoffice.staff.roles import Role
from customers import services as customers
from customers.models import Customer
from payments import gates, services
from payments.accounts import switches
from payments.capabilities.models import NEEDS_INFO, WithdrawalCapability
from payments.models import BankAccount, ExchangeRate, PaymentRequest
from payments.policies.deciding import Rule
from payments.states import PAYMENT, PaymentState
from payments.waiting import Waits, waits_for
from tests.customers.conftest import known_customer
from tests.payments.people import (
    account_of,
    approve,
    approver,
    fresh,
    maker,
    now,
    open_money_out,
    quoted,
    requested,
    waiting_payment,
)
from tests.payments.policies import APPROVER, LEAD, in_force, policy_of, stages
from tests.payments.test_the_time_of_a_payment import closed_today, set_hours
from tests.people import person

pytestmark = pytest.mark.django_db
UNENDED = [state for state in PaymentState if state not in PAYMENT.final]


def read(payment: PaymentRequest) -> Waits:
    return waits_for(fresh(payment), now=now())


def lead() -> Actor:
    return Actor.staff(person(Role.OPERATIONS_LEAD))


def stands_at(payment: PaymentRequest, state: PaymentState) -> PaymentRequest:
    payment.state = state
    return payment


def test_is_said_in_each_state_of_each_kind(kind: str) -> None:
    payment = waiting_payment(kind=kind)
    for state in UNENDED:
        waits = waits_for(stands_at(fresh(payment), state), now=now())
        assert waits.what, state
        assert isinstance(waits.since, datetime), state
        assert waits.who or waits.by_itself, state


def test_is_said_in_each_state_whatever_was_written_to_oceafin(kind: str) -> None:
    open_money_out()
    payment = approve(waiting_payment(kind=kind))
    letter = Submission.objects.filter(subject_id=str(payment.pk)).latest("id")
    for letter_state in ("QUEUED", "UNCONFIRMED", "HELD"):
        Submission.objects.filter(pk=letter.pk).update(state=letter_state)
        for state in UNENDED:
            waits = waits_for(stands_at(fresh(payment), state), now=now())
            assert waits.what, state
            assert waits.since, state
            assert waits.who or waits.by_itself, state


# --- Before it is approved ----------------------------------------------------------------------------------------


def test_names_the_people_of_the_stage_that_is_open() -> None:
    in_force(policy_of(Rule(stages=stages((1, APPROVER), (1, LEAD)))))
    payment = waiting_payment()
    waits = read(payment)
    assert waits.what == "0 of 2 approvals: now it needs one payments approver."
    assert waits.who == "Anybody of them but its maker."
    assert f"{payment.approval_deadline_at:%-d %B %Y, %H:%M} UTC" in waits.by_itself
    approve(payment, approver())
    waits = read(payment)
    assert waits.what == "1 of 2 approvals: now it needs one operations lead."
    assert "who approved it already" in waits.who


def not_quoted() -> PaymentRequest:
    return requested(account_of(known_customer()))


def quote_refused() -> PaymentRequest:
    payment = not_quoted()
    PaymentRequest.objects.update(waits_for="Oceafin gives no quote (too much). Ask again, or reject it.")
    return payment


def with_policy(change: Callable[[PaymentRequest], dict[str, Any]]) -> PaymentRequest:
    payment = waiting_payment()
    PaymentRequest.objects.update(policy=payment.policy | change(payment))
    return payment


def refused_by_policy() -> PaymentRequest:
    return with_policy(lambda payment: {"stages": [], "sentence": "Everything else: refused."})


def beneficiary_unconfirmed() -> PaymentRequest:
    return with_policy(lambda payment: {"confirmed_first": True})


def beneficiary_on_its_way() -> PaymentRequest:
    payment = waiting_payment()
    BankAccount.objects.update(oceafin_status="PENDING")
    return payment


def beneficiary_refused() -> PaymentRequest:
    payment = waiting_payment()
    BankAccount.objects.update(refusal="PARTNER_VALIDATION_FAILED: no such bank")
    return payment


def currency_asked_about() -> PaymentRequest:
    payment = waiting_payment()
    WithdrawalCapability.objects.create(
        customer=payment.customer, currency="EUR", status=NEEDS_INFO, status_since=now(), read_at=now()
    )
    return payment


def no_rate() -> PaymentRequest:
    account = account_of(known_customer(), currency="GBP")
    payment = quoted(requested(account))
    assert not ExchangeRate.objects.exists()
    return payment


def restricted() -> PaymentRequest:
    payment = waiting_payment()
    compliance = Actor.staff(person(Role.COMPLIANCE_LEAD))
    customers.change_standing(
        payment.customer, standing="RESTRICTED", reason="a letter", actor=compliance, now=now()
    )
    return payment


def not_approved_there() -> PaymentRequest:
    payment = waiting_payment()
    Customer.objects.update(oceafin_status="PROCESSING")
    return payment


def held() -> PaymentRequest:
    payment = waiting_payment()
    return services.hold(payment=payment, reason="a phone call", actor=approver(), now=now())


@pytest.mark.parametrize(
    ("arrange", "what", "who"),
    [
        (not_quoted, "Waits for Oceafin's quote", ""),
        (quote_refused, "Oceafin gives no quote", "An approver asks Oceafin again"),
        (refused_by_policy, "The policy does not let it go: Everything else", "two administrators change"),
        (beneficiary_unconfirmed, "has to confirm ba-1 first", "who did not add it"),
        (beneficiary_on_its_way, "has not accepted this bank account yet", ""),
        (beneficiary_refused, "Add another one", "An approver rejects it"),
        (currency_asked_about, "Oceafin asks for more before it pays out in EUR", "A payments maker answers"),
        (no_rate, "no exchange rate from GBP to EUR", "An operations lead enters one"),
        (restricted, "restricted by us", "A compliance lead decides"),
        (not_approved_there, "its status there is PROCESSING", ""),
        (held, "holds it", "An operations lead releases it"),
    ],
)
def test_is_what_keeps_it_from_being_approved(
    arrange: Callable[[], PaymentRequest], what: str, who: str
) -> None:
    payment = arrange()
    waits = read(payment)
    assert what in waits.what
    assert who in waits.who
    assert bool(who) == bool(waits.who)
    assert waits.since is not None
    assert "It expires if nobody decides by" in waits.by_itself


# --- Approved -----------------------------------------------------------------------------------------------------


def money_out_stopped(payment: PaymentRequest) -> None:
    services.stop_money_out(reason="a phone call", actor=maker(), now=now())


def out_of_hours(payment: PaymentRequest) -> None:
    set_hours(closed_today())


def operation_off(payment: PaymentRequest) -> None:
    switches.remember("createFiatWithdrawal", code="PARTNER_PRODUCT_DISABLED", detail="Not yet.", now=now())


def customer_not_approved(payment: PaymentRequest) -> None:
    Customer.objects.update(oceafin_status="SUSPENDED")


def beneficiary_gone(payment: PaymentRequest) -> None:
    BankAccount.objects.update(oceafin_status="REJECTED")


@pytest.mark.parametrize(
    ("arrange", "who", "by_itself"),
    [
        (money_out_stopped, "Two administrators open", "within seconds"),
        (out_of_hours, "can hold it", "It leaves by itself then"),
        (operation_off, "An operations lead has it checked again", "within a minute"),
        (customer_not_approved, "", "once Oceafin has approved the customer"),
        (beneficiary_gone, "cancels it and asks for another one", ""),
    ],
)
def test_is_what_keeps_it_from_leaving_in_the_words_of_its_gate(
    arrange: Callable[[PaymentRequest], None], who: str, by_itself: str
) -> None:
    open_money_out()
    payment = approve(waiting_payment())
    arrange(payment)
    stop = gates.blocked(fresh(payment), now())
    waits = read(payment)
    assert stop is not None
    assert waits.what == stop.reason
    assert who in waits.who
    assert by_itself in waits.by_itself
    assert waits.since is not None


def test_is_a_pause_of_all_sending_and_until_when() -> None:
    open_money_out()
    payment = approve(waiting_payment())
    later = now() + timedelta(seconds=1)
    breaker.open_breaker(reason="Oceafin does not accept our sign-in.", now=later)
    waits = read(payment)
    assert waits.what == "Sending to Oceafin is paused: Oceafin does not accept our sign-in."
    assert waits.since == later
    assert "then everything goes on" in waits.by_itself


def test_is_a_held_letter_and_who_releases_it() -> None:
    open_money_out()
    payment = approve(waiting_payment())
    sending = Submission.objects.filter(kind="withdrawal.sending_quote")
    sending.update(state="HELD", waits_for="It may have left.")
    waits = read(payment)
    assert waits.what == "Held: It may have left."
    assert "An operations lead" in waits.who
    assert "Nothing more is sent" in waits.by_itself


def test_names_when_a_letter_is_tried_again() -> None:
    open_money_out()
    payment = approve(waiting_payment())
    due = now() + timedelta(minutes=9)
    Submission.objects.filter(subject_id=str(payment.pk)).update(due_at=due)
    assert f"at {due:%-d %B %Y, %H:%M:%S} UTC" in read(payment).by_itself


@pytest.mark.parametrize(("kind", "who"), [("FIAT_WITHDRAWAL", "A payments maker"), ("CONVERSION", "lead")])
def test_names_who_answers_what_oceafin_asks(kind: str, who: str) -> None:
    payment = stands_at(waiting_payment(kind=kind), PaymentState.NEEDS_INFO)
    assert who in waits_for(payment, now=now()).who
