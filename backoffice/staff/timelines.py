"""The one timeline of a record: the trail, and what other rooms know of it (tries at Oceafin, events).

    timelines.register(attempts_at_oceafin)      # in an app's ready()

A source gets the records of a page and returns lines; they are merged by time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Model

from backoffice.audit import timeline_for


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


def register(source: Source) -> None:
    """Called in an app's ready(). The same source twice is kept once."""
    if source not in _sources:
        _sources.append(source)


def lines_for(subjects: Sequence[Model]) -> list[Any]:
    """What happened to these records, newest first."""
    lines: list[Any] = list(timeline_for(subjects))
    for source in _sources:
        lines += source(subjects)
    # Turned round after sorting: of one instant, what was written later stands higher.
    return sorted(lines, key=lambda line: line.at)[::-1]
