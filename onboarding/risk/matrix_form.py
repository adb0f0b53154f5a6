"""The form in which a lead writes a version of the matrix."""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onboarding.risk.levels import ANSWERS, Factor, Level
from onboarding.risk.matrix import Table, plain

LONGEST_LIST, LONGEST_NOTE = 60_000, 2000
HINTS: dict[Factor, Promise] = {
    Factor.COUNTRY: gettext_lazy(
        "Nationality, residence, tax and seat; of a company also those of its people. "
        "Two-letter codes such as DE, with spaces between them."
    ),
    Factor.INDUSTRY: gettext_lazy(
        "One on each line. An entry counts where its words stand in the answer: “casino” also in “Casino owner”."
    ),
    Factor.PRODUCT: gettext_lazy("What the customer wants the account for. One on each line."),
    Factor.CHANNEL: gettext_lazy("How the customer came to us. One on each line."),
}
# What no case can have is not asked for: it is kept as it was.
NEVER: dict[Factor, tuple[str, ...]] = {
    Factor.PEP: ("otherwise", "missing"),
    Factor.OWNERSHIP: ("otherwise",),
}
REST = {"otherwise": gettext_lazy("Every other answer"), "missing": gettext_lazy("No answer given")}


class MatrixForm(forms.Form):
    """The whole of one version. `table()` gives it as it is kept."""

    based_on = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    seen_digest = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    mediums = forms.IntegerField(
        label=gettext_lazy("How many mediums together make high"),
        min_value=0,
        max_value=len(Factor),
        help_text=gettext_lazy("0: never."),
    )
    note = forms.CharField(
        label=gettext_lazy("What you change and why"),
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("It stands beside the version for ever."),
    )

    def __init__(self, *arguments: Any, base: Table, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.base = base
        for factor in Factor:
            for name, label in _lines_of(factor):
                self.fields[f"{factor}_{name}"] = _field(factor, name, f"{factor.label}: {label}")

    def clean(self) -> dict[str, Any]:
        """An entry stands in one list of its factor."""
        cleaned = super().clean() or {}
        for factor in Factor:
            if factor in ANSWERS:
                continue
            seen: dict[str, Level] = {}
            for level in Level:
                for entry in _entries(factor, cleaned.get(f"{factor}_{level}", "")):
                    other = seen.setdefault(plain(entry), level)
                    if other != level:
                        sentence = _("“%(entry)s” stands under two levels. Take it out of one of them.")
                        self.add_error(f"{factor}_{level}", sentence % {"entry": entry[:40]})
        return cleaned

    def table(self) -> Table:
        """As the service takes it; only of a form that is valid."""
        return {
            "mediumsForHigh": self.cleaned_data["mediums"],
            "factors": {factor.value: self._column(factor) for factor in Factor},
        }

    def factors(self) -> list[dict[str, Any]]:
        """The fields as the page lays them out."""
        return [
            {
                "label": factor.label,
                "hint": HINTS.get(factor, ""),
                "is_list": factor not in ANSWERS,
                "lists": [(level, self[f"{factor}_{level}"]) for level in Level]
                if factor not in ANSWERS
                else [],
                "choices": [
                    (label, self[f"{factor}_{name}"])
                    for name, label in _lines_of(factor)
                    if name not in set(Level)
                ],
            }
            for factor in Factor
        ]

    def _column(self, factor: Factor) -> dict[str, Any]:
        data, kept = self.cleaned_data, self.base["factors"][factor.value]
        if factor in ANSWERS:
            entries = {answer: data[f"{factor}_{answer}"] for answer in ANSWERS[factor]}
        else:
            entries = {
                entry: level.value for level in Level for entry in _entries(factor, data[f"{factor}_{level}"])
            }
        return {"entries": entries, **{name: data.get(f"{factor}_{name}", kept[name]) for name in REST}}


def initial_of(table: Table, version: int) -> dict[str, Any]:
    """What the form shows of a version."""
    initial: dict[str, Any] = {"based_on": version, "mediums": table["mediumsForHigh"]}
    for factor in Factor:
        column = table["factors"][factor.value]
        initial |= {f"{factor}_{name}": column[name] for name in REST}
        if factor in ANSWERS:
            initial |= {f"{factor}_{answer}": level for answer, level in column["entries"].items()}
            continue
        between = " " if factor == Factor.COUNTRY else "\n"
        for level in Level:
            named = sorted(entry for entry, its in column["entries"].items() if its == level)
            initial[f"{factor}_{level}"] = between.join(named)
    return initial


def _lines_of(factor: Factor) -> Iterable[tuple[str, str | Promise]]:
    if factor in ANSWERS:
        yield from ANSWERS[factor].items()
    else:
        yield from ((level.value, level.label) for level in Level)
    yield from ((name, label) for name, label in REST.items() if name not in NEVER.get(factor, ()))


def _field(factor: Factor, name: str, label: str) -> forms.Field:
    if name in set(Level):
        rows = 4 if factor in {Factor.COUNTRY, Factor.INDUSTRY} else 3
        area = forms.Textarea(attrs={"rows": rows, "spellcheck": "false"})
        return forms.CharField(label=label, required=False, max_length=LONGEST_LIST, widget=area)
    return forms.ChoiceField(label=label, choices=Level.choices())


def _entries(factor: Factor, text: str) -> list[str]:
    if factor == Factor.COUNTRY:
        return [code for code in re.split(r"[\s,;]+", text.upper()) if code]
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]
