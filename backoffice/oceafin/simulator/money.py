"""Amounts as decimal strings, each currency (ISO 4217) and asset with its own number of decimals."""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from .problems import invalid

DECIMALS = {"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3}
DECIMALS |= dict.fromkeys(["CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF"], 0)
DECIMALS |= dict.fromkeys(["AED", "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD"], 2)
DECIMALS |= dict.fromkeys(["HUF", "IDR", "ILS", "INR", "MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "RON"], 2)
DECIMALS |= dict.fromkeys(["SAR", "SEK", "SGD", "THB", "TRY", "TWD", "UAH", "USD", "ZAR"], 2)
FIAT = frozenset(DECIMALS)
# Assets, the networks that they live on, and their decimals.
NETWORKS = {
    "BTC": ("BITCOIN",),
    "ETH": ("ETHEREUM", "ARBITRUM"),
    "USDC": ("ETHEREUM", "POLYGON", "SOLANA"),
    "USDT": ("ETHEREUM", "TRON"),
}
DECIMALS |= {"BTC": 8, "ETH": 18, "USDC": 6, "USDT": 6}
AMOUNT = re.compile(r"(0|[1-9][0-9]{0,17})(\.[0-9]+)?")


def read_currency(body: dict[str, Any], name: str = "currency") -> str:
    currency = body.get(name)
    if not isinstance(currency, str) or currency not in FIAT:
        raise invalid(name, "is not a currency that is known here")
    return currency


def read_currency_or_asset(body: dict[str, Any], name: str) -> str:
    code = body.get(name)
    if not isinstance(code, str) or code not in DECIMALS:
        raise invalid(name, "is neither a currency nor an asset that is known here")
    return code


def read_asset(body: dict[str, Any]) -> tuple[str, str]:
    """An asset with a network that it lives on."""
    asset, network = body.get("asset"), body.get("network")
    if not isinstance(asset, str) or asset not in NETWORKS:
        raise invalid("asset", "is not an asset that is known here")
    if network not in NETWORKS[asset]:
        raise invalid("network", f"must be one of {', '.join(NETWORKS[asset])} for {asset}")
    return asset, str(network)


def read_amount(body: dict[str, Any], currency: str, name: str = "amount") -> Decimal:
    """A positive amount with no more decimals than the currency has; nothing is rounded."""
    text = body.get(name)
    if not isinstance(text, str) or not AMOUNT.fullmatch(text):
        raise invalid(name, "must be a decimal number written as a string, such as 100.00")
    if len(text.partition(".")[2]) > DECIMALS[currency]:
        raise invalid(name, f"has more decimals than {currency} allows ({DECIMALS[currency]})")
    if Decimal(text) <= 0:
        raise invalid(name, "must be greater than 0")
    return Decimal(text)


def plain(amount: Decimal, currency: str) -> str:
    """The amount with all the decimals of its currency, never with an exponent: 100 EUR is 100.00."""
    return format(amount.quantize(Decimal(1).scaleb(-DECIMALS[currency]), rounding=ROUND_HALF_UP), "f")
