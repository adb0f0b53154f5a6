"""What an answer must hold: checked in sentences before it is kept. In the contract's names (TravelRuleInfo)."""

import re
import unicodedata
from typing import Any

from django.utils.translation import gettext as _

from payments.accounts.travel_rule.models import OriginatorType
from payments.errors import Unfit

LONGEST_NAME, LONGEST_LINE, LONGEST_PROOF = 140, 140, 3500
ADDRESS = ("line1", "line2", "city", "state", "postcode", "country")
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_LEI = re.compile(r"[A-Z0-9]{18}[0-9]{2}", re.ASCII)


def checked(given: dict[str, Any]) -> dict[str, Any]:
    """The answer as it is kept and sent: trimmed, without what is empty. Raises Unfit with the field's name.

    Either a provider (`originatingVasp`) or the sender's own wallet (`selfHosted`) with `walletOwnershipProof`.
    """
    kind = given.get("originatorType")
    if kind not in OriginatorType.values:
        raise Unfit(
            "originatorType", _("Say whether a person (INDIVIDUAL) or a company (CORPORATE) sent it.")
        )
    name = _line(given, "originatorName", LONGEST_NAME)
    if not name:
        raise Unfit("originatorName", _("Give the full name of who sent it."))
    clean: dict[str, Any] = {"originatorType": kind, "originatorName": name}
    if address := _address(given.get("originatorAddress")):
        clean["originatorAddress"] = address
    proof = _text(given.get("walletOwnershipProof"), "walletOwnershipProof", LONGEST_PROOF)
    is_own, vasp = bool(given.get("selfHosted")), given.get("originatingVasp")
    if is_own == bool(vasp):
        raise Unfit(
            "originatingVasp",
            _(
                "Say where it came from: a provider (originatingVasp), or the sender's own wallet (selfHosted)."
            ),
        )
    if not is_own:
        if proof:
            raise Unfit("walletOwnershipProof", _("A proof belongs to the sender's own wallet alone."))
        return {**clean, "originatingVasp": _vasp(vasp)}
    if not proof:
        raise Unfit(
            "walletOwnershipProof",
            _("Say how the sender proved that the wallet is theirs, or attach the document that shows it."),
        )
    return {**clean, "selfHosted": True, "walletOwnershipProof": proof}


def is_lei(text: str) -> bool:
    """ISO 17442: eighteen letters and digits and two check digits, modulo 97."""
    return bool(_LEI.fullmatch(text)) and int("".join(str(int(char, 36)) for char in text)) % 97 == 1


def _address(value: Any) -> dict[str, str]:
    if value in (None, "", {}):
        return {}
    if not isinstance(value, dict):
        raise Unfit("originatorAddress", _("Give the address in its parts: line1, city, country."))
    parts = {name: _line(value, name, LONGEST_LINE, within="originatorAddress.") for name in ADDRESS}
    if not any(parts.values()):
        return {}
    if not parts["line1"]:
        raise Unfit("originatorAddress.line1", _("Give the street and number of who sent it."))
    if not _COUNTRY.fullmatch(parts["country"]):
        raise Unfit(
            "originatorAddress.country",
            _("Give the country as two capital letters (ISO 3166), such as DE."),
        )
    return {name: text for name, text in parts.items() if text}


def _vasp(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise Unfit("originatingVasp", _("Give the provider with its name and country."))
    name = _line(value, "name", LONGEST_NAME, within="originatingVasp.")
    if not name:
        raise Unfit("originatingVasp.name", _("Give the name of the provider that it was sent from."))
    country = _line(value, "country", 2, within="originatingVasp.")
    if country and not _COUNTRY.fullmatch(country):
        raise Unfit(
            "originatingVasp.country", _("Give the country as two capital letters (ISO 3166), such as DE.")
        )
    lei = _line(value, "lei", 40, within="originatingVasp.").replace(" ", "").upper()
    if lei and not is_lei(lei):
        raise Unfit(
            "originatingVasp.lei", _("This is no LEI: its check digits do not fit. Compare it again.")
        )
    return {key: text for key, text in (("name", name), ("country", country), ("lei", lei)) if text}


def _line(given: dict[str, Any], name: str, longest: int, *, within: str = "") -> str:
    words = _text(given.get(name), within + name, longest)
    if "\n" in words or "\r" in words:
        raise Unfit(within + name, _("Give it in one line."))
    return words


def _text(value: Any, field: str, longest: int) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unfit(field, _("Send text, in quotation marks."))
    words = value.strip()
    if len(words) > longest:
        raise Unfit(field, _("Give at most %(count)d characters.") % {"count": longest})
    if any(unicodedata.category(char) in {"Cc", "Cs"} for char in words if char not in "\r\n\t"):
        raise Unfit(field, _("Take out the signs that cannot be seen."))
    return words
