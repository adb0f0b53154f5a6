"""The data of a case: which fields there are, what each may hold, and which must be there. Pure.

Names and nesting are the contract's (section 3). A field that is absent, null or blank is missing, which is
fine at the intake: the review judges. A field that is wrong, or that is not in the contract, is refused.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from onboarding import rules
from onboarding.errors import BadDetails

Details = dict[str, Any]


@dataclass(frozen=True)
class Field:
    """One value: its label on the page, its rule, and whether a case needs it."""

    label: str | Promise
    rule: rules.Rule = rules.text
    needed: bool = True


@dataclass(frozen=True)
class Group:
    """Named fields. `many` is a list of such groups; `one` is what one of them is called."""

    label: str | Promise
    fields: dict[str, "Field | Group"]
    needed: bool = True
    many: bool = False
    one: str | Promise = ""


def _address(label: Promise, *, needed: bool = True) -> Group:
    return Group(
        label,
        {
            "line1": Field(_("Street and number"), needed=needed),
            "line2": Field(_("Second line"), needed=False),
            "city": Field(_("City"), needed=needed),
            "state": Field(_("State"), needed=False),
            "postcode": Field(_("Postcode"), needed=needed),
            "country": Field(_("Country"), rules.country, needed),
        },
        needed=needed,
    )


def _person(*, whole: bool) -> dict[str, Field | Group]:
    return {
        "firstName": Field(_("First name")),
        "middleName": Field(_("Middle name"), needed=False),
        "lastName": Field(_("Last name")),
        "dateOfBirth": Field(_("Date of birth"), rules.birth_date),
        "nationality": Field(_("Nationality"), rules.country),
        "taxResidency": Field(_("Tax residency"), rules.country, whole),
        "email": Field(_("Email"), rules.email, whole),
        "phone": Field(_("Phone"), needed=whole),
        "residentialAddress": _address(_("Home address"), needed=whole),
    }


_PURPOSES: dict[str, Field | Group] = {
    "purposesOfAccountOpening": Field(_("Purpose of the account"), rules.texts),
    "sourceOfFunds": Field(_("Source of funds"), rules.texts),
}
CONSENT = Group(
    "Consent",
    {
        "consentVersion": Field(_("Version of the text")),
        "consentTextSha256": Field(_("SHA-256 of the text"), rules.sha256),
        "consentedAt": Field(_("Consented"), rules.instant),
        "channel": Field(_("Channel")),
        "ipAddress": Field(_("IP address"), needed=False),
        "userAgent": Field(_("Browser"), rules.long_text, needed=False),
        "locale": Field(_("Language"), needed=False),
    },
)
KYC: dict[str, Group] = {
    "personalDetails": Group(_("Person"), _person(whole=True)),
    "additionalPersonalDetails": Group(
        _("Occupation and funds"),
        {
            "occupation": Field(_("Occupation")),
            **_PURPOSES,
            "sourceOfWealth": Field(_("Source of wealth"), rules.texts),
        },
    ),
    "consentEvidence": CONSENT,
}
KYB: dict[str, Group] = {
    "corporationDetails": Group(
        "Company",
        {
            "legalName": Field(_("Legal name")),
            "registrationNumber": Field(_("Registration number")),
            "incorporationDate": Field(_("Incorporated on"), rules.past_date),
            "incorporationCountry": Field(_("Incorporated in"), rules.country),
            "registeredAddress": _address(_("Registered address")),
            "website": Field(_("Website"), needed=False),
        },
    ),
    "additionalCorporationDetails": Group(
        _("Business and people"),
        {
            "industry": Field(_("Industry")),
            **_PURPOSES,
            "directors": Group(_("Directors"), _person(whole=False), many=True, one=_("Director")),
            "beneficialOwners": Group(
                _("Beneficial owners"),
                {**_person(whole=False), "ownershipPercent": Field(_("Owns (%)"), rules.percent)},
                many=True,
                one=_("Beneficial owner"),
            ),
        },
    ),
    "consentEvidence": CONSENT,
}
SECTIONS = {"KYC": KYC, "KYB": KYB}


def check(details: Details, *, submission_type: str, now: datetime) -> None:
    """Raise BadDetails with every field that is wrong. Missing fields are no error here."""
    errors = list(_wrong_in(details, SECTIONS[submission_type], "", now))
    errors = errors or list(_wrong_together(details))
    if errors:
        raise BadDetails(errors[:50])


def missing(details: Details, *, submission_type: str) -> list[str]:
    """The fields that a case needs and this one lacks, as sentences for the reviewer."""
    return [
        gettext("%(field)s is missing.") % {"field": label}
        for label in _missing_in(details, SECTIONS[submission_type], "")
    ]


def given(details: Details) -> Details:
    """The same data without what is absent, null or blank: what is kept, compared and sent."""
    return {name: kept for name, value in details.items() if (kept := _given(value)) not in (None, {}, [])}


def digest(*parts: Any) -> str:
    """SHA-256 over one canonical form, whatever order the fields came in."""
    canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def full_name(person: Details) -> str:
    """First, middle and last name as given. Personal."""
    names = (person.get(part, "") for part in ("firstName", "middleName", "lastName"))
    return " ".join(name for name in names if name)


def _given(value: Any) -> Any:
    if isinstance(value, dict):
        return given(value)
    if isinstance(value, list):
        return [kept for entry in value if (kept := _given(entry)) not in (None, {}, [])]
    if isinstance(value, Decimal):
        return str(value)
    return None if isinstance(value, str) and not value.strip() else value


def _wrong_in(
    values: Any, fields: "dict[str, Field | Group] | dict[str, Group]", path: str, now: datetime
) -> Iterator[tuple[str, str]]:
    if not isinstance(values, dict):
        yield path or "body", gettext("Send this as an object of named fields.")
        return
    for name, value in values.items():
        where = f"{path}.{name}" if path else name
        expected = fields.get(name)
        if expected is None:
            yield where[:200].encode(errors="replace").decode(), gettext("There is no such field here.")
        elif value is not None:
            yield from _wrong_value(value, expected, where, now)


def _wrong_value(value: Any, expected: Field | Group, where: str, now: datetime) -> Iterator[tuple[str, str]]:
    if isinstance(expected, Group):
        if not expected.many:
            yield from _wrong_in(value, expected.fields, where, now)
        elif not isinstance(value, list) or len(value) > rules.MOST_ITEMS:
            yield (
                where,
                gettext("Send this as a list of at most %(limit)d entries.") % {"limit": rules.MOST_ITEMS},
            )
        else:
            for number, entry in enumerate(value):
                yield from _wrong_in(entry, expected.fields, f"{where}[{number}]", now)
        return
    if isinstance(value, str) and not value.strip() and len(value) <= rules.LONGEST:
        return
    try:
        expected.rule(value, now)
    except ValueError as error:
        yield where, str(error)


def _wrong_together(details: Details) -> Iterator[tuple[str, str]]:
    """What only shows when each field is right by itself."""
    owners = (details.get("additionalCorporationDetails") or {}).get("beneficialOwners") or []
    shares = [str(owner["ownershipPercent"]).strip() for owner in owners if owner.get("ownershipPercent")]
    total = sum((Decimal(share) for share in shares if share), Decimal(0))
    if total > 100:
        yield (
            "additionalCorporationDetails.beneficialOwners",
            gettext("The shares add up to %(total)s percent; a company has 100.") % {"total": f"{total:f}"},
        )


def _missing_in(
    values: Details, fields: "dict[str, Field | Group] | dict[str, Group]", of: str
) -> Iterator[str]:
    for name, expected in fields.items():
        value = _given(values.get(name)) if values.get(name) is not None else None
        label = f"{of}: {expected.label}" if of else str(expected.label)
        is_one_answer = isinstance(expected, Field) or expected.many
        if is_one_answer and expected.needed and value in (None, [], {}):
            yield label
        if isinstance(expected, Group) and expected.many:
            for number, entry in enumerate(value or [], start=1):
                yield from _missing_in(entry, expected.fields, f"{expected.label} {number}")
        elif isinstance(expected, Group) and (expected.needed or value):
            yield from _missing_in(value or {}, expected.fields, expected.label)
