"""Who of a case has to be screened, and what of it is missing before the case can be accepted or signed."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.screening.standing import ScreeningStanding, policy, standing_of
from customers.screening.subjects import CUSTOMER, Subject, person_key
from onboarding.checks import Check
from onboarding.details import full_name
from onboarding.models import Case, SubmissionType


def subjects_of(case: Case, details: dict[str, Any]) -> list[Subject]:
    """Who is screened for this case: the customer; of a company also its directors and owners, each person once."""
    if case.submission_type == SubmissionType.KYC:
        return [Subject(CUSTOMER, _("The customer"), full_name(details.get("personalDetails", {})))]
    company = details.get("corporationDetails", {})
    more = details.get("additionalCorporationDetails", {})
    found = {CUSTOMER: Subject(CUSTOMER, _("The company"), company.get("legalName", ""))}
    for label, people in (
        (_("Director %(number)d"), more.get("directors", [])),
        (_("Owner %(number)d"), more.get("beneficialOwners", [])),
    ):
        for number, person in enumerate(people, start=1):
            name = full_name(person)
            key = person_key(name=name, born=person.get("dateOfBirth", ""))
            if name and key not in found:
                found[key] = Subject(key, label % {"number": number}, name)
    return list(found.values())


def checks(case: Case, details: dict[str, Any], *, now: datetime) -> list[Check]:
    """The lines of the checklist about screening; one query."""
    return checks_by(standing_of(case.customer, now), subjects_of(case, details))


def checks_by(standing: ScreeningStanding, subjects: list[Subject]) -> list[Check]:
    missing = [str(subject.label) for subject in subjects if subject.key not in standing.fresh]
    days = policy().days
    not_screened = _("Not screened in the last %(days)d days: %(who)s.") % {
        "days": days,
        "who": ", ".join(missing),
    }
    lines = [
        Check(_("Everybody was screened"), not missing, not_screened if missing else ""),
        Check(_("Every screening hit was decided"), not standing.open_hits, _open(standing.open_hits)),
    ]
    if standing.confirmed_sanctions:
        sentence = _("A hit on a sanctions list is confirmed: this customer cannot be taken.")
        lines.append(Check(_("Nobody is under sanctions"), False, sentence))
    return lines


def _open(count: int) -> str:
    if not count:
        return ""
    return ngettext(
        "%(count)d screening hit still to decide.", "%(count)d screening hits still to decide.", count
    ) % {"count": count}
