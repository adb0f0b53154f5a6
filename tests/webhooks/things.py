"""An app as the incoming border sees it: records of resources, a handler, and what it was asked."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from webhooks import inbox
from webhooks.models import Event


@dataclass
class Things:
    """Knows some resources by id. `said` is the newest word on each; `applied` counts by event."""

    known: set[str] = field(default_factory=set)
    said: dict[str, str] = field(default_factory=dict)
    since: dict[str, datetime] = field(default_factory=dict)
    applied: list[str] = field(default_factory=list)
    reads: int = 0
    read_fails: bool = False
    breaks: bool = False
    vault_key: Any = None

    def read(self, event: Event, read: inbox.Read) -> inbox.Resource | None:
        self.reads += 1
        if self.read_fails:
            raise inbox.ReadFailed("Oceafin could not be read (503).")
        return {"status": "read"}

    def apply(self, event: Event, resource: inbox.Resource | None, now: datetime) -> inbox.Outcome:
        if self.breaks:
            raise KeyError("a defect of ours")
        if event.resource_id not in self.known:
            return inbox.Parked("This thing is not known yet.")
        if not event.is_newer_than(self.since.get(event.resource_id)):
            return inbox.Ignored("Something newer is known.")
        self.since[event.resource_id] = event.happened_at
        self.said[event.resource_id] = str(event.data.get("status", ""))
        self.applied.append(event.event_id)
        return inbox.Applied(vault_key=self.vault_key)
