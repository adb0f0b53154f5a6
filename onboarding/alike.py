"""What a case's data says that a customer can be recognised by, and the likely duplicates beside a case."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.audit import Actor
from backoffice.staff.roles import Right
from customers.likeness import plain
from customers.likeness import services as likeness
from customers.likeness.models import Kind
from customers.likeness.states import PAIR, PairState
from onboarding import panels
from onboarding.checks import Check
from onboarding.details import Details
from onboarding.models import Case


def learn(case: Case, _actor: Actor, now: datetime) -> None:
    """Have the customer recognised by the data of a case, whenever it is new."""
    likeness.learn(case.customer, traits(case.details), now=now)


def traits(details: Details) -> dict[Kind, list[str]]:
    """The plain forms of what the data holds; "" for what it lacks."""
    person, company = details.get("personalDetails", {}), details.get("corporationDetails", {})
    name = plain.person_name(*(str(person.get(part, "")) for part in ("firstName", "middleName", "lastName")))
    born = str(person.get("dateOfBirth", ""))
    registration = plain.code(str(company.get("registrationNumber", "")))
    country = plain.code(str(company.get("incorporationCountry", "")))
    return {
        Kind.PERSON: [f"{name}|{born}" if name and born else ""],
        Kind.BIRTH_DATE: [born],
        Kind.CONTACT: [
            str(person.get("email", "")).strip().lower(),
            plain.code(str(person.get("phone", ""))),
        ],
        Kind.COMPANY: [plain.company_name(str(company.get("legalName", "")))],
        Kind.REGISTRATION: [f"{country}|{registration}" if country and registration else ""],
        Kind.ADDRESS: [
            _address(person.get("residentialAddress")),
            _address(company.get("registeredAddress")),
        ],
    }


def checks(case: Case) -> list[Check]:
    """Nobody is accepted while a likely duplicate is undecided. One query, or none where the case brings the count."""
    count = getattr(case, "likely_duplicates", None)
    if count is None:
        count = likeness.open_pairs_of(case.customer).count()
    if not count:
        return []
    missing = ngettext(
        "%(count)d likely duplicate still to decide, under Risk.",
        "%(count)d likely duplicates still to decide, under Risk.",
        count,
    )
    return [Check(_("No likely duplicate is undecided"), False, missing % {"count": count})]


def panel(seen: panels.Bench) -> dict[str, Any]:
    """Who looks like this customer, and why; for who reviews. One query."""
    reviews = Right.REVIEW_CASES in seen.rights
    pairs = list(likeness.pairs_of(seen.case.customer)[: likeness.PAIRS_AT_MOST]) if reviews else []
    return {"likenesses": [_row(pair, seen.case.customer_id) for pair in pairs], "pair_machine": PAIR}


def register() -> None:
    """The panel of the workbench, and what is learnt from each case."""
    from onboarding import intake

    intake.on_change(learn)
    panels.register("risk", "onboarding/panels/likeness.html", panel, order=60)


def _row(pair: Any, customer_id: int) -> dict[str, Any]:
    other = pair.high if pair.low_id == customer_id else pair.low
    return {"pair": pair, "other": other, "is_open": pair.state == PairState.OPEN}


def _address(address: Any) -> str:
    if not isinstance(address, dict):
        return ""
    return plain.address(*(str(address.get(part, "")) for part in ("line1", "postcode", "country")))
