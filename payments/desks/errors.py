"""What the desks say when they will not do something."""

from backoffice.staff.errors import Refusal


class SamePerson(Refusal):
    """What one person found, another has to confirm."""


class NothingProposed(Refusal):
    """Nobody proposed this, or it was decided meanwhile."""


class ProposedAlready(Refusal):
    """Somebody proposed it already; another person confirms it or takes it back."""


class NotThisPayment(Refusal):
    """What Oceafin shows is not what we sent."""


class CouldNotRead(Refusal):
    """Oceafin could not be read, and nothing is decided without it."""


class StillContradicts(Refusal):
    """What Oceafin says now still cannot be true beside what we know."""


class NothingWrong(Refusal):
    """There is nothing here to look after."""


class NothingAsked(Refusal):
    """Oceafin asks for nothing now, or an answer is on its way already."""
