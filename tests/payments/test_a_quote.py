"""A quote is asked for again by people, and what it does not say nobody approves."""

from decimal import Decimal

import pytest

from backoffice.audit import Actor
from backoffice.oceafin import kinds
from backoffice.oceafin.models import Submission
from backoffice.staff.errors import NotAllowed
from backoffice.staff.roles import Role
from customers.models import Customer
from payments import errors, services
from payments.letters import letters_of
from payments.models import PaymentRequest, Quote, QuotePurpose
from payments.outcomes import settle_shown_quote, take_shown_quote
from tests.customers.conftest import known_customer
from tests.payments.people import (
    account_of,
    approve,
    approver,
    fresh,
    maker,
    now,
    quoted,
    requested,
    waiting_payment,
)
from tests.people import person

pytestmark = pytest.mark.django_db


def answered() -> None:
    """No quote is under way."""
    Submission.objects.filter(state="QUEUED").update(state="ACCEPTED")


def asked_again(payment: PaymentRequest) -> None:
    services.refresh_quote(payment=payment, actor=approver(), now=now())


def looked_at(payment: PaymentRequest, by: Actor | None = None) -> bool:
    return services.freshen_quote(payment=payment, actor=by or approver(), now=now())


def test_is_asked_for_again_once_at_a_time() -> None:
    payment = waiting_payment()
    with pytest.raises(errors.QuoteUnderWay):
        asked_again(payment)
    answered()
    asked_again(payment)
    assert Submission.objects.filter(kind="withdrawal.quote", state="QUEUED").count() == 1


def test_is_asked_for_no_more_once_it_is_decided_or_the_customer_is_stopped() -> None:
    payment = waiting_payment()
    answered()
    Customer.objects.update(standing="RESTRICTED")
    with pytest.raises(errors.CustomerRestricted):
        asked_again(payment)
    assert not looked_at(payment)
    Customer.objects.update(standing="ACTIVE")
    approve(payment)
    with pytest.raises(errors.AlreadyDecided):
        asked_again(payment)


def test_is_asked_for_by_nobody_who_looks_once_its_payment_is_approved() -> None:
    """The quote that it is sent with would no longer be its newest, and it would never leave."""
    payment = quoted(waiting_payment(), lives=-1)
    answered()
    approve(payment)
    number = fresh(payment).quote_number
    assert not looked_at(payment)
    assert fresh(payment).quote_number == number


def test_is_asked_for_by_who_may_see_payments() -> None:
    payment = waiting_payment()
    answered()
    with pytest.raises(NotAllowed):
        services.refresh_quote(
            payment=payment, actor=Actor.staff(person(Role.COMPLIANCE_REVIEWER)), now=now()
        )


def test_that_is_better_becomes_the_terms_as_long_as_nobody_approved() -> None:
    assert quoted(waiting_payment(), fee="0.50").highest_fee == Decimal("0.50")


def test_that_no_kind_gives_is_not_asked_for() -> None:
    with pytest.raises(errors.NoQuotes):
        asked_again(waiting_payment(kind="REFUND"))


def test_that_lives_is_not_asked_for_by_who_looks() -> None:
    payment = waiting_payment()
    answered()
    assert not looked_at(payment)
    quoted(payment, lives=10)
    with pytest.raises(NotAllowed):
        looked_at(payment, Actor.staff(person(Role.PAYMENTS_MAKER)))
    assert looked_at(payment)
    assert not looked_at(payment)


def test_that_does_not_say_what_it_costs_is_approved_by_nobody() -> None:
    payment = waiting_payment()
    digest = payment.terms_digest
    silent = Quote(payment=payment, number=9, purpose=QuotePurpose.SHOWN, received_at=now())
    take_shown_quote(payment, silent, now=now())
    assert fresh(payment).terms_digest == digest
    assert "does not say what it costs" in fresh(payment).waits_for


def test_whose_answer_was_lost_is_not_taken_for_refused() -> None:
    payment = requested(account_of(known_customer()))
    settle_shown_quote(letters_of(payment).get(), kinds.Unconfirmed("No answer came."), now())
    assert fresh(payment).waits_for == ""


@pytest.mark.parametrize("answer", ["a quote", "no quote"])
def test_that_comes_after_its_payment_was_cancelled_changes_nothing(answer: str) -> None:
    payment = requested(account_of(known_customer()))
    [asked] = letters_of(payment)
    services.cancel(payment=payment, reason="a mistake", actor=maker(), now=now())
    said = {"quoteId": "q-1", "feeAmount": "1.00", "feeCurrency": "EUR"}
    said |= {"receiveAmount": "99.00", "receiveCurrency": "EUR"}
    outcome = (
        kinds.Accepted(said, "reply")
        if answer == "a quote"
        else kinds.Refused("PARTNER_LIMIT_EXCEEDED", "Too much.")
    )
    settle_shown_quote(asked, outcome, now())
    payment = fresh(payment)
    assert (payment.state, payment.waits_for, payment.terms_digest) == ("CANCELLED", "", "")
