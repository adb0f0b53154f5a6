"""The data of a case: what is taken as it comes, what is refused with a sentence, what is missing."""

from datetime import UTC, datetime
from typing import Any

import pytest

from onboarding import details
from onboarding.countries import COUNTRIES
from onboarding.errors import BadDetails
from tests.onboarding.conftest import COMPANY, PERSON, person_details

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def errors_in(data: dict[str, Any], submission_type: str = "KYC") -> dict[str, str]:
    try:
        details.check(data, submission_type=submission_type, now=NOW)
    except BadDetails as bad:
        return dict(bad.errors)
    return {}


def test_is_taken_whole_for_a_person_and_for_a_company():
    assert errors_in(PERSON) == {}
    assert errors_in(COMPANY, "KYB") == {}
    assert details.missing(PERSON, submission_type="KYC") == []
    assert details.missing(COMPANY, submission_type="KYB") == []


def test_is_taken_where_all_of_it_is_missing_and_says_what():
    assert errors_in({}) == {}
    missing = details.missing({}, submission_type="KYC")
    assert "Person: First name is missing." in missing
    assert "Home address: City is missing." in missing
    assert "Consent: Channel is missing." in missing
    assert not any("Middle name" in sentence or "State" in sentence for sentence in missing)


@pytest.mark.parametrize(
    "name", ["李小龍", "محمد عبد الله", "שלום", "Ọlábísí", "🙂", "O'Neil-Łącki", "a" * 300]
)
def test_keeps_a_name_in_any_script_untouched(name):
    data = person_details(firstName=name)
    assert errors_in(data) == {}
    assert details.given(data)["personalDetails"]["firstName"] == name


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("dateOfBirth", "1990-02-30", "The calendar has no such day."),
        ("dateOfBirth", "2190-01-01", "This day lies in the future."),
        ("dateOfBirth", "1800-01-01", "This day is too long ago (before 1900)."),
        ("dateOfBirth", "28.02.1990", "Send the date as year-month-day, such as 1990-12-31."),
        ("dateOfBirth", 19900228, "Send the date as year-month-day, such as 1990-12-31."),
        ("nationality", "Germany", "Send the country as its two-letter ISO code in capitals, such as DE."),
        ("nationality", "XX", "Send the country as its two-letter ISO code in capitals, such as DE."),
        ("nationality", ["DE"], "Send the country as its two-letter ISO code in capitals, such as DE."),
        ("email", "nobody", "This is not an email address, such as ana@example.com."),
        ("firstName", "x" * 10_000, "This has 10,000 characters; at most 300 are taken."),
        ("firstName", " " * 10_000, "This has 10,000 characters; at most 300 are taken."),
        ("firstName", 7, "Send this as text."),
        ("firstName", "a\x00b", "This holds a character that cannot be read. Type it again."),
        ("firstName", "\ud800", "This holds a character that cannot be read. Type it again."),
        ("firstname", "Zoë", "There is no such field here."),
        ("residentialAddress", "Berlin", "Send this as an object of named fields."),
    ],
)
def test_is_refused_with_a_sentence(field, value, sentence):
    assert errors_in(person_details(**{field: value})) == {f"personalDetails.{field}": sentence}


@pytest.mark.parametrize(
    "share",
    [
        "0",
        "-1",
        "101",
        "100.0000001",
        "1_0",
        "５０",
        "5e1",
        "1e-99999",
        "NaN",
        True,
        None,
        float("inf"),
        "x",
        [],
    ],
)
def test_takes_no_share_that_cannot_be(share):
    owner = {**COMPANY["additionalCorporationDetails"]["beneficialOwners"][0], "ownershipPercent": share}
    data = {**COMPANY, "additionalCorporationDetails": {"beneficialOwners": [owner]}}
    where = "additionalCorporationDetails.beneficialOwners[0].ownershipPercent"
    assert (where in errors_in(data, "KYB")) is (share is not None)


@pytest.mark.parametrize("moment", ["2026-06-28", "2026-06-28T00:00:00", "2030-01-01T00:00:00Z", 1, "soon"])
def test_takes_no_consent_at_a_moment_that_cannot_be(moment):
    data = {"consentEvidence": {"consentedAt": moment}}
    assert list(errors_in(data)) == ["consentEvidence.consentedAt"]


def test_drops_what_is_blank_and_nothing_else():
    data = {"personalDetails": {"firstName": " ", "middleName": None, "residentialAddress": {"city": ""}}}
    assert details.given(data) == {}
    assert details.given({"a": [0, False, "", "x"]}) == {"a": [0, False, "x"]}


def test_has_one_digest_whatever_the_order_of_its_fields():
    turned = dict(reversed(list(PERSON.items())))
    assert details.digest(PERSON) == details.digest(turned)
    assert details.digest(PERSON) != details.digest(person_details(firstName="Zoe"))


def test_knows_every_country_of_the_standard():
    assert len(COUNTRIES) == 249
    assert COUNTRIES["CI"] == "Côte d’Ivoire"


def test_takes_no_consent_from_before_there_was_a_calendar_everywhere():
    for moment in ("0001-01-01T00:00:00+14:00", "1999-12-31T00:00:00Z"):
        data = {**PERSON, "consentEvidence": {**PERSON["consentEvidence"], "consentedAt": moment}}
        assert "consentEvidence.consentedAt" in errors_in(data, "KYC")
