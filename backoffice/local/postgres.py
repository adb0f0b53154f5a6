"""A PostgreSQL of our own, from a wheel: for `make run`, `make test` and nothing else."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
from psycopg import sql

from backoffice.local.errors import CannotRun, no_space
from backoffice.local.places import Place, place_for
from backoffice.local.ports import HOST, free_port
from backoffice.local.processes import Process, as_user, wait_until

DATABASE = "backoffice"
SHARED_SETTINGS = {
    "listen_addresses": HOST,
    # No socket file: its path would be another thing that must be short, private and swept up.
    "unix_socket_directories": "",
    "log_min_messages": "warning",
    "max_connections": "200",
}
# Data that nobody will miss: faster by not waiting for the disk.
THROW_AWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "4GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    # Short statements on small tables: to compile one takes longer than to run it.
    "jit": "off",
}


class Postgres:
    """One server with its data below `folder`.

    `admin_password` is the superuser's and must be the same at each start of the same data. `throw_away`
    data survives no crash. After `start()` the server answers on `port`.
    """

    def __init__(self, *, folder: Path, log: Path, admin_password: str, throw_away: bool = False) -> None:
        self.folder, self.log, self.throw_away = folder, log, throw_away
        self._admin_password = admin_password
        self.place: Place = place_for(folder)
        self.process: Process
        self.port = 0
        self.is_new = False

    def start(self, before: Callable[[Process], None] = lambda _: None) -> None:
        """Make the data if there is none, and start. `before` sees the process first. Raises CannotRun."""
        if not (self.place.data / "PG_VERSION").exists():
            self._make_data()
            self.is_new = True
        self._check_version()
        clear_stale_lock(self.place.data)
        self.port = free_port()
        settings = SHARED_SETTINGS | (THROW_AWAY if self.throw_away else {}) | {"port": str(self.port)}
        command = [str(self.place.programs / "postgres"), "-D", str(self.place.data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        self.process = Process(
            title="PostgreSQL",
            command=command,
            environment={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            log=self.log,
            folder=self.place.data,
            ending=signal.SIGINT,
            patience=20,
            user=self.place.user,
        )
        before(self.process)
        self.process.start()
        wait_until(self.answers, process=self.process)

    def answers(self) -> bool:
        try:
            with self.admin():
                return True
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise CannotRun(
                    f"The data in {self.place.data} was made under another password than the one kept in "
                    f"{self.folder}. Restore the files of that folder, or move it away to begin afresh."
                ) from None
            return False

    def admin(self, database: str = "postgres") -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(
            host=HOST,
            port=self.port,
            user="postgres",
            password=self._admin_password,
            dbname=database,
            autocommit=True,
            connect_timeout=3,
        )

    def admin_url(self) -> str:
        """The superuser's address; only tests need it, to look behind the guards."""
        return f"postgres://postgres:{self._admin_password}@{HOST}:{self.port}/{DATABASE}"

    def make_database(self, *, password: str | None = None) -> str:
        """Make the database if it is not there, and return its address.

        With a password the owner is a role without special rights, as in a real installation.
        """
        with self.admin() as connection:
            owner = sql.Identifier(DATABASE if password else "postgres")
            if password:
                if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [DATABASE]).fetchone():
                    connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(owner))
                connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(owner, sql.Literal(password)))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), owner)
                )
        if password:
            return f"postgres://{DATABASE}:{password}@{HOST}:{self.port}/{DATABASE}"
        return self.admin_url()

    def _make_data(self) -> None:
        """initdb beside its final name: a start that was killed half-way leaves nothing that looks whole."""
        data, user = self.place.data, self.place.user
        new = data.with_name("postgres.new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True, mode=0o700)
        with tempfile.NamedTemporaryFile("w", dir=data.parent, prefix="once-", delete=False) as once:
            once.write(self._admin_password)
        try:
            if user:
                shutil.chown(new, user)
                shutil.chown(once.name, user)
            command = [str(self.place.programs / "initdb"), "-D", str(new), "-U", "postgres", "-E", "UTF8"]
            command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
            command += ["--auth=scram-sha-256", f"--pwfile={once.name}", "--no-instructions"]
            command += ["--no-sync"] if self.throw_away else []
            made = subprocess.run(
                command, capture_output=True, text=True, check=False, cwd=new, **as_user(user)
            )
        finally:
            Path(once.name).unlink()
        if made.returncode:
            shutil.rmtree(new, ignore_errors=True)
            if no_space(made.stderr):
                raise CannotRun(f"The disk that holds {data.parent} is full. Make room and run again.")
            raise CannotRun(f"PostgreSQL could not make its data in {data}:\n{made.stderr.strip()}")
        new.rename(data)

    def _check_version(self) -> None:
        there = (self.place.data / "PG_VERSION").read_text().strip()
        ours = subprocess.run(
            [str(self.place.programs / "postgres"), "--version"], capture_output=True, text=True, check=True
        ).stdout.split()[-1]
        if ours.split(".")[0] != there:
            raise CannotRun(
                f"The data in {self.place.data} was written by PostgreSQL {there} and this is {ours}. "
                "Move that folder away to begin with fresh data, or keep using the older version."
            )


def clear_stale_lock(data: Path, *, seconds: float = 15) -> None:
    """Clear up after a server that was killed: wait for one that still ends, remove what a dead one left.

    PostgreSQL compares only process numbers, and the number in its file may belong to another program by
    now; then it would refuse to start for ever. The caller holds the lock of this folder, so no other
    `make run` can be using the data. Raises CannotRun if the other server does not end.
    """
    lock = data / "postmaster.pid"
    try:
        number = int(lock.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return
    deadline = time.monotonic() + seconds
    if _serves(number, data):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(number, signal.SIGINT)
    while _serves(number, data):
        if time.monotonic() > deadline:
            raise CannotRun(
                f"A PostgreSQL of an earlier run (process {number}) still uses {data} and does not end. "
                f"End it with `kill -INT {number}` and run the command again."
            )
        time.sleep(0.05)
    lock.unlink(missing_ok=True)


def _serves(number: int, data: Path) -> bool:
    """Whether the process is a PostgreSQL on this data."""
    command = Path(f"/proc/{number}/cmdline")
    if Path("/proc/self/cmdline").exists():
        try:
            said = command.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return False
    else:
        said = subprocess.run(
            ["ps", "-p", str(number), "-o", "command="], capture_output=True, text=True, check=False
        ).stdout
    return "postgres" in said and str(data) in said
