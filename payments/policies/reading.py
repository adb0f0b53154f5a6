"""The policy in force."""

from payments.policies.deciding import DAY_ONE, Policy
from payments.policies.models import PolicyVersion
from payments.policies.states import PolicyState


def in_force() -> Policy:
    """The version that counts now; day one's where none was made yet."""
    version = active_version()
    return version.policy if version else DAY_ONE


def number_in_force() -> int:
    """Its number, 0 for day one's."""
    numbers = PolicyVersion.objects.filter(state=PolicyState.ACTIVE).values_list("number", flat=True)
    return numbers.first() or 0


def confirmed_first() -> bool:
    """Whether nothing is approved for a beneficiary that nobody confirmed."""
    asked = PolicyVersion.objects.filter(state=PolicyState.ACTIVE).values_list("confirmed_first", flat=True)
    return bool(asked.first())


def active_version() -> PolicyVersion | None:
    versions = PolicyVersion.objects.filter(state=PolicyState.ACTIVE)
    return versions.prefetch_related("rows__customer").first()
