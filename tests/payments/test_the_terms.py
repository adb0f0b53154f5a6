"""The terms that were approved hold exactly: each of them, its own currency, and the share by which it may be worse."""

from decimal import Decimal
from typing import Any

import pytest

from customers.models import Customer
from payments import terms
from payments.models import BankAccount, PaymentRequest, Quote
from payments.ways import WAYS

FIAT = {"fee": "1", "fee_currency": "EUR", "receives": "99", "receive_currency": "EUR"}


def payment_of(**changes: Any) -> PaymentRequest:
    """Approved: 100 EUR of which 99 arrive, for a fee of 1."""
    asked: dict[str, Any] = {
        "kind": "FIAT_WITHDRAWAL",
        "payment_ref": "wd-1",
        "customer": Customer(partner_customer_ref="cust-1"),
        "beneficiary": BankAccount(bank_account_ref="ba-1", details_hash="a"),
        "amount": Decimal(100),
        "currency": "EUR",
        "highest_fee": Decimal(1),
        "fee_currency": "EUR",
        "least_received": Decimal(99),
        "receive_currency": "EUR",
        "terms_digest": "as approved",
        "policy": {},
        **changes,
    }
    return PaymentRequest(**asked)


def purchase_of(**changes: Any) -> PaymentRequest:
    """Approved: exactly 100 USD for at most 90 EUR."""
    bought = {"currency": "USD", "receive_currency": "USD", "least_received": Decimal(100)}
    bought |= {"kind": "CONVERSION", "beneficiary": None, "fixed_side": "BUY", "other_currency": "EUR"}
    return payment_of(**bought, most_paid=Decimal(90), **changes)


def difference(payment: PaymentRequest, **said: Any) -> str:
    whole = {**FIAT, "receive_currency": payment.receive_currency, **said}
    for name in ("fee", "receives", "pays"):
        if whole.get(name) is not None:
            whole[name] = Decimal(whole[name])
    return terms.difference(payment, **whole)


def test_hold_for_what_is_just_as_good_or_better() -> None:
    assert difference(payment_of()) == ""
    assert difference(payment_of(), fee="0", receives="100") == ""
    assert difference(purchase_of(), receives="100", pays="90") == ""


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"fee": "1.01"}, "The fee is now 1.01 EUR"),
        ({"fee": "0.01", "fee_currency": "USD"}, "The fee is now 0.01 USD"),
        ({"receives": "98.99"}, "Now 98.99 EUR would arrive"),
        ({"receives": "500", "receive_currency": "USD"}, "Now 500.00 USD would arrive"),
        ({"fee": None}, "does not say"),
        ({"receives": None}, "does not say"),
    ],
)
def test_do_not_hold_for_what_is_worse_or_not_said(said: dict[str, Any], sentence: str) -> None:
    assert sentence in difference(payment_of(), **said)


@pytest.mark.parametrize(("pays", "sentence"), [("90.01", "90.01 EUR would be sold"), (None, "what is sold")])
def test_of_a_purchase_hold_what_is_sold_for_it(pays: str | None, sentence: str) -> None:
    assert sentence in difference(purchase_of(), receives="100", pays=pays)


@pytest.mark.parametrize("lacking", [{"terms_digest": ""}, {"highest_fee": None}])
def test_that_nobody_approved_hold_for_nothing(lacking: dict[str, Any]) -> None:
    assert difference(payment_of(**lacking), fee="0", receives="100") == "Nothing was approved yet."


@pytest.mark.parametrize(
    ("said", "is_inside"),
    [
        ({"fee": "1.005"}, True),
        ({"fee": "1.0051"}, False),
        ({"receives": "98.505"}, True),
        ({"receives": "98.5049"}, False),
    ],
)
def test_stretch_by_the_tolerance_and_no_further(said: dict[str, Any], is_inside: bool) -> None:
    assert (difference(payment_of(policy={"tolerance": "0.005"}), **said) == "") == is_inside


@pytest.mark.parametrize(("pays", "is_inside"), [("90.45", True), ("90.46", False)])
def test_of_a_purchase_stretch_by_the_tolerance(pays: str, is_inside: bool) -> None:
    bought = purchase_of(policy={"tolerance": "0.005"})
    assert (difference(bought, receives="100", pays=pays) == "") == is_inside


@pytest.mark.parametrize("nonsense", ["1", "-0.005", "much", None])
def test_do_not_stretch_by_a_tolerance_that_makes_no_sense(nonsense: str | None) -> None:
    payment = payment_of(policy={"tolerance": nonsense})
    assert terms.tolerance_of(payment) == 0
    assert difference(payment, fee="1.01")


# --- A quote is whole ---------------------------------------------------------------------------------------------


def quote_of(payment: PaymentRequest, **changes: Any) -> Quote:
    said = {**FIAT, "fee": Decimal(1), "receives": Decimal(99), **changes}
    return Quote(payment=payment, **said)


@pytest.mark.parametrize(
    "changes",
    [
        {"fee": None},
        {"fee": Decimal("-0.01")},
        {"fee_currency": ""},
        {"receives": None},
        {"receives": Decimal(0)},
        {"receive_currency": ""},
    ],
)
def test_are_made_of_no_quote_that_leaves_something_out(changes: dict[str, Any]) -> None:
    assert terms.is_whole(quote_of(payment_of()))
    assert terms.is_whole(quote_of(payment_of(), fee=Decimal(0)))
    assert not terms.is_whole(quote_of(payment_of(), **changes))


@pytest.mark.parametrize(("pays", "is_whole"), [(None, False), (Decimal(0), False), (Decimal(90), True)])
def test_of_a_purchase_are_made_of_a_quote_that_says_what_is_sold(pays: Decimal, is_whole: bool) -> None:
    assert terms.is_whole(quote_of(purchase_of(), pays=pays)) == is_whole


# --- What Oceafin made of it --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "is_inside"),
    [
        # What it leaves out is as in its quote.
        ({}, True),
        ({"feeAmount": "1.00", "receiveAmount": "99.00"}, True),
        ({"feeAmount": "1.01"}, False),
        ({"feeAmount": "-1.00"}, False),
        ({"feeAmount": "none"}, False),
        ({"feeAmount": "1.00", "feeCurrency": "USD"}, False),
        ({"receiveAmount": "98.99"}, False),
        ({"receiveAmount": "much"}, False),
        ({"receiveAmount": "99.00", "receiveCurrency": "USD"}, False),
    ],
)
def test_hold_for_the_draft_that_was_made(said: dict[str, str], is_inside: bool) -> None:
    payment = payment_of()
    found = terms.draft_difference(WAYS["FIAT_WITHDRAWAL"], payment, quote_of(payment), said)
    assert (found == "") == is_inside


@pytest.mark.parametrize(
    ("said", "is_inside"),
    [
        ({}, True),
        ({"sellAmount": "90.00", "sellCurrency": "EUR"}, True),
        ({"sellAmount": "90.01"}, False),
        ({"sellAmount": ""}, False),
    ],
)
def test_hold_for_the_purchase_that_was_made(said: dict[str, str], is_inside: bool) -> None:
    payment = purchase_of()
    quote = quote_of(payment, receives=Decimal(100), receive_currency="USD", pays=Decimal(90))
    found = terms.draft_difference(WAYS["CONVERSION"], payment, quote, said)
    assert (found == "") == is_inside


@pytest.mark.parametrize(
    ("said", "is_inside"),
    [
        ({}, True),
        ({"feeAmount": "0.00"}, True),
        ({"receiveAmount": "100.00"}, True),
        ({"feeAmount": "0.01"}, False),
        ({"feeAmount": "-1"}, False),
    ],
)
def test_of_a_refund_without_a_fee_hold_for_one_without(said: dict[str, str], is_inside: bool) -> None:
    refund = payment_of(
        kind="REFUND", beneficiary=None, highest_fee=Decimal(0), least_received=None, receive_currency=""
    )
    assert (terms.draft_difference(WAYS["REFUND"], refund, None, said) == "") == is_inside


# --- What an approval binds to ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "CRYPTO_WITHDRAWAL"},
        {"payment_ref": "wd-2"},
        {"customer": Customer(partner_customer_ref="cust-2")},
        {"amount": Decimal("100.01")},
        {"currency": "USD"},
        {"network": "ETHEREUM"},
        {"beneficiary": BankAccount(bank_account_ref="ba-2", details_hash="a")},
        {"beneficiary": BankAccount(bank_account_ref="ba-1", details_hash="b")},
        {"source_type": "FIAT_DEPOSIT"},
        {"source_id": "d-1"},
        {"fixed_side": "SELL"},
        {"other_currency": "USD"},
        {"highest_fee": Decimal("1.01")},
        {"fee_currency": "USD"},
        {"least_received": Decimal("98.99")},
        {"receive_currency": "USD"},
        {"most_paid": Decimal(1)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_are_other_ones_where_any_of_them_differs(change: dict[str, Any]) -> None:
    token = {"currency": "USDC"} if "network" in change else {}
    assert terms.digest_of(payment_of(**token, **change)) != terms.digest_of(payment_of(**token))


def test_are_none_until_it_is_known_what_it_costs_and_what_arrives() -> None:
    assert terms.digest_of(payment_of())
    assert not terms.digest_of(payment_of(highest_fee=None))
    assert not terms.digest_of(payment_of(least_received=None))
    assert terms.digest_of(payment_of(kind="REFUND", least_received=None))
