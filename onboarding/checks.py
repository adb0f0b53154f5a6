"""One line of the checklist. Pure; the parts that add lines do not need to know each other."""

from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True)
class Check:
    """What is needed, and whether it is there."""

    label: str | Promise
    done: bool
    missing: str = ""
