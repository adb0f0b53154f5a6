"""The words of the risk matrix: levels, factors, and the answers that a factor may have. Pure."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Level(StrEnum):
    """Higher is worse, in this order."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"

    @property
    def label(self) -> Promise:
        return LEVEL_LABELS[self]

    @classmethod
    def choices(cls) -> list[tuple[str, Promise]]:
        return [(level.value, level.label) for level in cls]


LEVEL_LABELS: dict[Level, Promise] = {
    Level.LOW: _("Low"),
    Level.MEDIUM: _("Medium"),
    Level.HIGH: _("High"),
}
_ORDER = list(Level)


class Factor(StrEnum):
    """What the risk is judged by."""

    COUNTRY = "COUNTRY"
    INDUSTRY = "INDUSTRY"
    PRODUCT = "PRODUCT"
    PEP = "PEP"
    CHANNEL = "CHANNEL"
    OWNERSHIP = "OWNERSHIP"

    @property
    def label(self) -> Promise:
        return FACTOR_LABELS[self]


FACTOR_LABELS: dict[Factor, Promise] = {
    Factor.COUNTRY: _("Country"),
    Factor.INDUSTRY: _("Business or occupation"),
    Factor.PRODUCT: _("What the account is for"),
    Factor.PEP: _("Public office"),
    Factor.CHANNEL: _("Channel"),
    Factor.OWNERSHIP: _("Ownership"),
}

# Factors that have a few fixed answers; the others hold words or country codes.
ANSWERS: dict[Factor, dict[str, Promise]] = {
    Factor.PEP: {
        "NONE": _("Nobody in public office was found"),
        "UNDECIDED": _("A hit for public office is not decided"),
        "CONFIRMED": _("Somebody holds public office (a PEP)"),
    },
    Factor.OWNERSHIP: {
        "SIMPLE": _("Few owners, all known"),
        "FOREIGN": _("An owner from another country than the company"),
        "MANY": _("More than four owners"),
        "INCOMPLETE": _("Less than 75 % of the owners are known"),
    },
}


def highest(levels: list[Level]) -> Level:
    """The highest of them; LOW where there is none."""
    return max(levels, key=_ORDER.index, default=Level.LOW)


def counts_as(level: str) -> Level:
    """What a case's column means: unrated counts as HIGH."""
    return Level(level) if level else Level.HIGH
