"""What the services say when they will not do something: sentences for the person who asked."""

from backoffice.staff.errors import ReasonNeeded as ReasonNeeded
from backoffice.staff.errors import Refusal


class Unfit(Refusal):
    """A field that cannot be taken as it is. `field` is its name in the API."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class CustomerRestricted(Refusal):
    """Nothing new is opened for this customer: our own standing of it."""


class NothingAsked(Refusal):
    """Oceafin asks for nothing now, or for something else than what was answered."""


class TooLate(Refusal):
    """It has left, or is leaving, and cannot be taken back by us."""


class NotKnownYet(Refusal):
    """Oceafin does not know the customer yet, so there is nothing to read."""
