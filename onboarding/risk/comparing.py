"""What is different between two tables of the matrix, in words. Pure."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from onboarding.countries import with_name
from onboarding.risk.levels import ANSWERS, LEVEL_LABELS, Factor, Level
from onboarding.risk.matrix import Table


@dataclass(frozen=True)
class Difference:
    """One thing that reads otherwise: under which heading, what, how it was and how it is."""

    heading: str
    what: str
    before: str
    after: str


def differences(before: Table, after: Table) -> list[Difference]:
    """Every difference, factor by factor. Both tables are whole."""
    found = []
    for factor in Factor:
        old, new = before["factors"][factor.value], after["factors"][factor.value]
        entries = sorted({*old["entries"], *new["entries"]})
        pairs = [
            (name_of(factor, entry), old["entries"].get(entry), new["entries"].get(entry))
            for entry in entries
        ]
        pairs += [
            (_("Every other answer"), old["otherwise"], new["otherwise"]),
            (_("No answer given"), old["missing"], new["missing"]),
        ]
        found += [
            Difference(str(factor.label), what, _words(was), _words(now))
            for what, was, now in pairs
            if was != now
        ]
    if before["mediumsForHigh"] != after["mediumsForHigh"]:
        heading, what = _("All together"), _("Mediums that make high")
        found.append(Difference(heading, what, _count(before), _count(after)))
    return found


def name_of(factor: Factor, entry: str) -> str:
    """An entry of the table as a person reads it."""
    if factor in ANSWERS:
        return str(ANSWERS[factor].get(entry, entry))
    return with_name(entry) if factor == Factor.COUNTRY else entry


def _words(level: Any) -> str:
    return str(LEVEL_LABELS[Level(level)]) if level else _("Like every other answer")


def _count(table: Table) -> str:
    return str(table["mediumsForHigh"]) if table["mediumsForHigh"] else _("never")
