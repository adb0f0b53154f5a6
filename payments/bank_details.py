"""Numbers of bank accounts, each by the rules of its country. Pure; a number that is not surely right is refused."""

import re
from collections.abc import Mapping

from stdnum import bic, iban
from stdnum.us import rtn

# Countries whose accounts have the IBAN and the SWIFT code of another one.
_BANKS_ELSEWHERE = {
    "FI": "AX",
    "FR": "BL GF GP MF MQ NC PF PM RE TF WF YT",
    "GB": "GG IM JE",
    "NO": "BV SJ",
    "US": "AS GU MP PR UM VI",
}
_HOME = {part: home for home, parts in _BANKS_ELSEWHERE.items() for part in parts.split()}
_SORT_CODE = re.compile(r"[0-9]{2}-?[0-9]{2}-?[0-9]{2}")


class BadNumber(ValueError):
    """A number that cannot be of this account; `field` is its name in the API, the message says what is wrong."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def checked(details: Mapping[str, str], country: str) -> dict[str, str]:
    """The numbers as they are kept and sent. `details` is trimmed, `country` that of the account (ISO alpha-2).

    An IBAN by the length and form of its country and its check digits, a SWIFT code by its form, in the United States
    the routing number by its check digit, in Great Britain the sort code by its form. Raises BadNumber.
    """
    clean = dict(details)
    number, code = clean.get("iban", ""), clean.get("swiftCode", "")
    # Whether a bank of this number exists is not asked: such lists grow old, and Oceafin knows.
    if number and not iban.is_valid(number, check_country=False):
        raise BadNumber(
            "iban", "This is no IBAN: its length or its check digits do not fit. Compare it again."
        )
    if code and not bic.is_valid(code):
        raise BadNumber("swiftCode", "A SWIFT code has 8 or 11 letters and digits, such as DEUTDEFF.")
    if (routing := clean.get("routingNumber", "")) and not number:
        clean["routingNumber"] = _checked_routing(routing, country)
    return clean


def refuse_other_country(details: Mapping[str, str], country: str) -> None:
    """Raise BadNumber where the numbers are right, and of a bank in another country than the account."""
    number, code = details.get("iban", ""), details.get("swiftCode", "")
    if number and not _same_country(number[:2], country):
        raise BadNumber("country", f"This IBAN is of an account in {number[:2]}.")
    if code and not _same_country(code[4:6], country):
        raise BadNumber(
            "swiftCode", f"This SWIFT code is of a bank in {code[4:6]}, the account is in {country}."
        )


def _checked_routing(routing: str, country: str) -> str:
    if _HOME.get(country, country) == "US" and not rtn.is_valid(routing):
        sentence = (
            "This is no routing number (ABA): nine digits, of which the last must fit. Compare it again."
        )
        raise BadNumber("routingNumber", sentence)
    if _HOME.get(country, country) == "GB":
        if not _SORT_CODE.fullmatch(routing):
            raise BadNumber("routingNumber", "A sort code has six digits, such as 12-34-56.")
        return routing.replace("-", "")
    return routing


def _same_country(said: str, country: str) -> bool:
    return said == country or _HOME.get(said, said) == _HOME.get(country, country)
