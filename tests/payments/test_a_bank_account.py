"""A bank account's numbers, by the rules of its country."""

from typing import Any

import pytest

from payments import bank_details, errors
from payments.beneficiaries import checked_details

# Of the SWIFT registry of IBANs, and of Fedwire's own published examples.
RIGHT: list[tuple[str, dict[str, str]]] = [
    ("DE", {"iban": "DE89 3704 0044 0532 0130 00", "swiftCode": "COBADEFFXXX"}),
    ("BE", {"iban": "BE68539007547034"}),
    ("FR", {"iban": "FR1420041010050500013M02606"}),
    ("MT", {"iban": "MT84MALT011000012345MTLCAST001S"}),
    ("NO", {"iban": "NO9386011117947"}),
    ("JE", {"iban": "GB29NWBK60161331926819", "swiftCode": "NWBKGB2L"}),
    ("GP", {"iban": "FR1420041010050500013M02606"}),
    ("US", {"accountNumber": "1234567", "routingNumber": "021000021", "swiftCode": "CHASUS33"}),
    ("GB", {"accountNumber": "31926819", "routingNumber": "60-16-13"}),
    ("AU", {"accountNumber": "1234567", "routingNumber": "062-000"}),
]
WRONG: list[tuple[str, dict[str, str], str]] = [
    ("DE", {"iban": "DE89370400440532013001"}, "iban"),
    # The check digits fit, the length does not.
    ("DE", {"iban": "DE41370400440532013"}, "iban"),
    ("XX", {"iban": "XX89370400440532013000"}, "iban"),
    ("FR", {"iban": "DE89370400440532013000"}, "country"),
    ("DE", {"iban": "DE89370400440532013000", "swiftCode": "BNPAFRPP"}, "swiftCode"),
    ("DE", {"iban": "DE89370400440532013000", "swiftCode": "COBADEF"}, "swiftCode"),
    ("US", {"accountNumber": "1234567", "routingNumber": "021000022"}, "routingNumber"),
    ("US", {"accountNumber": "1234567", "routingNumber": "21000021"}, "routingNumber"),
    ("PR", {"accountNumber": "1234567", "routingNumber": "1"}, "routingNumber"),
    ("GB", {"accountNumber": "31926819", "routingNumber": "6016131"}, "routingNumber"),
    ("US", {"accountNumber": "1234567", "swiftCode": "NWBKGB2L"}, "swiftCode"),
]


def checked(country: str, numbers: dict[str, str]) -> dict[str, Any]:
    found = checked_details({"accountHolderName": "Ada Example", **numbers}, country)
    bank_details.refuse_other_country(found, country)
    return found


@pytest.mark.parametrize(("country", "numbers"), RIGHT)
def test_of_this_country_is_taken(country: str, numbers: dict[str, str]) -> None:
    assert checked(country, numbers).keys() == {"accountHolderName", *numbers}


@pytest.mark.parametrize(("country", "numbers", "field"), WRONG)
def test_that_is_not_surely_right_is_refused(country: str, numbers: dict[str, str], field: str) -> None:
    with pytest.raises((errors.Unfit, bank_details.BadNumber)) as refusal:
        checked(country, numbers)
    assert refusal.value.field == field


def test_has_its_sort_code_in_one_form() -> None:
    assert checked("GB", RIGHT[8][1])["routingNumber"] == "601613"
