"""Which decisions another person makes a second time: declines, companies, high risk, and a random share."""

import hmac
from enum import StrEnum

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.screening.standing import has_public_office
from onboarding.models import Case, SubmissionType
from onboarding.risk.levels import Level, counts_as
from onboarding.second_look.models import Result


class Reason(StrEnum):
    """Why a case is looked at twice."""

    DECLINE = "DECLINE"
    COMPANY = "COMPANY"
    HIGH_RISK = "HIGH_RISK"
    PEP = "PEP"
    DRAWN = "DRAWN"


REASON_LABELS: dict[Reason, Promise] = {
    Reason.DECLINE: _("The customer was to be declined"),
    Reason.COMPANY: _("A company"),
    Reason.HIGH_RISK: _("High risk, or not rated"),
    Reason.PEP: _("A politically exposed person"),
    Reason.DRAWN: _("Drawn at random"),
}


def reasons_for(case: Case, result: str) -> list[str]:
    """Why another person has to look at this decision too; empty if one person's is enough."""
    found = []
    if result == Result.DECLINED:
        found.append(Reason.DECLINE)
    if case.submission_type == SubmissionType.KYB:
        found.append(Reason.COMPANY)
    if counts_as(case.risk_level) == Level.HIGH:
        found.append(Reason.HIGH_RISK)
    if has_public_office(case.customer):
        found.append(Reason.PEP)
    if is_drawn(case):
        found.append(Reason.DRAWN)
    return [reason.value for reason in found]


def is_drawn(case: Case) -> bool:
    """Whether the lot falls on this round of the case: for SECOND_LOOK_PERCENT of all, and nobody can foretell it.

    The lot is a keyed hash and not a dice, so that deciding again does not throw anew, and an auditor who has
    the key can see that it was fair.
    """
    words = f"second look\0{case.case_ref}\0{case.submission_number}"
    lot = hmac.digest(settings.AUDIT_KEY.encode(), words.encode(), "sha256")
    return int.from_bytes(lot[:8], "big") % 10_000 < settings.SECOND_LOOK_PERCENT * 100
