"""`make run`: the whole back office on this machine, until Ctrl-C."""

import contextlib
import hashlib
import http.client
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from backoffice.environment import ROOT
from backoffice.local import parts
from backoffice.local.demo import ALL_HERE, FIRST_PART
from backoffice.local.errors import CannotRun, no_space
from backoffice.local.files import held_alone
from backoffice.local.installation import OCEAFIN, Installation, webhook_url
from backoffice.local.ports import HOST, free_port, is_taken
from backoffice.local.postgres import Postgres, clear_stale_lock
from backoffice.local.processes import Process, bound_to_us, die_with_parent, wait_until
from backoffice.local.supervise import Ward
from backoffice.local.valkey import Valkey

SECOND_RUN = "`make run` is already running here: {words}. End it with Ctrl-C there first."
NEEDED_BYTES = 200 * 1024 * 1024
FAST = 0.1
DEMO_PATIENCE = 90.0


def run(folder: Path = ROOT / ".local") -> int:
    """Start everything, say `ready`, keep it alive, and end it in order. Raises CannotRun."""
    if os.environ.get("MAKELEVEL"):
        die_with_parent(signal.SIGTERM)
    # Whatever is written from here on, logs and documents too, is for its owner alone.
    os.umask(0o077)
    _make_folder(folder)
    installation = Installation(given=dict(os.environ), folder=folder)
    installation.check()
    words = f"process {os.getpid()}, port {installation.given.get('PORT') or 8000}"
    with held_alone(folder / "run.lock", words=words, taken=SECOND_RUN):
        house = House(installation)
        stopping = Stopping()
        with house.ended_in_order(stopping):
            house.start()
            say(f"ready http://{HOST}:{house.port}")
            while True:
                house.look()
                time.sleep(FAST)


class Stopping:
    """What Ctrl-C and SIGTERM do: the first ends the run, the next one while it ends says to hurry."""

    def __init__(self) -> None:
        self.begun = self.hurry = False
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, self._hear)

    def _hear(self, *_: object) -> None:
        if self.begun:
            self.hurry = True
        else:
            self.begun = True
            raise KeyboardInterrupt


class House:
    """All processes of one run. `start` brings them up, `look` keeps them up."""

    def __init__(self, installation: Installation) -> None:
        self.installation, self.folder = installation, installation.folder
        self.port = installation.port()
        self._log = self.folder / "log"
        self._wards: list[Ward] = []
        self._database_is_new = False
        # In the order in which they end: who gives work first, who keeps it last.
        self._ending: list[Process] = []

    def start(self) -> None:
        servers = self._start_servers()
        settings = self.installation.settings(servers=servers)
        self.installation.write_environment(settings)
        environment = _clean(self.installation.given) | settings
        self._prepare(environment)
        self._start_processes(environment)
        if self.installation.is_demo:
            self._fill_demo(environment)

    def look(self) -> None:
        now = time.monotonic()
        for ward in self._wards:
            ward.look(now, say)

    @contextlib.contextmanager
    def ended_in_order(self, stopping: Stopping) -> Iterator[None]:
        """Whatever happens inside, afterwards every process has ended. Ctrl-C is the ordinary way out."""
        try:
            yield
        except KeyboardInterrupt:
            say("Ending. What is being sent is finished first; Ctrl-C again ends at once.")
        finally:
            stopping.begun = True
            self._end(lambda: stopping.hurry)

    def _end(self, hurry: Callable[[], bool]) -> None:
        # Workers finish what they hold side by side, not one after the other.
        for process in self._ending:
            if process.title.endswith("worker"):
                process.ask_to_end()
        for process in self._ending:
            process.stop(hurry=hurry)

    def _start_servers(self) -> dict[str, str]:
        """Start those that are ours; returns their addresses by the names of their settings."""
        passwords = self.installation.server_passwords()
        addresses: dict[str, str] = {}
        if self.installation.database_is_ours:
            postgres = Postgres(
                folder=self.folder, log=self._log / "postgres.log", admin_password=passwords["admin"]
            )
            say(f"Starting PostgreSQL; its data is in {postgres.place.data}.")
            postgres.start(self._before)
            self._database_is_new = postgres.is_new
            addresses["DATABASE_URL"] = postgres.make_database(password=passwords["owner"])
            self._watch(postgres.process, lambda: _restart_postgres(postgres))
        if self.installation.redis_is_ours:
            say("Starting Valkey.")
            valkey = Valkey(
                folder=self.folder / "valkey", log=self._log / "valkey.log", password=passwords["redis"]
            )
            valkey.start(self._before)
            addresses["REDIS_URL"] = valkey.url()
            self._watch(valkey.process)
        if self.installation.oceafin_is_ours:
            addresses[OCEAFIN + "BASE_URL"] = self._start_simulator()
        return addresses

    def _start_simulator(self) -> str:
        port = free_port()
        if find_spec("backoffice.oceafin.simulator.__main__"):
            say("Starting a stand-in Oceafin.")
            kept = dict(self.installation.given) | self.installation.secrets()
            secrets = {
                "SIMULATOR_" + name: kept[OCEAFIN + name]
                for name in ("CLIENT_ID", "CLIENT_SECRET", "WEBHOOK_SECRET")
            }
            simulator = parts.simulator(
                port=port,
                environment=_clean(os.environ) | secrets | {"SIMULATOR_WEBHOOK_URL": webhook_url(self.port)},
                folder=self.folder,
            )
            self._begin(simulator)
            wait_until(lambda: is_taken(port), process=simulator)
            self._watch(simulator)
        return f"http://{HOST}:{port}"

    def _prepare(self, environment: Mapping[str, str]) -> None:
        """Bring the database up to the code; skipped where a demo was prepared by this very code before."""
        stamp, code = self.folder / "prepared", _fingerprint_of_migrations()
        known = stamp.exists() and stamp.read_text() == code and not self._database_is_new
        if known and self.installation.is_demo:
            return
        say("Preparing the database.")
        log = self._log / "prepare.log"
        with log.open("wb") as errors:
            done = subprocess.run(
                parts.module("backoffice.local prepare"),
                env=dict(environment),
                cwd=ROOT,
                stderr=errors,
                check=False,
                start_new_session=True,
                preexec_fn=bound_to_us(signal.SIGTERM),
            )
        if done.returncode:
            raise _why_not_prepared(log)
        stamp.write_text(code)

    def _start_processes(self, environment: Mapping[str, str]) -> None:
        say("Starting the web process, the workers and the clock.")
        web = parts.web(port=self.port, environment=environment, folder=self.folder)
        workers = [parts.worker(queue=q, environment=environment, folder=self.folder) for q in parts.QUEUES]
        for process in (*reversed(workers), web):
            self._begin(process)
        wait_until(lambda: _healthy(self.port), process=web, seconds=60)
        answers = _asking_workers(environment)
        for process in workers:
            wait_until(answers, process=process, seconds=60)
        # The clock only rings bells that the workers also hear without it: nobody waits for it.
        clock = parts.beat(environment=environment, folder=self.folder)
        self._ending.insert(self._ending.index(web) + 1, clock)
        clock.start()
        for process in (web, clock, *workers):
            self._watch(process)

    def _fill_demo(self, environment: Mapping[str, str]) -> None:
        """Wait until the pages that a visitor opens first are filled; the rest comes while they look."""
        demo = parts.demo(environment=environment, folder=self.folder)
        told = demo.log.stat().st_size if demo.log.exists() else 0
        self._begin(demo)
        deadline = time.monotonic() + DEMO_PATIENCE
        while time.monotonic() < deadline:
            with demo.log.open("rb") as log:
                log.seek(told)
                said = log.read()
            whole = said[: said.rfind(b"\n") + 1]
            told += len(whole)
            for line in whole.decode(errors="replace").splitlines():
                say(line)
                if line in (FIRST_PART, ALL_HERE):
                    return
            if not demo.running:
                # A house without a demo is still a house.
                say(f"The demo was not filled. Its log, {demo.log}, says why.")
                return
            time.sleep(FAST)

    def _begin(self, process: Process) -> None:
        self._before(process)
        process.start()

    def _before(self, process: Process) -> None:
        # First in the list, then started: a Ctrl-C between the two must not leave it behind.
        self._ending.insert(0, process)

    def _watch(self, process: Process, restart: Callable[[], None] | None = None) -> None:
        self._wards.append(Ward(process=process, restart=restart or process.start))


def say(line: str) -> None:
    """One line for the person at the terminal, who may be gone."""
    with contextlib.suppress(OSError):
        print(line, flush=True)


def _make_folder(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise CannotRun(f"{folder} cannot be written to. Run the command as the owner of the folder.")
    # As root the database runs as another user, who must pass through but not look around.
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    for private in ("log", "documents"):
        (folder / private).mkdir(mode=0o700, exist_ok=True)
    if shutil.disk_usage(folder).free < NEEDED_BYTES:
        raise CannotRun(
            f"The disk that holds {folder} is full: at least {NEEDED_BYTES // 2**20} MB are needed."
        )


def _fingerprint_of_migrations() -> str:
    digest = hashlib.sha256()
    for path in sorted(ROOT.glob("*/migrations/*.py")) + sorted(ROOT.glob("*/*/migrations/*.py")):
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    digest.update((ROOT / "requirements.lock").read_bytes())
    return digest.hexdigest()


def _why_not_prepared(log: Path) -> CannotRun:
    said = log.read_text(errors="replace").strip()
    if no_space(said):
        return CannotRun("The disk is full, so the database could not be prepared. Make room.")
    lines = said.splitlines() or ["it did not say why"]
    # A sentence is shown as it is; of a traceback the end is enough.
    return CannotRun(said if len(lines) == 1 else f"The database could not be prepared ({log}): {lines[-1]}")


def _restart_postgres(postgres: Postgres) -> None:
    clear_stale_lock(postgres.place.data, seconds=1)
    postgres.process.start()


def _clean(given: Mapping[str, str]) -> dict[str, str]:
    """The environment without what `make` and the terminal mean for themselves."""
    mine = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKE_TERMOUT", "MAKE_TERMERR", "PORT", "PYTEST_ARGS")
    return {name: value for name, value in given.items() if name not in mine and value} | {
        "PYTHONUNBUFFERED": "1"
    }


def _healthy(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _asking_workers(environment: Mapping[str, str]) -> Callable[[], bool]:
    """A question to both workers by way of the broker; true once both have answered."""
    os.environ.update({name: value for name, value in environment.items() if name not in os.environ})
    from backoffice.celery import app

    def both_answer() -> bool:
        answers = app.control.broadcast("ping", reply=True, timeout=1, limit=len(parts.QUEUES))
        return len(answers or ()) >= len(parts.QUEUES)

    return both_answer
