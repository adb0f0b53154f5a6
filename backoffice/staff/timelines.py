"""The one timeline of a record: the trail, and what other rooms know of it (tries at Oceafin, events).

    timelines.register(attempts_at_oceafin)      # in an app's ready()

A source gets the records of a page and returns lines; they are merged by time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db.models import Model

from backoffice.audit import entries_of, timeline_for


@dataclass(frozen=True)
class Line:
    """One thing that happened, told like an entry of the trail. `actor_kind` chooses its mark."""

    at: datetime
    actor_kind: str
    actor_label: str
    verb: str
    facts: dict[str, Any] = field(default_factory=dict)
    note_key: None = None


Source = Callable[[Sequence[Model]], list[Any]]

_sources: list[Source] = []
_words: dict[str, Callable[[str], str]] = {}
_verbs: dict[str, Any] = {}
_personal_notes: set[str] = set()


def register(source: Source) -> None:
    """Called in an app's ready(). The same source twice is kept once."""
    if source not in _sources:
        _sources.append(source)


def put_in_words(fact: str, words: Callable[[str], str]) -> None:
    """Called in an app's ready(): how the values of this fact of the trail read; empty where there are no words."""
    _words[fact] = words


def words_for(fact: str, value: object) -> str:
    """A fact's value in words for people, empty where nobody has any."""
    return _words[fact](value) if fact in _words and isinstance(value, str) else ""


def name_verbs(verbs: Mapping[str, Any]) -> None:
    """Called in an app's ready(): how these verbs of the trail read. Of the others, their names are taken apart."""
    _verbs.update(verbs)


def verb_in_words(verb: str) -> str:
    """What happened, in words for people, empty where nobody has any."""
    return str(_verbs.get(verb, ""))


def keep_notes_personal(verb: str) -> None:
    """Called in an app's ready(): notes under this verb repeat personal data, and are hidden with it."""
    _personal_notes.add(verb)


def note_is_personal(verb: str) -> bool:
    return verb in _personal_notes


def lines_for(subjects: Sequence[Model]) -> list[Any]:
    """What happened to these records, newest first."""
    lines: list[Any] = list(timeline_for(subjects))
    for source in _sources:
        lines += source(subjects)
    # Turned round after sorting: of one instant, what was written later stands higher.
    return sorted(lines, key=lambda line: line.at)[::-1]


@dataclass(frozen=True)
class Page:
    """Some of what happened, newest first; `older` is where the next page begins, empty at the end."""

    lines: list[Any]
    older: str


def page_for(subjects: Sequence[Model], *, before: str = "", most: int = 50) -> Page:
    """One page of what happened to these records. `before` is the `older` of the page above; nonsense is the first.

    The trail is cut by the number of its entries; what other rooms tell is laid between them by time.
    """
    entries = entries_of(subjects).order_by("-id")
    number, until = _place(before)
    if number:
        entries = entries.filter(pk__lt=number)
    shown: list[Any] = list(entries[: most + 1])
    last = shown[most - 1] if len(shown) > most else None
    del shown[most:]
    for source in _sources:
        told = source(subjects)
        shown += [
            line for line in told if (not last or line.at >= last.at) and (not until or line.at < until)
        ]
    older = f"{last.pk}@{last.at.isoformat()}" if last else ""
    return Page(sorted(shown, key=lambda line: line.at)[::-1], older)


def _place(before: str) -> tuple[int, datetime | None]:
    number, _at, instant = before.partition("@")
    try:
        return int(number), datetime.fromisoformat(instant).astimezone(UTC)
    except (ValueError, OverflowError):
        return 0, None
