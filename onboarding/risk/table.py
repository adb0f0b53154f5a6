"""Whether a table can be a matrix: every factor is there, every level is one, every entry can be met. Pure."""

from typing import Any

from django.utils.translation import gettext as _

from backoffice.staff.errors import Refusal
from onboarding.countries import COUNTRIES
from onboarding.risk.levels import ANSWERS, Factor, Level
from onboarding.risk.matrix import plain

MOST_ENTRIES, LONGEST_ENTRY = 500, 100


class BadTable(Refusal):
    """What is wrong with a table, in a sentence."""


def checked(table: dict[str, Any]) -> dict[str, Any]:
    """The same table, laid out in one way. Raises BadTable."""
    mediums = table.get("mediumsForHigh")
    if not isinstance(mediums, int) or not 0 <= mediums <= len(Factor):
        raise BadTable(_("Say how many medium factors make high: 0 (never) to %d.") % len(Factor))
    return {
        "mediumsForHigh": mediums,
        "factors": {factor.value: _column(table, factor) for factor in Factor},
    }


def _column(table: dict[str, Any], factor: Factor) -> dict[str, Any]:
    column = table.get("factors", {}).get(factor.value)
    if column is None:
        raise BadTable(_("%(factor)s is missing.") % {"factor": factor.label})
    entries: dict[str, str] = column.get("entries", {})
    if len(entries) > MOST_ENTRIES:
        raise BadTable(_("%(factor)s has too many entries.") % {"factor": factor.label})
    for entry, level in entries.items():
        _check_entry(factor, entry)
        _check_level(factor, level)
    if factor in ANSWERS and set(entries) != set(ANSWERS[factor]):
        raise BadTable(_("%(factor)s: give every answer a level.") % {"factor": factor.label})
    for name in ("otherwise", "missing"):
        _check_level(factor, column.get(name))
    return {
        "entries": dict(sorted(entries.items())),
        "otherwise": column["otherwise"],
        "missing": column["missing"],
    }


def _check_level(factor: Factor, level: object) -> None:
    if level not in set(Level):
        raise BadTable(_("%(factor)s: choose low, medium or high.") % {"factor": factor.label})


def _check_entry(factor: Factor, entry: str) -> None:
    if factor == Factor.COUNTRY and entry not in COUNTRIES:
        raise BadTable(
            _("“%(entry)s” is no country. Write two-letter ISO codes in capitals, such as DE.")
            % {"entry": entry[:20]}
        )
    if not plain(entry) or len(entry) > LONGEST_ENTRY:
        raise BadTable(
            _("%(factor)s: an entry has 1 to %(limit)d characters.")
            % {"factor": factor.label, "limit": LONGEST_ENTRY}
        )
