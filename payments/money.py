"""Amounts of money: exact decimals in the currency's own precision. Pure; nothing is ever rounded."""

import re
from decimal import Decimal

# ISO 4217, list of active currencies: digits after the point. Two where nothing else is named below.
_NO_DIGITS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DIGITS = "BHD IQD JOD KWD LYD OMR TND"
_FOUR_DIGITS = "CLF UYW"
_TWO_DIGITS = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF "
    "CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG "
    "HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR "
    "MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD "
    "SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD "
    "XCG YER ZAR ZMW ZWG"
)
EXPONENTS: dict[str, int] = {
    **dict.fromkeys(_TWO_DIGITS.split(), 2),
    **dict.fromkeys(_NO_DIGITS.split(), 0),
    **dict.fromkeys(_THREE_DIGITS.split(), 3),
    **dict.fromkeys(_FOUR_DIGITS.split(), 4),
}
CURRENCIES = tuple(sorted(EXPONENTS))

LARGEST = Decimal(10) ** 15
# What columns for money hold: the largest amount in the finest precision.
MAX_DIGITS, DECIMAL_PLACES = 20, 4
_PLAIN = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?", re.ASCII)


class BadAmount(ValueError):
    """Text that is no amount of this currency; the message says what to write instead."""


class UnknownCurrency(BadAmount):
    """A currency whose precision is not known: nothing is paid out in it."""


def exponent(currency: str) -> int:
    """Digits after the point. Raises UnknownCurrency."""
    try:
        return EXPONENTS[currency]
    except (KeyError, TypeError):
        raise UnknownCurrency("Give a currency by its ISO 4217 code in capitals, such as EUR.") from None


def parse_amount(text: object, currency: str) -> Decimal:
    """An amount to pay: decimal text such as "1250.00", above 0 and at most 10^15, in the currency's precision.

    Numbers that are not text are refused (a float is not exact), and so are signs, exponents, group separators,
    spaces, and more digits than the currency has. Raises BadAmount, UnknownCurrency.
    """
    digits = exponent(currency)
    if not isinstance(text, str):
        raise BadAmount('Write the amount as text, such as "1250.00": a bare number is not exact.')
    if not _PLAIN.fullmatch(text):
        raise BadAmount(
            "Write the amount in digits with a point, such as 1250.00, without sign or separators."
        )
    amount = Decimal(text)
    if amount <= 0:
        raise BadAmount("The amount must be more than 0.")
    if amount > LARGEST:
        raise BadAmount("The amount is larger than any that can be paid.")
    if len(text.partition(".")[2]) > digits:
        raise BadAmount(f"{currency} has {digits} digits after the point; this amount has more.")
    return amount


def format_amount(amount: Decimal, currency: str) -> str:
    """The amount as the contract writes it: plain digits in the currency's precision. Raises BadAmount if that
    would round it."""
    places = Decimal(1).scaleb(-exponent(currency))
    exact = amount.quantize(places)
    if exact != amount:
        raise BadAmount(f"{amount} has more digits than {currency} has.")
    return f"{exact:f}"


def read_decimal(value: object) -> Decimal | None:
    """A number in a reply of Oceafin's, exact; None for anything that is no plain finite decimal."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        value = str(value)
    if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", value, re.ASCII):
        return None
    return Decimal(value)
