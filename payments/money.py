"""Amounts of money: exact decimals in the precision of the currency or token. Pure; nothing is ever rounded."""

import re
from collections.abc import Iterable
from decimal import Context, Decimal

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
# Tokens by the network that they live on, with the digits that they have there: the same token can differ. What is
# not named here is shown where it came in, and nothing of it is paid out.
TOKENS: dict[str, dict[str, int]] = {
    "BTC": {"BITCOIN": 8},
    "ETH": {"ETHEREUM": 18, "ARBITRUM": 18},
    "USDC": {"ETHEREUM": 6, "POLYGON": 6, "SOLANA": 6},
    "USDT": {"ETHEREUM": 6, "TRON": 6},
}

LARGEST = Decimal(10) ** 15
# What columns for money hold: the largest amount in the finest precision.
MAX_DIGITS, DECIMAL_PLACES = 34, 18
# Python calculates with 28 digits where nobody says otherwise: too few for these columns.
EXACT = Context(prec=120)
_PLAIN = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?", re.ASCII)


class BadAmount(ValueError):
    """Text that is no amount of this currency; the message says what to write instead."""


class UnknownCurrency(BadAmount):
    """A currency whose precision is not known: nothing is paid out in it."""


def exponent(currency: str, network: str = "", *, any_network: bool = False) -> int:
    """Digits after the point, of a currency or of a token on its network. Raises UnknownCurrency.

    `any_network`: a token may stand without its network, where it has the same digits on each that is known.
    """
    if any_network and not network and len(places := set(TOKENS.get(currency, {}).values())) == 1:
        return places.pop()
    try:
        return TOKENS[currency][network] if network else EXPONENTS[currency]
    except (KeyError, TypeError):
        pass
    if network:
        raise UnknownCurrency(
            "It is not known how many digits this token has on this network, so nothing of it is paid out."
        )
    raise UnknownCurrency("Give a currency by its ISO 4217 code in capitals, such as EUR.")


def parse_amount(text: object, currency: str, network: str = "", *, any_network: bool = False) -> Decimal:
    """An amount to pay: decimal text such as "1250.00", above 0 and at most 10^15, in the currency's precision.

    Numbers that are not text are refused (a float is not exact), and so are signs, exponents, group separators,
    spaces, and more digits than the currency has. Raises BadAmount, UnknownCurrency.
    """
    digits = exponent(currency, network, any_network=any_network)
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


def format_amount(amount: Decimal, currency: str, network: str = "") -> str:
    """The amount as the contract writes it: plain digits in the currency's precision. Raises BadAmount if that
    would round it."""
    places = Decimal(1).scaleb(-exponent(currency, network, any_network=True))
    exact = amount.quantize(places, context=EXACT)
    if exact != amount:
        raise BadAmount(f"{amount} has more digits than {currency} has.")
    return f"{exact:f}"


def plain(amount: Decimal) -> str:
    """All digits of an amount and no more: no exponent, no zeros at its end."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Their sum, exact."""
    found = Decimal(0)
    for amount in amounts:
        found = EXACT.add(found, amount)
    return found


def storable(value: object) -> Decimal | None:
    """A number of Oceafin's that our columns hold exactly; None for anything else."""
    found = read_decimal(value)
    if found is None or abs(found) >= 10**16 or -int(found.as_tuple().exponent) > DECIMAL_PLACES:
        return None
    return found


def read_decimal(value: object) -> Decimal | None:
    """A number in a reply of Oceafin's, exact; None for anything that is no plain finite decimal."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        value = str(value)
    if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", value, re.ASCII):
        return None
    return Decimal(value)
