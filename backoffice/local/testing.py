"""`make test`: the suite, on servers of its own whose data is thrown away."""

import os
import secrets
import shlex
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from backoffice.environment import ROOT
from backoffice.local.postgres import Postgres
from backoffice.local.valkey import Valkey


def test() -> int:
    """Run pytest with the arguments in PYTEST_ARGS; returns its exit code.

    A server that DATABASE_URL or REDIS_URL names is used as it is, and none is started in its place.
    """
    chosen = shlex.split(os.environ.get("PYTEST_ARGS", ""))
    # In the order of tests/conftest.py: what takes long begins first.
    spread = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
    return with_servers([sys.executable, "-m", "pytest", *spread, *chosen])


def bench() -> int:
    """Run the measurements on servers of their own; returns their exit code."""
    return with_servers([sys.executable, "-m", "tests.bench"])


def with_servers(command: list[str]) -> int:
    """Run one command with both servers in its environment; returns its exit code. Raises CannotRun."""
    # Ctrl-C reaches the command too, which then ends by itself; we stay to stop the servers after it.
    signal.signal(signal.SIGTERM, _as_interrupt)
    with ExitStack() as stack:
        environment = dict(os.environ)
        # pytest's settings come from tests/environment.py, which is read only if none is named before.
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="backoffice-test-")))
        # As root the database runs as another user, who must be able to pass through.
        folder.chmod(0o711)
        _keep_bytecode(environment, folder / "bytecode")
        if not environment.get("DATABASE_URL"):
            postgres = Postgres(
                folder=folder,
                log=folder / "postgres.log",
                admin_password=secrets.token_hex(16),
                throw_away=True,
            )
            stack.callback(lambda: postgres.process.stop())
            postgres.start()
            environment["DATABASE_URL"] = postgres.make_database()
        if not environment.get("REDIS_URL"):
            valkey = Valkey(
                folder=folder / "valkey", log=folder / "valkey.log", password=secrets.token_hex(16)
            )
            stack.callback(lambda: valkey.process.stop())
            valkey.start()
            environment["REDIS_URL"] = valkey.url()
        child = subprocess.Popen(command, env=environment, cwd=ROOT)
        try:
            return child.wait()
        except KeyboardInterrupt:
            child.send_signal(signal.SIGINT)
            return child.wait()


def _keep_bytecode(environment: dict[str, str], folder: Path) -> None:
    """Who wants no bytecode beside the code gets it in this folder, for this run alone.

    The tests start hundreds of processes, and each would spend seconds on compiling every library.
    """
    if environment.pop("PYTHONDONTWRITEBYTECODE", ""):
        environment.setdefault("PYTHONPYCACHEPREFIX", str(folder))


def _as_interrupt(*_: object) -> None:
    raise KeyboardInterrupt
