"""Our webhook endpoint beside dj-stripe's, and beside a plain view that checks nothing."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tests.bench.rounds import Contestant, interleaved, median_ratio, report

COUNT = 150
DJSTRIPE = ["dj-stripe==2.11.0", "django==5.2.*", "stripe==15.6.2", "psycopg[binary]"]
EVENTS = "SELECT count(*) FROM webhooks_event"


def run() -> None:
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        with database("bench_door") as ours, database("bench_djstripe") as theirs:
            migrate(ours)
            with contestants(folder, ours=ours, theirs=theirs) as (door, plain, djstripe):
                _measure(door, plain, djstripe, ours)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measure(door: Contestant, plain: Contestant, djstripe: Contestant | None, url: str) -> None:
    if djstripe is not None:
        times = interleaved(lambda: door.run(COUNT), lambda: djstripe.run(COUNT))
        report(
            name="webhook, fresh events vs dj-stripe",
            ratio=median_ratio(times),
            goal=">= 7",
            detail=_each(times, "ours", "dj-stripe"),
        )
    times = interleaved(lambda: door.run(COUNT * 4), lambda: plain.run(COUNT * 4))
    report(
        name="webhook, fresh events vs a plain view with objects.create",
        ratio=median_ratio(times),
        goal=">= 1.0",
        detail=_each(times, "ours", "plain", COUNT * 4),
    )
    if djstripe is not None:
        before = _count(url)
        times = interleaved(lambda: door.run(COUNT, "forged"), lambda: djstripe.run(COUNT, "forged"))
        report(
            name="webhook, forged requests vs dj-stripe",
            ratio=median_ratio(times),
            goal=">= 15",
            detail=f"{_each(times, 'ours', 'dj-stripe')}; rows written by ours: {_count(url) - before}",
        )


def _each(times: list[tuple], first: str, second: str, count: int = COUNT) -> str:
    middle = sorted(times)[len(times) // 2]
    return f"{first} {middle[0] / count * 1e3:.2f} ms, {second} {middle[1] / count * 1e3:.2f} ms a request"


def _count(url: str) -> int:
    with psycopg.connect(url) as connection:
        found = connection.execute(EVENTS).fetchone()
    return int(found[0]) if found else 0


@contextlib.contextmanager
def contestants(
    folder: Path, *, ours: str, theirs: str
) -> Iterator[tuple[Contestant, Contestant, Contestant | None]]:
    with contextlib.ExitStack() as stack:

        def start(python: str, module: str, url: str) -> Contestant:
            environment = {**os.environ, "DATABASE_URL": url, "PYTHONPATH": str(Path.cwd())}
            contestant = Contestant([python, "-m", module], environment=environment)
            stack.callback(contestant.stop)
            return contestant

        python = djstripe_python(folder)
        yield (
            start(sys.executable, "tests.bench.door_site", ours),
            start(sys.executable, "tests.bench.plain_site", ours),
            start(python, "tests.bench.djstripe_site", theirs) if python else None,
        )


def djstripe_python(folder: Path) -> str:
    """A throw-away virtual environment with dj-stripe; "" (and a line that says so) if it cannot be made."""
    python = str(folder / "venv" / "bin" / "python")
    try:
        subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True, capture_output=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *DJSTRIPE], check=True, capture_output=True)
    except subprocess.CalledProcessError as error:
        print(f"dj-stripe could not be installed: {error.stderr.decode()[-300:]}", file=sys.stderr)
        return ""
    return python


@contextlib.contextmanager
def database(name: str) -> Iterator[str]:
    """A database of its own on the server of DATABASE_URL, dropped afterwards; yields its address."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    drop = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(drop)
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield urlunsplit(parts._replace(path=f"/{name}"))
        finally:
            server.execute(drop)


def migrate(url: str) -> None:
    command = [sys.executable, "manage.py", "migrate", "-v0"]
    subprocess.run(command, check=True, env={**os.environ, "DATABASE_URL": url})
