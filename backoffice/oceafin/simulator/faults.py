"""Doing wrong on request. A fault says what it strikes (`match`), how often (`times`) and how.

They live in memory only: a simulator that was restarted behaves well again.
"""

import re
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from .problems import invalid

ANSWER_FAULTS = {
    "lose_response": "does the work, then closes the connection",
    "reset_before": "resets the connection before reading the body; nothing is done",
    "stall": "holds the answer for `seconds`",
    "drip": "sends the answer byte by byte over `seconds`",
    "status": "answers `status` (429, 500, 503 ...), with `retryAfter` and `code` if given",
    "html": "answers a page instead of JSON",
    "truncate": "promises the whole answer and sends half of it",
    "foreign": "answers good JSON of another kind",
    "auth_failed": "answers 401 PARTNER_AUTH_FAILED",
    "signature_invalid": "answers 401 PARTNER_SIGNATURE_INVALID",
    "extra_fields": "adds fields that nobody knows",
    "nulls": "nulls every field but the id and the status",
    "unknown_enum": "answers a status that nobody knows",
    "gate": "holds the request at the gate `name` until it is opened",
}
EVENT_FAULTS = {
    "lose_event": "makes the event and never sends it",
    "delay_event": "sends it `seconds` later",
    "double_event": "sends it `copies` times at once",
    "reorder_events": "holds `count` events and sends them last first",
    "forge_event": "sends it with a wrong signature",
    "stale_event": "sends it signed `seconds` ago",
}
DOES_THE_WORK_UNLESS_TOLD = {"lose_response", "stall", "drip", "html", "truncate", "foreign"} | {
    "extra_fields",
    "nulls",
    "unknown_enum",
    "gate",
}
NEVER_DOES_THE_WORK = {"reset_before", "auth_failed", "signature_invalid"}
MATCHES = {"method", "path", "operation", "key", "eventType", "resourceType"}


@dataclass
class Fault:
    number: int
    name: str
    match: dict[str, re.Pattern[str]]
    times: int
    options: dict[str, Any]
    struck: int = 0
    held: list[str] = field(default_factory=list)

    @property
    def books(self) -> bool:
        """Whether the work is done although the answer is spoilt."""
        if self.name in NEVER_DOES_THE_WORK:
            return False
        return bool(self.options.get("book", self.name in DOES_THE_WORK_UNLESS_TOLD))

    def seconds(self, default: float) -> float:
        return float(self.options.get("seconds", default))

    def shown(self) -> dict[str, Any]:
        match = {name: pattern.pattern for name, pattern in self.match.items()}
        return {
            "number": self.number,
            "fault": self.name,
            "match": match,
            "times": self.times,
            "struck": self.struck,
            **self.options,
        }


class Faults:
    """The list of faults; the first that matches and is not used up strikes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._count = 0

    def add(self, wanted: dict[str, Any]) -> Fault:
        """Reads what the control call sent; raises a Problem that says what is wrong with it."""
        options = dict(wanted)
        name = options.pop("fault", "")
        if name not in ANSWER_FAULTS | EVENT_FAULTS:
            raise invalid("fault", "must be one of " + ", ".join(ANSWER_FAULTS | EVENT_FAULTS))
        match = options.pop("match", None) or {}
        if not isinstance(match, dict) or not match.keys() <= MATCHES:
            raise invalid("match", "may name " + ", ".join(sorted(MATCHES)))
        try:
            patterns = {part: re.compile(str(pattern)) for part, pattern in match.items()}
        except re.error as error:
            raise invalid("match", str(error)) from None
        times = options.pop("times", 1)
        if not isinstance(times, int) or (times < 1 and times != -1):
            raise invalid("times", "must be a number above 0, or -1 for ever")
        with self._lock:
            self._count += 1
            fault = Fault(self._count, name, patterns, times, options)
            self._faults.append(fault)
            return fault

    def take(self, names: set[str], facts: dict[str, str]) -> Fault | None:
        """The fault that strikes here, counted as used; None if all goes well."""
        with self._lock:
            for fault in self._faults:
                if fault.name not in names or fault.times == fault.struck:
                    continue
                if all(pattern.search(facts.get(part, "")) for part, pattern in fault.match.items()):
                    fault.struck += 1
                    return fault
        return None

    def shown(self) -> list[dict[str, Any]]:
        with self._lock:
            return [fault.shown() for fault in self._faults]

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()


class Gates:
    """Named places where a request waits until somebody opens."""

    LONGEST = 120.0

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: dict[str, int] = {}
        self._open: set[str] = set()

    def wait_at(self, name: str, longest: float = LONGEST) -> None:
        """Returns once the gate is open, or after `longest` seconds."""
        with self._changed:
            self._waiting[name] = self._waiting.get(name, 0) + 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: name in self._open, longest)
            self._waiting[name] -= 1
            # A reset waits for whoever still stands at a gate.
            self._changed.notify_all()

    def open(self, name: str) -> None:
        """Lets pass who waits and who comes later."""
        with self._changed:
            self._open.add(name)
            self._changed.notify_all()

    def shown(self, name: str, wait: float = 0) -> dict[str, Any]:
        """Whether somebody waits there; waits up to `wait` seconds for somebody to come."""
        with self._changed:
            deadline = time.monotonic() + wait
            self._changed.wait_for(
                lambda: self._waiting.get(name, 0) > 0, max(0, deadline - time.monotonic())
            )
            return {"name": name, "waiting": self._waiting.get(name, 0), "open": name in self._open}

    def open_all(self) -> None:
        """After a reset: everybody passes, and the gates stand as if new."""
        with self._changed:
            self._open.update(self._waiting)
            self._changed.notify_all()
            self._changed.wait_for(lambda: not any(self._waiting.values()), 5)
            self._open.clear()
            self._waiting.clear()
