"""One child process: started so that it cannot outlive us, stopped so that it can finish what it holds.

Each child leads its own session, so a Ctrl-C in the terminal reaches only us and we end the children in
order. If we are killed without a chance to do so, the kernel sends each child its own ending signal.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backoffice.local.errors import CannotRun, no_space

_PR_SET_PDEATHSIG = 1
# Loaded before any fork: a child between fork and exec must not import anything.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
LOG_LIMIT = 5 * 1024 * 1024


def die_with_parent(ending: signal.Signals) -> None:
    """Ask the kernel to send `ending` to this process when its parent ends, however it ends (Linux)."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(ending), 0, 0, 0)


@dataclass
class Process:
    """A program and how to treat it.

    `title` is its name in a sentence, `log` the file for what it says, `ending` the signal that asks it to
    finish in good order, `patience` the seconds it gets for that, `user` whom it runs as (None: as we do).
    """

    title: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    folder: Path
    ending: signal.Signals = signal.SIGTERM
    patience: float = 10
    user: str | None = None
    words: bytes | None = None
    child: "subprocess.Popen[bytes] | None" = field(default=None, init=False)
    _asked: int | None = field(default=None, init=False)

    def start(self) -> None:
        """Start it. Raises CannotRun if there is no such program."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.old"))
        with self.log.open("ab") as log:
            try:
                self.child = subprocess.Popen(
                    self.command,
                    stdin=subprocess.PIPE if self.words else subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=dict(self.environment),
                    cwd=self.folder,
                    start_new_session=True,
                    preexec_fn=bound_to_us(self.ending),
                    **as_user(self.user),
                )
            except FileNotFoundError as error:
                raise CannotRun(f"{self.title} could not be started: {error.filename} is missing.") from None
        if self.words and self.child.stdin:
            self.child.stdin.write(self.words)
            self.child.stdin.close()

    @property
    def running(self) -> bool:
        return self.child is not None and self.child.poll() is None

    def ask_to_end(self) -> None:
        """Send the signal once; asked twice, some programs drop what they hold."""
        if self.child is not None and self.running and self.child.pid != self._asked:
            self._asked = self.child.pid
            self.child.send_signal(self.ending)

    def stop(self, *, hurry: Callable[[], bool] = lambda: False) -> None:
        """Ask it to end and wait; what does not end in time, or when we are told to hurry, is killed."""
        if self.child is None:
            return
        self.ask_to_end()
        deadline = time.monotonic() + self.patience
        while self.running and time.monotonic() < deadline and not hurry():
            time.sleep(0.02)
        # The whole session: a killed parent must not leave its own children behind.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()

    def last_words(self, lines: int = 15) -> str:
        """The end of its log, indented, for the terminal."""
        try:
            said = self.log.read_text(errors="replace").splitlines()[-lines:]
        except OSError:
            return ""
        return "\n".join("    " + line for line in said)

    def failure(self, what: str) -> CannotRun:
        """What to say when it did not start: the disk if that is why, else the end of its log."""
        words = self.last_words()
        if no_space(words):
            return CannotRun(f"{self.title} {what}: the disk is full. Make room and run the command again.")
        return CannotRun(f"{self.title} {what}. Its log, {self.log}, ends with:\n{words}")


def wait_until(answers: Callable[[], bool], *, process: Process, seconds: float = 30) -> None:
    """Wait until `answers()` is true. Raises CannotRun if the process ends before, or time runs out."""
    deadline = time.monotonic() + seconds
    while not answers():
        if not process.running:
            raise process.failure("ended while it was starting")
        if time.monotonic() > deadline:
            raise process.failure(f"did not answer within {seconds:.0f} seconds")
        time.sleep(0.03)


def as_user(user: str | None) -> dict[str, Any]:
    """The arguments that make subprocess run a program as `user` and with none of our groups."""
    return {"user": user, "group": _group_of(user), "extra_groups": []} if user else {}


def _group_of(user: str) -> int:
    import pwd

    return pwd.getpwnam(user).pw_gid


def bound_to_us(ending: signal.Signals) -> Callable[[], None]:
    """For subprocess's preexec_fn: makes the child get `ending` when this process ends."""
    parent = os.getpid()

    def bind() -> None:
        die_with_parent(ending)
        # The parent may have ended between the fork and the line above.
        if os.getppid() != parent:
            os._exit(1)

    return bind
