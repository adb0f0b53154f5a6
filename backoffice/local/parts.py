"""The processes of `make run` beside the servers: the same types as in production, see docker-compose.yml."""

import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from backoffice.environment import ROOT
from backoffice.local.ports import HOST
from backoffice.local.processes import Process

WEB = "gunicorn backoffice.wsgi --worker-class gthread --workers 2 --threads 8 --preload --no-control-socket"
WORKER = "celery -A backoffice worker --queues {queue} --hostname {queue}@%h --concurrency 2 --loglevel INFO"
BEAT = "celery -A backoffice beat --loglevel INFO"
QUEUES = ("money", "papers")
# Longer than a whole call to Oceafin: a worker that is asked to end waits for the answer it is owed.
WORKER_PATIENCE = 25


def module(command: str) -> list[str]:
    """The command line that runs an installed program with this very Python."""
    return [sys.executable, "-m", *command.split()]


def web(*, port: int, environment: Mapping[str, str], folder: Path) -> Process:
    return Process(
        title="The web process",
        command=[*module(WEB), "--bind", f"{HOST}:{port}", "--graceful-timeout", "10"],
        environment=environment,
        log=folder / "log" / "web.log",
        folder=ROOT,
        patience=12,
    )


def worker(*, queue: str, environment: Mapping[str, str], folder: Path) -> Process:
    return Process(
        title=f"The {queue} worker",
        command=[*module(WORKER.format(queue=queue)), "--without-gossip", "--without-mingle"],
        environment=environment,
        log=folder / "log" / f"worker-{queue}.log",
        folder=ROOT,
        patience=WORKER_PATIENCE,
    )


def beat(*, environment: Mapping[str, str], folder: Path) -> Process:
    schedule = ["--schedule", str(folder / "beat-schedule"), "--pidfile="]
    return Process(
        title="The clock (beat)",
        command=[*module(BEAT), *schedule],
        environment=environment,
        log=folder / "log" / "beat.log",
        folder=ROOT,
    )


def simulator(*, port: int, environment: Mapping[str, str], folder: Path) -> Process:
    """The stand-in Oceafin; its secrets come by its environment, where `ps` does not show them."""
    return Process(
        title="The stand-in Oceafin",
        command=[
            *module("backoffice.oceafin.simulator --auto"),
            *("--port", str(port), "--state", str(folder / "simulator.db")),
        ],
        environment=environment,
        log=folder / "log" / "simulator.log",
        folder=ROOT,
        ending=signal.SIGTERM,
    )


def demo(*, environment: Mapping[str, str], folder: Path) -> Process:
    """Fills the demo through the running processes, then lets newcomers come for some minutes, and ends."""
    return Process(
        title="The demo",
        command=[sys.executable, str(ROOT / "manage.py"), "demo", "--if-empty", "--with-life"],
        environment=environment,
        log=folder / "log" / "demo.log",
        folder=ROOT,
        patience=5,
    )
