"""Keeps the processes of `make run` alive: what dies is named in a sentence and started again."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from backoffice.local.errors import CannotRun
from backoffice.local.processes import Process

FIRST_WAIT = 0.5
LONGEST_WAIT = 15.0
# Who lived this long was well: the next fall is a new story, not the next chapter of the old one.
WELL_AFTER = 30.0


@dataclass
class Ward:
    """One process under watch. `restart` starts it again and may raise CannotRun."""

    process: Process
    restart: Callable[[], None]
    wait: float = FIRST_WAIT
    started_at: float = field(default_factory=time.monotonic)
    due_at: float | None = None

    def look(self, now: float, say: Callable[[str], None]) -> None:
        """Notice a death, or start it again when its time has come. `now` is a monotonic clock's."""
        if self.due_at is None:
            if not self.process.running:
                self._fell(now, say)
        elif now >= self.due_at:
            self._raise_up(now, say)

    def _fell(self, now: float, say: Callable[[str], None]) -> None:
        if now - self.started_at > WELL_AFTER:
            self.wait = FIRST_WAIT
        self.due_at = now + self.wait
        self.wait = min(self.wait * 2, LONGEST_WAIT)
        code = self.process.child.returncode if self.process.child else None
        say(
            f"{self.process.title} ended unexpectedly ({_how(code)}) and is started again. "
            f"Its log: {self.process.log}"
        )

    def _raise_up(self, now: float, say: Callable[[str], None]) -> None:
        self.due_at, self.started_at = None, now
        try:
            self.restart()
        except CannotRun as reason:
            say(str(reason))


def _how(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
