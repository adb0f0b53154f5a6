"""A refund: of what came in, never more than that, exact, and back to where it came from."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from backoffice.audit import Actor
from backoffice.oceafin import contract, kinds
from backoffice.oceafin.models import Submission
from backoffice.staff.roles import Role
from customers.models import Customer
from payments import errors, letters, requesting, services, terms, ways
from payments.accounts.deposits.models import Deposit
from payments.models import PaymentRequest
from tests.customers.conftest import known_customer
from tests.payments.people import (
    approve,
    came_in,
    deliver,
    deliver_once,
    fresh,
    maker,
    now,
    open_money_out,
    refund_of,
    sql,
)
from tests.payments.test_a_payment import at_once
from tests.payments.test_a_payout import approved_customer
from tests.people import person
from tests.simulator.driver import SimulatorProcess

EVERY_DIGIT = "1234567.123456789012345678"
ETH = {"currency": "ETH", "network": "ETHEREUM"}


def lead() -> Actor:
    return Actor.staff(person(Role.OPERATIONS_LEAD))


def rate(currency: str, worth: str) -> None:
    services.enter_rate(
        currency=currency, rate=Decimal(worth), source="exchange", at=now(), actor=lead(), now=now()
    )


# --- What can be sent back --------------------------------------------------------------------------------------------


@pytest.mark.django_db
class TestIsRefused:
    @pytest.fixture
    def customer(self) -> Customer:
        return known_customer()

    def field(self, act: Callable[[], Any]) -> str:
        with pytest.raises(errors.Unfit) as refusal:
            act()
        assert not PaymentRequest.objects.exists()
        return refusal.value.field

    def test_of_another_customers_deposit(self, customer: Customer) -> None:
        theirs = came_in(customer)
        other = known_customer("cust-2")
        assert self.field(lambda: refund_of(theirs, customer=other)) == "sourceId"

    def test_of_nothing_that_came_in(self, customer: Customer) -> None:
        source = came_in(customer)
        source.deposit_id = "somewhere-else"
        assert self.field(lambda: refund_of(source)) == "sourceId"

    @pytest.mark.parametrize("status", ["PENDING", "PENDING_TRAVEL_RULE", "FAILED", "RETURNED", "", "NEW"])
    def test_of_what_was_not_credited(self, customer: Customer, status: str) -> None:
        with pytest.raises(errors.SourceNotReady, match="not been credited"):
            refund_of(came_in(customer, status=status))

    def test_above_what_came_in(self, customer: Customer) -> None:
        source = came_in(customer, "100.00")
        assert self.field(lambda: refund_of(source, amount="100.01")) == "amount"

    def test_in_another_currency(self, customer: Customer) -> None:
        source = came_in(customer)
        assert self.field(lambda: refund_of(source, currency="USD")) == "currency"

    @pytest.mark.parametrize(("token", "network"), [("MOON", "LUNA"), ("USDT", "BSC"), ("EUR", "ETHEREUM")])
    def test_of_a_token_whose_digits_are_not_known(self, customer, token: str, network: str) -> None:
        source = came_in(customer, "5.0", token, network=network)
        assert self.field(lambda: refund_of(source, amount="5.0")) == "currency"

    def test_with_more_digits_than_the_token_has(self, customer: Customer) -> None:
        source = came_in(customer, "5.0000001", "USDC", network="SOLANA")
        assert self.field(lambda: refund_of(source, amount="0.0000001")) == "amount"

    @pytest.mark.parametrize("amount", ["1e3", "", "lots", "-5", "0", "1.0000000000000000001"])
    def test_of_an_amount_that_nobody_can_read(self, customer: Customer, amount: str) -> None:
        source = came_in(customer, amount, **ETH)
        assert self.field(lambda: refund_of(source, amount="1")) == "amount"

    def test_without_a_reason(self, customer: Customer) -> None:
        source = came_in(customer)
        assert self.field(lambda: refund_of(source, reason=" ")) == "reason"


@pytest.mark.django_db
def test_leaves_no_more_to_send_back_than_came_in() -> None:
    source = came_in(known_customer(), "100.00")
    first = refund_of(source, "rf-1", "60.00")
    with pytest.raises(errors.Unfit, match=r"40\.00 EUR can still be sent back"):
        refund_of(source, "rf-2", "40.01")
    services.cancel(payment=first, reason="wrong one", actor=lead(), now=now())
    second = refund_of(source, "rf-2", "100.00")
    assert second.state == "PENDING_APPROVAL"


@pytest.mark.django_db
@pytest.mark.parametrize("column", ["contradicted = true, contradiction = 'x'", "failure_code = 'x'"])
def test_that_failed_frees_its_money_unless_oceafin_says_otherwise(column: str) -> None:
    source = came_in(known_customer(), "100.00")
    first = refund_of(source)
    services.cancel(payment=first, reason="x", actor=lead(), now=now())
    sql(f"UPDATE payments_paymentrequest SET {column} WHERE id = %s", first.pk)
    if "contradicted" in column:
        with pytest.raises(errors.Unfit, match=r"0\.00 EUR can still"):
            refund_of(source, "rf-2", "0.01")
    else:
        assert refund_of(source, "rf-2").pk


@pytest.mark.django_db
def test_is_kept_within_its_source_by_the_database() -> None:
    source = came_in(known_customer(), "100.00")
    row = PaymentRequest.objects.get(pk=refund_of(source, amount="60.00").pk)
    row.pk, row.payment_ref, row.state = None, "rf-2", "DRAFT"
    with pytest.raises(DatabaseError, match="came in"), transaction.atomic():
        row.save(force_insert=True)
    row.amount = Decimal("40.00")
    row.save(force_insert=True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    ["source_id = 'other'", "source_type = 'COLLECTION'", "source_amount = 1000", "network = 'TRON'"],
)
def test_never_changes_what_it_sends_back_in_the_database(change: str) -> None:
    payment = refund_of(came_in(known_customer()))
    with pytest.raises(DatabaseError), transaction.atomic():
        sql(f"UPDATE payments_paymentrequest SET {change} WHERE id = %s", payment.pk)


@pytest.mark.django_db
def test_has_a_source_and_no_bank_account_in_the_database() -> None:
    row = PaymentRequest.objects.get(pk=refund_of(came_in(known_customer())).pk)
    row.pk, row.payment_ref, row.state, row.kind = None, "rf-2", "DRAFT", "FIAT_WITHDRAWAL"
    with pytest.raises(DatabaseError, match="goes_where_its_kind_goes"), transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
def test_of_one_deposit_by_two_at_once_is_asked_for_once() -> None:
    source = came_in(known_customer(), "100.00")
    by = maker()
    acts = [partial(refund_of, source, ref, "60.00", by) for ref in ("rf-1", "rf-2")]
    results = at_once(*acts)
    assert sum(isinstance(result, errors.Unfit) for result in results) == 1
    assert PaymentRequest.objects.count() == 1


@pytest.mark.django_db
def test_keeps_its_reason_out_of_its_row_and_trail() -> None:
    payment = refund_of(came_in(known_customer()), reason="Ada paid twice")
    assert payment.wording == {"reason": "Ada paid twice"}
    assert b"Ada" not in bytes(payment.wording_sealed)


# --- Its terms --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_can_be_decided_at_once_for_no_quote_comes() -> None:
    payment = refund_of(came_in(known_customer()))
    assert payment.terms_digest == terms.digest_of(payment)
    assert payment.highest_fee == 0
    assert not Submission.objects.filter(subject_type="payments.PaymentRequest").exists()
    with pytest.raises(errors.NoQuotes):
        services.refresh_quote(payment=payment, actor=lead(), now=now())


@pytest.mark.django_db
def test_is_exact_to_the_last_digit_of_a_token() -> None:
    source = came_in(known_customer(), EVERY_DIGIT, **ETH)
    payment = fresh(refund_of(source, amount=EVERY_DIGIT))
    assert payment.amount == Decimal(EVERY_DIGIT)
    assert ways.of(payment).terms(payment)["amount"] == EVERY_DIGIT
    assert terms.digits(payment.amount, "ETH", "ETHEREUM") == EVERY_DIGIT
    with pytest.raises(errors.Unfit):
        refund_of(source, "rf-2", "0.000000000000000001")


@pytest.mark.django_db
def test_of_a_token_counts_by_its_rate_else_by_the_strictest_band() -> None:
    source = came_in(known_customer(), EVERY_DIGIT, **ETH)
    careful = refund_of(source, amount="0.000000000000000001")
    assert (careful.approvals_needed, careful.approval_reasons) == (2, ["NO_FRESH_RATE"])
    with pytest.raises(errors.NoExchangeRate):
        approve(careful)
    rate("ETH", "3000.5")
    small = refund_of(source, "rf-2", "3.3")
    assert (small.base_amount, small.approvals_needed) == (Decimal("9901.65"), 1)
    # Rounded up: a limit is never passed by rounding.
    tiny = refund_of(source, "rf-3", "0.000000000000000001")
    assert tiny.base_amount == Decimal("0.0001")
    assert refund_of(source, "rf-4", "3.4").approval_reasons == ["LARGE_AMOUNT"]


@pytest.mark.django_db
def test_is_looked_over_before_anything_is_kept() -> None:
    source = came_in(known_customer(), "100.00")
    asked: dict[str, Any] = {
        "kind": "REFUND",
        "customer": source.customer,
        "currency": "EUR",
        "details": {"sourceType": "FIAT_DEPOSIT", "sourceId": source.deposit_id, "reason": "x"},
    }
    seen = requesting.preview_payment(amount="5.00", **asked)
    assert (seen.amount, seen.source_amount) == (5, 100)
    with pytest.raises(errors.Unfit):
        requesting.preview_payment(amount="100.01", **asked)
    assert not PaymentRequest.objects.exists()


# --- With Oceafin -----------------------------------------------------------------------------------------------------


@pytest.fixture
def source(oceafin: SimulatorProcess, transactional_db: None) -> Deposit:
    """100.00 EUR, credited there and known here; money out is open."""
    open_money_out()
    customer = approved_customer(oceafin)
    identity = oceafin.came_in(currency="EUR", amount="100.00")
    return came_in(customer, "100.00", depositId=identity)


def test_tells_oceafin_exactly_what_was_approved(oceafin: SimulatorProcess, source: Deposit) -> None:
    payment = refund_of(source, amount="12.50")
    approve(payment)
    deliver()
    body = letters.body_of(Submission.objects.get(kind="refund.draft"))
    assert contract.validate_request("createRefund", body) == []
    assert body.pop("operationAuthorization")["operationHash"] == terms.hash_of(
        {
            "customerId": str(source.customer.oceafin_customer_id),
            "kind": "REFUND",
            "sourceType": "FIAT_DEPOSIT",
            "sourceId": source.deposit_id,
            "amount": "12.50",
            "currency": "EUR",
        }
    )
    assert body == {
        "refundRef": "rf-1",
        "sourceType": "FIAT_DEPOSIT",
        "sourceId": source.deposit_id,
        "amount": "12.50",
        "currency": "EUR",
        "reason": "twice",
    }
    assert Submission.objects.get(kind="refund.submit").key == "cust-1:refund:submit:rf-1"


def test_goes_back_to_the_approvers_for_a_fee_that_nobody_approved(oceafin, source: Deposit) -> None:
    payment = refund_of(source)
    approve(payment)
    oceafin.set(refundFee="0.50")
    deliver()
    payment = fresh(payment)
    assert (payment.state, payment.highest_fee) == ("PENDING_APPROVAL", Decimal("0.50"))
    assert payment.terms_difference == "The fee is now 0.50 EUR; approved was at most 0.00 EUR."
    assert payment.live_approvals.count() == 0
    assert oceafin.refunds() == []
    approve(payment)
    deliver()
    assert fresh(payment).state == "SENT"
    [effect] = oceafin.refunds()
    assert (effect["refundRef"], effect["feeAmount"]) == ("rf-1-2", "0.50")


def test_waits_while_what_came_in_is_in_doubt(oceafin: SimulatorProcess, source: Deposit) -> None:
    payment = refund_of(source)
    approve(payment)
    Deposit.objects.update(status="RETURNED")
    deliver_once()
    assert fresh(payment).state == "APPROVED"
    assert "not been credited" in letters.open_letter(payment).waits_for
    Deposit.objects.update(status="COMPLETED", amount="99.99")
    deliver_once()
    assert "99.99 EUR that came in," in letters.open_letter(payment).waits_for
    assert oceafin.requests("createRefund") == []
    Deposit.objects.update(amount="100.00")
    deliver()
    assert fresh(payment).state == "SENT"


def test_sends_back_every_digit_of_a_token(oceafin: SimulatorProcess, source: Deposit) -> None:
    coins = {"asset": "ETH", "network": "ETHEREUM"}
    identity = oceafin.came_in("crypto_deposit", amount=EVERY_DIGIT, **coins)
    rate("ETH", "0.001")
    payment = refund_of(came_in(source.customer, EVERY_DIGIT, depositId=identity, **ETH), amount=EVERY_DIGIT)
    approve(payment)
    deliver()
    assert fresh(payment).state == "SENT"
    assert [effect["amount"] for effect in oceafin.refunds()] == [EVERY_DIGIT]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "said",
    [
        {"customerId": "6f0f9b1e-0000-4000-8000-000000000009"},
        {"network": "TRON"},
        {"sourceId": "another"},
        {"amount": "5.0"},
        {"currency": "USDT"},
        {"refundRef": ["rf-1"]},
    ],
)
def test_is_not_taken_for_another_that_oceafin_answers_about(said: dict[str, Any]) -> None:
    """Submitting that one would send back somebody else's money."""
    rate("USDC", "1")
    payment = refund_of(came_in(known_customer(), "10.0", "USDC", network="POLYGON"), amount="10.0")
    approve(payment)
    letter = Submission.objects.get(kind="refund.draft")
    identify = kinds.kind_of(letter).identify
    right = {"refundId": "r-1", "customerId": str(payment.customer.oceafin_customer_id), "network": "POLYGON"}
    assert identify(letter, right) == "r-1"
    with pytest.raises(kinds.Contradiction):
        identify(letter, right | said)
