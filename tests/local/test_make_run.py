"""`make run` as a whole: one start, everything that may happen to it, one end."""

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from backoffice.environment import ROOT
from backoffice.local.ports import HOST, free_port
from tests.waiting import eventually


@dataclass
class Run:
    """One `make run` in a folder of its own, with what it said so far."""

    folder: Path
    port: int
    process: "subprocess.Popen[str]" = field(init=False)

    def __post_init__(self) -> None:
        self.process = start(self.folder, self.port, stdout=(self.folder.parent / "said").open("w"))

    @property
    def said(self) -> list[str]:
        return (self.folder.parent / "said").read_text().splitlines()

    def number_of(self, command: str) -> int:
        """The process whose command line holds these words and that we started."""
        for entry in Path("/proc").glob("[0-9]*/status"):
            try:
                line = entry.with_name("cmdline").read_bytes().replace(b"\0", b" ").decode()
                parent = entry.read_text().split("PPid:")[1].split()[0]
            except OSError:
                continue
            if command in line and parent == str(self.process.pid):
                return int(entry.parent.name)
        return 0

    def children(self) -> list[str]:
        return Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()


def start(folder: Path, port: int, stdout: object) -> "subprocess.Popen[str]":
    given = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    return subprocess.Popen(
        [sys.executable, "-m", "backoffice.local", "run", str(folder)],
        env=given | {"PORT": str(port)},
        cwd=ROOT,
        stdout=stdout,  # type: ignore[arg-type]
        stderr=subprocess.STDOUT,
        text=True,
    )


def status_of(port: int, path: str) -> int:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    run = Run(folder=tmp_path_factory.mktemp("run") / "local", port=free_port())
    try:
        eventually(
            lambda: run.process.poll() is not None or f"ready http://{HOST}:{run.port}" in run.said, 90
        )
        yield run
    finally:
        run.process.terminate()
        run.process.wait(60)


def test_says_once_that_it_is_ready_and_answers(run: Run) -> None:
    assert run.said.count(f"ready http://{HOST}:{run.port}") == 1
    assert status_of(run.port, "/healthz") == 200
    assert status_of(run.port, "/readyz") == 200


def test_is_told_apart_from_a_second_one_in_the_same_folder(run: Run) -> None:
    second = start(run.folder, free_port(), subprocess.PIPE)
    said, _ = second.communicate(timeout=60)

    assert second.returncode == 1
    assert said.startswith("`make run` is already running here") or "is already running here" in said
    assert str(run.process.pid) in said
    assert said.count("\n") == 1


def test_on_a_taken_port_says_so_in_a_sentence(run: Run, tmp_path: Path) -> None:
    other = start(tmp_path / "local", run.port, subprocess.PIPE)
    said, _ = other.communicate(timeout=60)

    assert other.returncode == 1
    assert said.startswith(f"Port {run.port} on this machine is taken by another program.")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("command", "title"),
    [
        ("--queues money", "The money worker"),
        ("gunicorn", "The web process"),
        ("valkey-server", "Valkey"),
        ("bin/postgres", "PostgreSQL"),
    ],
)
def test_brings_back_what_was_killed_and_names_it(run: Run, command: str, title: str) -> None:
    first = eventually(lambda: run.number_of(command))
    os.kill(first, signal.SIGKILL)

    eventually(lambda: run.number_of(command) not in (0, first), 30)
    assert any(line.startswith(f"{title} ended unexpectedly (signal 9)") for line in run.said)
    eventually(lambda: status_of(run.port, "/readyz") == 200, 60)


def test_ends_all_of_it_when_it_is_asked_to(run: Run) -> None:
    # Both servers, the web process, two workers and the clock, each back from what the tests above did to it.
    eventually(lambda: len(run.children()) == 6, 40)
    children = run.children()

    run.process.terminate()

    assert run.process.wait(60) == 0
    assert not [number for number in children if Path(f"/proc/{number}").exists()]
    assert status_of(run.port, "/healthz") == 0
    assert not (run.folder / "postgres" / "postmaster.pid").exists()
