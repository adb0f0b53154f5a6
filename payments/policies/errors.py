"""What the services say when a policy cannot be proposed or come into force."""

from backoffice.staff.errors import Refusal


class BadPolicy(Refusal):
    """Something in it cannot stand. `faults` are its sentences, one for each thing."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(" ".join(faults))
        self.faults = faults


class ProposalStands(Refusal):
    """Another proposal waits already, or none does."""


class OtherAdministrator(Refusal):
    """Who proposed a policy does not approve it."""


class ProposalChanged(Refusal):
    """What the administrator saw is not what would come into force, or a newer version counts meanwhile."""
