"""The matrix that a new house begins with: cautious, and meant to be replaced by the lead's own.

Countries at HIGH are those that the Financial Action Task Force listed in October 2025, and those under broad
sanctions. Every country that is not named is MEDIUM.
"""

from typing import Any

_LOW = (
    "AD AT AU BE CA CH CY CZ DE DK EE ES FI FR GB GR HU IE IS IT JP KR LI LT LU LV MT NL NO NZ PL PT RO SE SG SI SK "
    "SM TW US"
)
_HIGH = "AF AO BG BO BY CD CI CM CU DZ HT IQ IR KE KP LA LB LY MC MM NA NP RU SD SO SS SY VE VG VN YE"
_TRADES_HIGH = (
    "arms",
    "weapons",
    "gambling",
    "casino",
    "betting",
    "crypto",
    "cryptocurrency",
    "money transfer",
    "currency exchange",
    "precious metals",
    "diamonds",
    "adult entertainment",
    "shell company",
)
_TRADES_MEDIUM = ("real estate", "art dealer", "charity", "cash", "mining", "oil", "used cars", "trust")

TABLE: dict[str, Any] = {
    "mediumsForHigh": 3,
    "factors": {
        "COUNTRY": {
            "entries": {
                **dict.fromkeys(_LOW.split(), "LOW"),
                **dict.fromkeys(_HIGH.split(), "HIGH"),
            },
            "otherwise": "MEDIUM",
            "missing": "HIGH",
        },
        "INDUSTRY": {
            "entries": {
                **dict.fromkeys(_TRADES_HIGH, "HIGH"),
                **dict.fromkeys(_TRADES_MEDIUM, "MEDIUM"),
            },
            "otherwise": "LOW",
            "missing": "MEDIUM",
        },
        "PRODUCT": {
            "entries": {"cash": "HIGH", "crypto": "MEDIUM", "loan": "MEDIUM"},
            "otherwise": "LOW",
            "missing": "MEDIUM",
        },
        "PEP": {
            "entries": {"NONE": "LOW", "UNDECIDED": "HIGH", "CONFIRMED": "HIGH"},
            "otherwise": "HIGH",
            "missing": "HIGH",
        },
        "CHANNEL": {
            "entries": {"agent": "MEDIUM", "intermediary": "MEDIUM", "post": "MEDIUM"},
            "otherwise": "LOW",
            "missing": "MEDIUM",
        },
        "OWNERSHIP": {
            "entries": {"SIMPLE": "LOW", "FOREIGN": "MEDIUM", "MANY": "MEDIUM", "INCOMPLETE": "MEDIUM"},
            "otherwise": "HIGH",
            "missing": "HIGH",
        },
    },
}
