"""What the services say when they will not do something: sentences for the person who asked."""

from backoffice.staff.errors import Refusal


class Unfit(Refusal):
    """A field that cannot be taken as it is. `field` is its name in the API."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class CustomerRestricted(Refusal):
    """Nothing new is opened for this customer: our own standing of it."""


class NotDenied(Refusal):
    """It was not refused because the product is switched off, so asking again would change nothing."""


class NothingToDecide(Refusal):
    """Nobody doubts whose it is, or somebody has decided."""
