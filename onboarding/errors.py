"""What the services say when they will not do something: sentences for the person who asked."""

from collections.abc import Sequence
from typing import Any

from backoffice.staff.errors import Refusal


class CannotBeDone(Refusal):
    """The case stands in a state, or with a person, in which this cannot be done."""


class ReferenceTaken(Refusal):
    """The reference already stands for another case, or for other content."""


class AnotherCaseIsOpen(Refusal):
    """A customer has one open case at a time."""


class UnknownDocument(Refusal):
    """A document that is not one of this customer's."""


class ClaimedByAnother(Refusal):
    """Two reviewers never work blindly on one case."""


class NotYours(Refusal):
    """This case is not for this person: they lack the right, or have decided in it before."""


class NotClaimed(Refusal):
    """Who decides has taken the case first, so that who saw the data is on record."""


class Incomplete(Refusal):
    """What is missing before the case can be accepted, item by item."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__("This cannot be accepted yet. " + " ".join(missing))
        self.missing = missing


class ReasonNeeded(Refusal):
    """The act needs words that another person understands later."""


class SecondFactorNeeded(Refusal):
    """Who signs has shown the second factor within the last minutes."""


class ChangedSinceSeen(Refusal):
    """What the person saw is not what would be signed."""


class ChangedMeanwhile(ChangedSinceSeen):
    """Somebody else changed the data after this person opened it: nothing was saved, and this is what changed."""

    def __init__(self, sentence: str, differences: Sequence[Any]) -> None:
        super().__init__(sentence)
        self.differences = list(differences)


class BadDetails(Refusal):
    """What is wrong with the data that was handed in, field by field: (field, sentence)."""

    def __init__(self, errors: list[tuple[str, str]]) -> None:
        super().__init__(" ".join(f"{field}: {sentence}" for field, sentence in errors[:5]))
        self.errors = errors
