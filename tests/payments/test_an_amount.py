from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.money import (
    CURRENCIES,
    EXACT,
    EXPONENTS,
    LARGEST,
    TOKENS,
    BadAmount,
    UnknownCurrency,
    format_amount,
    parse_amount,
    plain,
    read_decimal,
    total,
)

currencies = st.sampled_from(CURRENCIES)


@given(currency=currencies, units=st.integers(min_value=1, max_value=10**15))
def test_is_read_back_as_it_was_written(currency: str, units: int) -> None:
    amount = Decimal(units).scaleb(-EXPONENTS[currency])
    text = format_amount(amount, currency)
    assert parse_amount(text, currency) == amount
    assert format_amount(parse_amount(text, currency), currency) == text


@given(currency=currencies, units=st.integers(min_value=1, max_value=10**9))
def test_with_one_digit_too_many_is_refused_and_never_rounded(currency: str, units: int) -> None:
    amount = Decimal(units * 10 + 1).scaleb(-EXPONENTS[currency] - 1)
    with pytest.raises(BadAmount, match="digits after the point"):
        parse_amount(f"{amount:f}", currency)
    with pytest.raises(BadAmount):
        format_amount(amount, currency)


@given(text=st.text(), currency=currencies)
def test_is_a_positive_exact_decimal_or_a_refusal(text: str, currency: str) -> None:
    try:
        amount = parse_amount(text, currency)
    except BadAmount:
        return
    assert 0 < amount <= LARGEST
    assert amount == Decimal(text)
    assert text.isascii()


@pytest.mark.parametrize(
    "text",
    [
        *[
            "0",
            "0.00",
            "-1",
            "+1",
            "1e3",
            "1E-30",
            "NaN",
            "sNaN",
            "Infinity",
            "1,00",
            "1_000",
            " 1",
            "1 ",
            "",
        ],
        *[".", ".5", "5.", "٣", "１", "0x1", "1" * 21, "1000000000000000.01"],
    ],
)
def test_in_any_other_form_is_refused(text: str) -> None:
    with pytest.raises(BadAmount):
        parse_amount(text, "EUR")


@pytest.mark.parametrize("value", [1, 1.5, True, None, b"1", ["1"], Decimal(1)])
def test_that_is_not_text_is_refused(value: object) -> None:
    with pytest.raises(BadAmount):
        parse_amount(value, "EUR")


@pytest.mark.parametrize("currency", ["XXX", "eur", "", "USDT", None])
def test_in_an_unknown_currency_is_refused(currency: str) -> None:
    with pytest.raises(UnknownCurrency):
        parse_amount("1", currency)


@pytest.mark.parametrize(("currency", "digits"), [("JPY", 0), ("EUR", 2), ("BHD", 3), ("CLF", 4)])
def test_has_its_currencys_precision(currency: str, digits: int) -> None:
    assert EXPONENTS[currency] == digits


TOKENS_ON_NETWORKS = [(token, network) for token, networks in TOKENS.items() for network in networks]


@given(asset=st.sampled_from(TOKENS_ON_NETWORKS), units=st.integers(min_value=1, max_value=10**15))
def test_of_a_token_is_read_back_to_its_last_digit(asset: tuple[str, str], units: int) -> None:
    token, network = asset
    amount = Decimal(10**14) + Decimal(units).scaleb(-TOKENS[token][network])
    with localcontext(EXACT):
        text = format_amount(amount, token, network)
        assert parse_amount(text, token, network) == amount
    assert parse_amount(format_amount(amount, token, network), token, network) == Decimal(text)


@pytest.mark.parametrize(
    ("token", "network"), [("MOON", "LUNA"), ("USDT", "BSC"), ("ETH", ""), ("EUR", "TRON")]
)
def test_of_a_token_whose_digits_are_not_known_is_refused(token: str, network: str) -> None:
    with pytest.raises(UnknownCurrency):
        parse_amount("1", token, network)


@given(st.lists(st.decimals(0, 10**15, places=18), max_size=5))
def test_is_added_exactly(amounts: list[Decimal]) -> None:
    assert total(amounts) == Decimal(sum(int(amount.scaleb(18, EXACT)) for amount in amounts)).scaleb(
        -18, EXACT
    )


@given(st.decimals(0, 10**15, places=18))
def test_is_shown_with_all_of_its_digits_and_no_more(amount: Decimal) -> None:
    text = plain(amount)
    assert Decimal(text) == amount
    assert "E" not in text
    assert not (text.endswith("0") and "." in text)


def test_of_oceafins_is_read_exactly_or_not_at_all() -> None:
    assert read_decimal("1.10") == Decimal("1.10")
    assert read_decimal(7) == 7
    for nothing in (None, True, "1e3", "NaN", 1.5, {}, "x"):
        assert read_decimal(nothing) is None
