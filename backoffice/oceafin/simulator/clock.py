"""Two clocks. Business time can be stepped; wire time can be wrong.

Business time says when a quote runs out, when a key is forgotten, when a webhook is tried again and
what `createdAt` reads; `advance` moves it. Wire time is what the signature's freshness is judged by,
what the `Date` header and a webhook's timestamp say; `skew` makes it wrong. They are apart so that a
test can let a quote run out without making every signature stale.
"""

import threading
import time
from datetime import UTC, datetime

from .store import Store


class Clock:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._last_millisecond = 0
        self.load()

    def load(self) -> None:
        """Reads both offsets from the store (at start and after a reset)."""
        self.offset = float(self._store.setting("clock_offset", 0))
        self.skew = float(self._store.setting("clock_skew", 0))

    def advance(self, seconds: float) -> None:
        self.offset += seconds
        self._store.keep_setting("clock_offset", self.offset)

    def set_skew(self, seconds: float) -> None:
        self.skew = seconds
        self._store.keep_setting("clock_skew", seconds)

    def now(self) -> float:
        """Business time in seconds since 1970."""
        return time.time() + self.offset

    def wire_now(self) -> float:
        return time.time() + self.skew

    def instant(self) -> str:
        """Business time as text, never the same twice, so that the order of two changes can be read."""
        with self._lock:
            self._last_millisecond = max(int(self.now() * 1000), self._last_millisecond + 1)
            return instant_of(self._last_millisecond / 1000)


def instant_of(seconds: float) -> str:
    """Offset date-time with milliseconds, `2026-06-28T00:00:00.000Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds_of(text: str) -> float | None:
    """The instant that an offset date-time names; None if it is none (no offset, or no date)."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if instant.tzinfo is None else instant.timestamp()
