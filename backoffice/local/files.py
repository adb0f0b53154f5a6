"""Small files that only their owner may read, written whole or not at all."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from backoffice.local.errors import CannotRun


def read_values(path: Path) -> dict[str, str]:
    """The names and values in the file; none if there is no file. Raises CannotRun if it is damaged."""
    try:
        kept = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except ValueError:
        raise CannotRun(
            f"{path} is damaged. It holds secrets without which the data beside it cannot be read: "
            "restore it, or move the whole folder away to begin afresh."
        ) from None
    return {str(name): str(value) for name, value in kept.items()}


def write_values(path: Path, values: Mapping[str, str]) -> None:
    """Write the file for its owner's eyes only. A reader sees the old values or the new, never half."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(dict(values), file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


@contextlib.contextmanager
def held_alone(path: Path, *, words: str, taken: str) -> Iterator[None]:
    """Hold the file for this process alone, with `words` in it for whoever comes second.

    The kernel lets go of it when the process ends, however it ends: nothing stale can remain, and a
    process number that was given to another program cannot mislead. Raises CannotRun(taken, with the
    other's words in it) if it is held.
    """
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise CannotRun(taken.format(words=file.read().strip())) from None
        file.truncate(0)
        file.write(words)
        file.flush()
        yield
