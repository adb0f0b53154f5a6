"""A case's data as the fields of a form, and back. Pure: names are paths, such as `personalDetails.lastName`.

What the customer agreed to is evidence and stays as it was shown; it is in no form.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from onboarding import rules
from onboarding.countries import COUNTRIES, with_name
from onboarding.details import SECTIONS, Details, Field, Group

EVIDENCE = "consentEvidence"
_TYPES: dict[rules.Rule, str] = {
    rules.country: "country",
    rules.texts: "lines",
    rules.long_text: "long",
    rules.birth_date: "date",
    rules.past_date: "date",
    rules.email: "email",
}


@dataclass
class Input:
    """One field of the form."""

    name: str
    label: str | Promise
    kind: str
    value: str
    needed: bool
    error: str = ""
    # What stands now, where somebody else changed it and this form says otherwise.
    theirs: str = ""

    @property
    def html_id(self) -> str:
        return "id_" + self.name.replace(".", "_")


@dataclass
class Fieldset:
    """Fields that belong together: a part of the case, an address, one of several people."""

    title: str | Promise
    inputs: list[Input] = field(default_factory=list)
    # The name of the box that takes this entry of a list out; empty where it is no list.
    remove: str = ""
    removed: bool = False
    # The empty entry behind the last one.
    is_new: bool = False

    @property
    def wrong(self) -> bool:
        return any(each.error for each in self.inputs)


def values_of(details: Details, *, submission_type: str) -> dict[str, str]:
    """The data as name and text, as a form shows it."""
    return {name: value for name, value in _flat(details, _sections(submission_type), "") if value}


def form_of(
    values: Mapping[str, str], *, submission_type: str, errors: list[tuple[str, str]] | None = None
) -> list[Fieldset]:
    """The form filled with these values; `errors` as BadDetails has them."""
    wrong = {path.replace("[", ".").replace("]", ""): sentence for path, sentence in errors or []}
    found: list[Fieldset] = []
    for name, group in _sections(submission_type).items():
        found += _fieldsets(group, name, group.label, values, wrong)
    return found


def details_of(values: Mapping[str, str], standing: Details, *, submission_type: str) -> Details:
    """What a form says, as the data of a case. A value that nobody touched stays exactly as it stands."""
    said: Details = {
        name: _read(group, name, values, standing.get(name) or {})
        for name, group in _sections(submission_type).items()
    }
    if EVIDENCE in standing:
        said[EVIDENCE] = standing[EVIDENCE]
    return said


def merged(
    mine: Mapping[str, str], began_from: Mapping[str, str], stands: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """My form over what somebody else saved meanwhile: their values where I typed nothing, mine where I did.

    Returns the values, and what stands now wherever mine differs from it though both of us changed it.
    """
    values, both = dict(stands), {}
    for name in {*mine, *began_from}:
        typed, before = mine.get(name, ""), began_from.get(name, "")
        if typed == before:
            continue
        values[name] = typed
        if stands.get(name, "") not in {before, typed}:
            both[name] = stands.get(name, "")
    return values, both


def countries() -> list[tuple[str, str]]:
    return [(code, with_name(code)) for code in COUNTRIES]


def _sections(submission_type: str) -> dict[str, Group]:
    return {name: group for name, group in SECTIONS[submission_type].items() if name != EVIDENCE}


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(str(each) for each in value)
    return "" if value is None else str(value)


def _flat(values: Details, fields: Mapping[str, Field | Group], path: str) -> Iterator[tuple[str, str]]:
    for name, expected in fields.items():
        value, where = values.get(name), f"{path}{name}"
        if isinstance(expected, Field):
            yield where, _text(value)
        elif expected.many:
            for number, entry in enumerate(value or []):
                yield from _flat(entry, expected.fields, f"{where}.{number}.")
        else:
            yield from _flat(value or {}, expected.fields, f"{where}.")


def _fieldsets(
    group: Group, path: str, title: str | Promise, values: Mapping[str, str], wrong: Mapping[str, str]
) -> Iterator[Fieldset]:
    own = Fieldset(title)
    below: list[Fieldset] = []
    for name, expected in group.fields.items():
        where = f"{path}.{name}"
        if isinstance(expected, Field):
            kind = _TYPES.get(expected.rule, "text")
            entry = Input(
                where, expected.label, kind, values.get(where, ""), expected.needed, wrong.get(where, "")
            )
            own.inputs.append(entry)
        elif expected.many:
            below += _entries(expected, where, values, wrong)
        else:
            of_whom = _("%(whose)s: %(what)s") % {"whose": title, "what": expected.label}
            below += _fieldsets(expected, where, of_whom, values, wrong)
    yield own
    yield from below


def _entries(
    group: Group, path: str, values: Mapping[str, str], wrong: Mapping[str, str]
) -> Iterator[Fieldset]:
    count = _count(values, path)
    for number in range(min(count + 1, rules.MOST_ITEMS)):
        title = _("%(kind)s %(number)d") % {"kind": group.one, "number": number + 1}
        where = f"{path}.{number}"
        parts = list(_fieldsets(group, where, title, values, wrong))
        parts[0].remove = "" if number == count else f"{where}.remove"
        parts[0].removed = bool(values.get(f"{where}.remove"))
        for part in parts:
            part.is_new = number == count
        yield from parts


def _count(values: Mapping[str, str], path: str) -> int:
    numbers = [
        name.removeprefix(f"{path}.").split(".")[0]
        for name, value in values.items()
        if value and name.startswith(f"{path}.")
    ]
    found = [int(number) for number in numbers if number.isascii() and number.isdecimal() and len(number) < 4]
    return min(max(found, default=-1) + 1, rules.MOST_ITEMS)


def _read(group: Group, path: str, values: Mapping[str, str], standing: Details) -> Details:
    said: Details = {}
    for name, expected in group.fields.items():
        where, stands = f"{path}.{name}", standing.get(name)
        if isinstance(expected, Field):
            said[name] = _value(values.get(where, ""), expected, stands)
        elif expected.many:
            entries = stands or []
            said[name] = [
                {}
                if values.get(f"{where}.{number}.remove")
                else _read(
                    expected, f"{where}.{number}", values, entries[number] if number < len(entries) else {}
                )
                for number in range(_count(values, where))
            ]
        else:
            said[name] = _read(expected, where, values, stands or {})
    return said


def _value(typed: str, expected: Field, stands: Any) -> Any:
    typed = typed.replace("\r\n", "\n").strip()
    if typed == _text(stands).replace("\r\n", "\n").strip():
        return stands
    if expected.rule is rules.texts:
        return [line.strip() for line in typed.split("\n") if line.strip()]
    return typed
