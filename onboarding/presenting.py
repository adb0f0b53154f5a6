"""A case's data as rows of a page: each value under its label, what is missing, and what a document must match."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from onboarding import rules
from onboarding.countries import with_name
from onboarding.details import SECTIONS, Details, Field, Group

_PERSON = {"firstName", "middleName", "lastName", "dateOfBirth"}
_COMPANY = {
    "legalName",
    "registrationNumber",
    "incorporationDate",
    "incorporationCountry",
    "registeredAddress",
}
# What a reviewer compares with each kind of document.
MATCHES: dict[str, set[str]] = {
    "PASSPORT": _PERSON | {"nationality"},
    "NATIONAL_ID": _PERSON | {"nationality"},
    "RESIDENCE_PERMIT": _PERSON | {"nationality"},
    "DRIVING_LICENCE": _PERSON,
    "PROOF_OF_ADDRESS": {"firstName", "middleName", "lastName", "residentialAddress", "registeredAddress"},
    "SOURCE_OF_FUNDS": {"sourceOfFunds", "sourceOfWealth", "occupation", "industry"},
    "CERTIFICATE_OF_INCORPORATION": _COMPANY,
    "REGISTER_EXTRACT": _COMPANY,
    "ARTICLES_OF_ASSOCIATION": _COMPANY,
}


@dataclass
class Row:
    label: str | Promise
    lines: list[str] = field(default_factory=list)
    missing: bool = False
    match: bool = False
    code: bool = False


@dataclass
class Section:
    title: str | Promise
    rows: list[Row]


def sections(details: Details, *, submission_type: str, document_type: str = "") -> list[Section]:
    """Every section of the case, in the order of the contract. `document_type` marks what to compare with it."""
    match = MATCHES.get(document_type, set())
    shown: list[Section] = []
    for name, group in SECTIONS[submission_type].items():
        values = details.get(name, {})
        of_person = name != "consentEvidence"
        shown.append(Section(group.label, _rows(values, group, match if of_person else set())))
        for key, below in group.fields.items():
            if isinstance(below, Group) and below.many:
                shown += _people(values.get(key, []), below)
    return shown


def masked(details: Details, *, submission_type: str) -> list[Section]:
    """The same rows with every value hidden: which data is there, and none of it."""
    shown = sections(details, submission_type=submission_type)
    for section in shown:
        for row in section.rows:
            row.lines = ["••••"] if row.lines else []
    return shown


def person(values: Details, name: str, *, document_type: str = "") -> list[Row]:
    """One entry of `directors` or `beneficialOwners`; `document_type` marks what to compare with it."""
    group = SECTIONS["KYB"]["additionalCorporationDetails"].fields[name]
    assert isinstance(group, Group)
    return _rows(values, group, MATCHES.get(document_type, set()) - _COMPANY)


def group_rows(values: Details, group: Group) -> list[Row]:
    """The rows of one group of fields."""
    return _rows(values, group, set())


def _rows(values: Details, group: Group, match: set[str]) -> list[Row]:
    rows = []
    for name, expected in group.fields.items():
        if isinstance(expected, Group):
            if not expected.many:
                rows.append(_address(values.get(name, {}), expected, name in match))
            elif not values.get(name):
                rows.append(Row(expected.label, missing=expected.needed))
            continue
        value = values.get(name)
        if value is None and not expected.needed:
            continue
        rows.append(
            Row(
                expected.label,
                _lines(value, expected),
                missing=value is None,
                match=name in match,
                code=expected.rule is rules.sha256,
            )
        )
    return rows


def _address(values: Details, group: Group, match: bool) -> Row:
    town = " ".join(str(values[name]) for name in ("postcode", "city") if values.get(name))
    lines = [values.get("line1", ""), values.get("line2", ""), town, values.get("state", "")]
    lines.append(with_name(values.get("country", "")))
    missing = any(
        isinstance(expected, Field) and expected.needed and not values.get(name)
        for name, expected in group.fields.items()
    )
    return Row(
        group.label, [str(line) for line in lines if line], missing=missing and group.needed, match=match
    )


def _people(people: list[Details], group: Group) -> list[Section]:
    title = _("%(kind)s %(number)d")
    return [
        Section(title % {"kind": group.one, "number": number}, _rows(person, group, set()))
        for number, person in enumerate(people, start=1)
    ]


def _lines(value: Any, expected: Field) -> list[str]:
    if value is None:
        return []
    if isinstance(value, list):
        return [str(entry) for entry in value]
    if expected.rule is rules.country:
        return [with_name(value)]
    if expected.rule is rules.instant:
        moment = datetime.fromisoformat(value).astimezone(UTC)
        return [formats.date_format(moment, "j F Y, H:i:s") + " UTC"]
    if expected.rule in {rules.birth_date, rules.past_date}:
        return [formats.date_format(date.fromisoformat(value), "j F Y")]
    if expected.rule is rules.percent:
        return [f"{value} %"]
    return [str(value)]
