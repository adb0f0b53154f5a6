"""The queues of fiat accounts: the longest waiting first, empty when the work is done."""

from typing import Any

from django.db.models import Q, QuerySet

from backoffice.oceafin.models import Submission
from backoffice.oceafin.states import SubmissionState
from backoffice.staff.models import User
from backoffice.staff.roles import Right
from payments.accounts.fiat import letters
from payments.accounts.fiat.models import FiatAccount, FiatAccountApplication
from payments.accounts.fiat.states import WAITS_FOR_OCEAFIN, WAITS_FOR_US

ROWS = 50
COUNTED_AT_MOST = 100


def waits_for_us() -> QuerySet[FiatAccountApplication]:
    """Asked by Oceafin, held, or contradicted: a person has to act."""
    held = Submission.objects.filter(
        kind__in=[letters.APPLY, letters.INFO], state=SubmissionState.HELD
    ).values_list("subject_id", flat=True)[:COUNTED_AT_MOST]
    wanted = Q(state__in=WAITS_FOR_US) | ~Q(contradiction="") | Q(pk__in=[int(pk) for pk in held])
    return _rows(wanted)


def waits_for_oceafin() -> QuerySet[FiatAccountApplication]:
    """Nothing to do here: the outcome comes by itself."""
    return _rows(Q(state__in=WAITS_FOR_OCEAFIN, contradiction=""))


def accounts() -> QuerySet[FiatAccount]:
    """Every account, the newest first."""
    return FiatAccount.objects.select_related("customer").order_by("-id")


def waiting_for_me(_user: User, user_rights: frozenset[Right]) -> list[QuerySet[Any]]:
    """For the sidebar: what waits for an answer from us."""
    able = {Right.REQUEST_PAYMENTS, Right.LEAD_PAYMENTS} & user_rights
    return [waits_for_us()] if able else []


def _rows(wanted: Q) -> QuerySet[FiatAccountApplication]:
    found = FiatAccountApplication.objects.filter(wanted)
    return found.select_related("customer").order_by("state_since", "pk")
