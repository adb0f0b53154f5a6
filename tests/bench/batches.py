"""A file of 100,000 payments, checked, stored and booked: beside a bare COPY of it, and beside django-import-export.

Booked is what the product calls so: every row is judged by the rules, its reference is held, its digest kept, and the
batch is BOOKED. Its rows then become payments one by one, which is told but has no goal.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg

from tests.bench import batches_rows
from tests.bench.rounds import ROOT, Contestant, interleaved, median_ratio, report, tell
from tests.bench.webhook import database, migrate

ROWS, PAYMENTS = 100_000, 500
ROUNDS = 5
FILL = "import django; django.setup(); from tests.bench.batches_rows import fill; fill()"


def run() -> None:
    with (
        database("bench_batches") as url,
        tempfile.TemporaryDirectory() as folder,
        contextlib.ExitStack() as stack,
    ):
        environment = {**os.environ, "DATABASE_URL": url, "BENCH_FOLDER": folder, "PYTHONPATH": str(ROOT)}
        _prepare(url, Path(folder), environment)
        ours, bare, peer = (
            _start(stack, environment, f"tests.bench.batches_{name}") for name in ("ours", "bare", "peer")
        )
        _beside_copy(ours, bare)
        _beside_peer(ours, peer)
        took = ours.run(PAYMENTS, "payments")
        tell(
            name="booked rows that become payments by the one door",
            detail=f"{PAYMENTS / took:,.0f} a second, each with its policy, its sealed words and its audit trail",
        )


def _beside_copy(ours: Contestant, bare: Contestant) -> None:
    name = f"{ROWS:,} rows of a CSV handed in, checked, stored and booked"
    for word, what in (
        ("", "reading the file and COPYing it into a bare table"),
        ("same", "reading the file and COPYing it into a table with the indexes of ours"),
    ):
        times = interleaved(lambda word=word: bare.run(ROWS, word), lambda: ours.run(ROWS), rounds=ROUNDS)
        middle = sorted(times)[len(times) // 2]
        report(
            name=f"{name} vs {what}",
            ratio=median_ratio(times),
            goal="<= 3",
            detail=f"ours {middle[1]:.2f} s, COPY {middle[0]:.2f} s",
        )
    memory = ours.run(0, "memory") / 2**20
    report(name=f"{name}, the most memory in MB", ratio=memory, goal="<= 150", detail="the whole process")


def _beside_peer(ours: Contestant, peer: Contestant) -> None:
    """The peer takes minutes: one round each."""
    for word, how in (("", "with its defaults"), ("bulk", "with all it offers for speed")):
        theirs, mine = peer.run(ROWS, word), ours.run(ROWS)
        report(
            name=f"{ROWS:,} rows of a CSV checked, stored and booked vs django-import-export {how}",
            ratio=theirs / mine,
            goal=">= 10",
            detail=f"ours {mine:.2f} s, django-import-export {theirs:.1f} s",
        )


def _prepare(url: str, folder: Path, environment: dict[str, str]) -> None:
    migrate(url)
    subprocess.run([sys.executable, "-c", FILL], check=True, env=environment, cwd=ROOT)
    batches_rows.write(folder / f"{ROWS}.csv", ROWS)
    batches_rows.write(folder / f"{PAYMENTS}.csv", PAYMENTS)
    names = ", ".join(f'"{name}" text' for name in batches_rows.HEADER)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE bare ({names})")
        connection.execute(f'CREATE TABLE same ({names}, id bigserial PRIMARY KEY, UNIQUE ("paymentRef"))')


def _start(stack: contextlib.ExitStack, environment: dict[str, str], module: str) -> Contestant:
    contestant = Contestant([sys.executable, "-m", module], environment=environment)
    stack.callback(contestant.stop)
    return contestant
