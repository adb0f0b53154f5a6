"""Where one click on a demo person leads: to their work, not to a page about it."""

from datetime import datetime

from django.urls import reverse

from backoffice.audit import Actor
from backoffice.staff.models import User
from backoffice.staff.roles import Role
from onboarding import services


def work_of(user: User, *, now: datetime) -> str:
    """A reviewer's most urgent case, taken for them as "Open next case" does; everybody else's home."""
    if Role.COMPLIANCE_REVIEWER in user.roles:
        case = services.claim_next(actor=Actor.staff(user), now=now)
        if case is not None:
            return reverse("onboarding:case", args=[case.case_ref])
    return reverse("admin:index")
