"""What is a conversion's own, against the stand-in Oceafin. What holds for every kind is in `test_every_kind`."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError

from backoffice import references
from backoffice.audit import Actor
from backoffice.oceafin.models import Submission
from backoffice.staff.roles import Role
from customers.models import Customer
from payments import errors, letters, rates, terms
from payments.models import PaymentRequest
from payments.policy import DAY_ONE
from tests.customers.conftest import known_customer
from tests.payments.people import (
    approve,
    conversion_of,
    deliver,
    deliver_once,
    fresh,
    now,
    open_money_out,
    sql,
    waiting_payment,
)
from tests.payments.test_a_payout import approved_customer, poll, states_of
from tests.payments.test_a_payout import tell as tell_of
from tests.people import person
from tests.simulator.driver import SimulatorProcess

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def customer(oceafin: SimulatorProcess) -> Customer:
    open_money_out()
    lead, rate = Actor.staff(person(Role.OPERATIONS_LEAD)), Decimal("0.92")
    for currency in ("USD", "USDC"):
        rates.enter_rate(currency=currency, rate=rate, source="the test", at=now(), actor=lead, now=now())
    return approved_customer(oceafin)


def asked(customer: Customer, ref: str = "cv-1", amount: str = "100.00", **more: Any) -> PaymentRequest:
    payment = conversion_of(customer, ref, amount, **more)
    deliver()
    return fresh(payment)


def move_rate(oceafin: SimulatorProcess, percent: str, pair: str = "EUR/USD") -> None:
    """From here on what is sold gives so many percent more (or less) than it did."""
    rate = Decimal(1) / Decimal("0.92") * (1 + Decimal(percent) / 100)
    oceafin.set(conversionRates={pair: f"{rate:.10f}"})


UNFIT: list[tuple[dict[str, str], str, str]] = [
    ({"buyCurrency": "EUR"}, "buyCurrency", "are the same currency"),
    ({"sellCurrency": "eur"}, "sellCurrency", "ISO 4217"),
    ({"buyCurrency": "DOGE"}, "buyCurrency", "how many digits"),
    ({"sellAmount": "1.00", "buyAmount": "1.00"}, "sellAmount", "not both"),
    ({"sellAmount": ""}, "sellAmount", "either what is sold or what is bought"),
    ({"sellAmount": "0"}, "sellAmount", "more than 0"),
    ({"sellAmount": "0.001"}, "sellAmount", "2 digits after the point"),
    ({"sellAmount": "1e-30"}, "sellAmount", "in digits"),
    ({"sellAmount": "NaN"}, "sellAmount", "in digits"),
    ({"sellAmount": " 1.00"}, "sellAmount", "in digits"),
    ({"sellAmount": "1" + "0" * 18}, "sellAmount", "larger than any"),
    ({"buyCurrency": "JPY", "buyAmount": "100.50"}, "buyAmount", "0 digits after the point"),
    ({"buyCurrency": "USDC", "buyAmount": "0.0000001"}, "buyAmount", "6 digits after the point"),
]


class TestIsRefused:
    def test_with_a_sentence_before_anything_is_kept(self) -> None:
        customer = known_customer()
        for more, field, sentence in UNFIT:
            with pytest.raises(errors.Unfit, match=sentence) as refusal:
                conversion_of(customer, **more)
            assert refusal.value.field == field, more
        assert not PaymentRequest.objects.exists()

    def test_by_the_database_where_both_sides_are_one_currency(self) -> None:
        payment = waiting_payment(kind="CONVERSION")
        with pytest.raises(DatabaseError):
            sql("UPDATE payments_paymentrequest SET other_currency = 'GBP' WHERE id = %s", payment.pk)
        with pytest.raises(DatabaseError, match="payment_goes_where_its_kind_goes"):
            PaymentRequest.objects.create(**copied(payment, other_currency=payment.currency))

    def test_by_the_database_where_the_price_changes_after_an_approval(self) -> None:
        payment = waiting_payment(kind="CONVERSION", amount="20000.00")
        approve(payment)
        assert fresh(payment).state == "PENDING_APPROVAL"
        with pytest.raises(DatabaseError, match="were approved and stand"):
            sql("UPDATE payments_paymentrequest SET most_paid = 1 WHERE id = %s", payment.pk)


def copied(payment: PaymentRequest, **changes: Any) -> dict[str, Any]:
    columns = {field.attname: getattr(payment, field.attname) for field in payment._meta.concrete_fields}
    return {**columns, "id": None, "payment_ref": "copy", "state": "DRAFT", **changes}


def test_shows_what_is_bought_and_the_fee_for_what_is_sold(oceafin, customer) -> None:
    payment = asked(customer)
    assert (payment.amount, payment.currency, payment.other_currency) == (100, "EUR", "USD")
    assert (payment.least_received, payment.receive_currency) == (Decimal("108.47"), "USD")
    assert (payment.highest_fee, payment.fee_currency, payment.most_paid) == (Decimal("0.20"), "EUR", None)
    [request] = oceafin.requests("createConversionQuote")
    assert request["outcome"] == "answered"


def test_shows_what_is_sold_for_what_is_bought(oceafin, customer) -> None:
    payment = asked(customer, buyAmount="108.00")
    assert (payment.amount, payment.currency, payment.other_currency) == (108, "USD", "EUR")
    assert (payment.least_received, payment.receive_currency) == (108, "USD")
    assert payment.most_paid == Decimal("99.57")
    assert payment.leaving == (payment.most_paid, "EUR", "")
    approve(payment)
    deliver()
    [effect] = oceafin.conversions()
    assert (effect["currency"], effect["amount"]) == ("EUR", "99.57")
    assert (effect["receiveCurrency"], effect["receiveAmount"]) == ("USD", "108.00")


def test_of_a_token_stands_by_its_symbol(oceafin, customer) -> None:
    payment = asked(customer, buyCurrency="USDC", buyAmount="50.000001")
    approve(payment)
    deliver()
    oceafin.step(3)
    assert poll(payment).state == "SETTLED"
    [came] = [entry for entry in oceafin.book() if entry["kind"] == "CONVERTED"]
    assert (came["amount"], came["currency"], came["network"]) == ("50.000001", "USDC", "ETHEREUM")


def test_says_what_it_came_to(oceafin, customer) -> None:
    payment = asked(customer)
    approve(payment)
    deliver()
    payment = fresh(payment)
    assert (payment.sold, payment.bought, payment.charged_fee) == (100, Decimal("108.47"), Decimal("0.20"))
    assert payment.done_rate == "1.0869565217"


def test_is_sent_by_its_draft_alone(oceafin, customer) -> None:
    payment = asked(customer)
    approve(payment)
    deliver()
    assert states_of(payment) == ["PENDING_APPROVAL", "APPROVED", "SENDING", "SENT"]
    kinds = [letter.kind for letter in letters.letters_of(payment)]
    assert kinds == ["conversion.quote", "conversion.sending_quote", "conversion.draft"]
    draft = payment.drafts.get()
    body = letters.body_of(letters.letters_of(payment).last())
    assert body.keys() == {"conversionRef", "quoteId", "operationAuthorization"}
    assert (body["conversionRef"], body["quoteId"]) == ("cv-1", draft.quote.oceafin_quote_id)
    assert oceafin.conversions()[0]["operationHash"] == draft.operation_hash


class TestIsWorseThanApproved:
    @pytest.mark.parametrize("percent", ["3", "-0.4"])
    def test_and_goes_on_within_the_tolerance(self, oceafin, customer, percent: str) -> None:
        payment = asked(customer)
        approve(payment)
        move_rate(oceafin, percent)
        deliver()
        assert fresh(payment).state == "SENT"
        assert not fresh(payment).contradicted

    def test_and_goes_back_to_the_approvers_beyond_it(self, oceafin, customer) -> None:
        payment = asked(customer)
        approve(payment)
        move_rate(oceafin, "-0.6")
        deliver()
        payment = fresh(payment)
        assert payment.state == "PENDING_APPROVAL"
        assert payment.terms_difference == (
            "Now 107.82 USD would arrive; approved was at least 108.47 USD (-0.60 %)."
        )
        assert payment.least_received == Decimal("107.82")
        assert oceafin.conversions() == []
        approve(payment)
        deliver()
        assert fresh(payment).state == "SENT"

    def test_of_a_fixed_purchase_is_what_is_sold(self, oceafin, customer) -> None:
        payment = asked(customer, buyAmount="108.00")
        approve(payment)
        move_rate(oceafin, "-0.6")
        deliver()
        assert fresh(payment).terms_difference == (
            "Now 100.16 EUR would be sold; approved was at most 99.57 EUR (+0.60 %)."
        )

    def test_by_the_rules_that_it_was_asked_for_under(self, oceafin, customer) -> None:
        """What today's rules say is another matter."""
        payment = asked(customer)
        assert payment.policy["tolerance"] == "0.005"
        assert terms.tolerance_of(payment) == DAY_ONE.tolerance_for("CONVERSION") * 100
        PaymentRequest.objects.filter(pk=payment.pk).update(policy={**payment.policy, "tolerance": "0"})
        approve(payment)
        move_rate(oceafin, "-0.4")
        deliver()
        assert fresh(payment).state == "PENDING_APPROVAL"

    @pytest.mark.parametrize("lost", [False, True])
    def test_when_it_was_carried_out_already_is_kept_and_shown(self, oceafin, customer, lost: bool) -> None:
        """Nobody could look at a draft first: what happened stands, and a person sees the difference."""
        payment = asked(customer)
        approve(payment)
        oceafin.set(conversionSlip="2")
        if lost:
            oceafin.fault("lose_response", operation="^createConversion$")
        while letters.open_letter(payment) is not None:
            deliver_once()
        payment = fresh(payment)
        assert (payment.state, payment.contradicted) == ("SENT", True)
        assert "Now 106.30 USD would arrive; approved was at least 108.47 USD" in payment.contradiction
        assert payment.bought == Decimal("106.30")
        oceafin.step(3)
        assert poll(payment).state == "SETTLED"
        assert fresh(payment).contradicted
        assert len(oceafin.conversions()) == 1


def test_takes_a_new_quote_where_the_first_ran_out(oceafin, customer) -> None:
    payment = asked(customer)
    approve(payment)
    oceafin.fault("status", operation="^createConversion$", status=409, code="PARTNER_QUOTE_EXPIRED")
    deliver()
    payment = fresh(payment)
    assert payment.state == "SENT"
    assert [draft.draft_ref for draft in payment.drafts.order_by("number")] == ["cv-1", "cv-1-2"]
    assert len(oceafin.conversions()) == 1


class TestWhoseQuoteWasLost:
    def test_finds_it_in_the_list_and_reads_it_by_its_id(self, oceafin, customer) -> None:
        oceafin.fault("lose_response", operation="^createConversionQuote$")
        payment = asked(customer)
        [offered] = oceafin.resources("conversion_quote")
        assert payment.shown_quote.oceafin_quote_id == offered["resourceId"]
        assert payment.terms_digest
        assert len(oceafin.requests("createConversionQuote")) == 1
        assert len(oceafin.requests("getConversionQuote")) == 1

    def test_takes_none_that_ran_out_or_is_of_other_terms(self, oceafin, customer) -> None:
        first = asked(customer, "cv-0", "99.00")
        oceafin.fault("lose_response", operation="^createConversionQuote$")
        oceafin.set(quoteLifetime=-1)
        conversion_of(customer)
        deliver_once()
        oceafin.set(quoteLifetime=120)
        oceafin.forget_keys()
        deliver()
        payment = PaymentRequest.objects.get(payment_ref="cv-1")
        assert len(oceafin.requests("createConversionQuote")) == 3
        assert payment.shown_quote.is_live(now())
        assert payment.shown_quote.oceafin_quote_id != first.shown_quote.oceafin_quote_id


def test_that_oceafin_carried_out_after_a_refusal_is_contradicted(oceafin, customer) -> None:
    """The event names our reference, and the letter here is final."""
    payment = asked(customer)
    approve(payment)
    oceafin.fault(
        "status", operation="^createConversion$", status=403, code="PARTNER_SCOPE_DENIED_TODAY", book=True
    )
    deliver()
    assert fresh(payment).state == "FAILED"
    assert Submission.objects.get(kind="conversion.draft").state == "REFUSED"
    assert len(oceafin.conversions()) == 1
    tell_of(oceafin, "conversion")
    payment = fresh(payment)
    assert (payment.state, payment.contradicted) == ("FAILED", True)


def test_is_asked_for_again_without_harm(customer) -> None:
    first = asked(customer)
    same = conversion_of(customer)
    assert same.pk == first.pk
    with pytest.raises(references.ReferenceTaken):
        conversion_of(customer, buyCurrency="GBP")
