"""The policy in force."""

from datetime import datetime

from backoffice import once
from payments.policies.deciding import DAY_ONE, Policy
from payments.policies.models import PolicyVersion
from payments.policies.states import PolicyState


def in_force() -> Policy:
    """The version that counts now; day one's where none was made yet."""
    return once.asked("policy", _in_force)


def number_in_force() -> int:
    """Its number, 0 for day one's."""
    numbers = PolicyVersion.objects.filter(state=PolicyState.ACTIVE).values_list("number", flat=True)
    return once.asked("policy number", lambda: numbers.first() or 0)


def confirmed_first() -> bool:
    """Whether nothing is approved for a beneficiary that nobody confirmed."""
    asked = PolicyVersion.objects.filter(state=PolicyState.ACTIVE).values_list("confirmed_first", flat=True)
    return once.asked("confirmed first", lambda: bool(asked.first()))


def _in_force() -> Policy:
    version = active_version()
    return version.policy if version else DAY_ONE


def in_force_since(version: str) -> datetime | None:
    """When a version as a payment keeps it (`policy-2`) came into force; None for day one's."""
    _name, _dash, number = version.partition("policy-")
    if not number.isdecimal():
        return None
    approved = PolicyVersion.objects.filter(number=int(number)).values_list("approved_at", flat=True)
    return approved.first()


def active_version() -> PolicyVersion | None:
    versions = PolicyVersion.objects.filter(state=PolicyState.ACTIVE)
    return versions.prefetch_related("rows__customer").first()
