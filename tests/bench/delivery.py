"""Two workers that deliver letters for good, beside two that run a Celery task per POST and remember nothing."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import requests

from tests.bench.rounds import Contestant, interleaved, median_ratio, report
from tests.bench.webhook import database, migrate

COUNT = 300
BODY = json.dumps({"withdrawalRef": "wd-9001", "amount": "10.00", "currency": "EUR", "note": "x" * 200})
WORKER = "worker --loglevel ERROR --concurrency 2 --without-gossip --without-mingle"


def run() -> None:
    with database("bench_delivery") as url, receiver() as oceafin, contextlib.ExitStack() as stack:
        migrate(url)
        # A database of its own in the same broker: control messages reach only the peer's workers.
        broker = urlsplit(os.environ["REDIS_URL"])._replace(path="/15").geturl()
        environment = {
            **os.environ,
            "DATABASE_URL": url,
            "OCEAFIN_PARTNER_API_BASE_URL": oceafin,
            "PEER_BROKER": broker,
            "DJANGO_SETTINGS_MODULE": "tests.bench.things.settings",
        }
        stack.enter_context(worker(f"-A backoffice {WORKER} -Q money", environment))
        stack.enter_context(worker(f"-A tests.bench.peer_tasks {WORKER} -Q idle", environment))
        writer = Contestant([sys.executable, "-m", "tests.bench.things.write"], environment=environment)
        stack.callback(writer.stop)
        times = interleaved(lambda: ours(writer, oceafin), lambda: theirs(broker, oceafin), rounds=5)
    middle = sorted(times)[len(times) // 2]
    report(
        name="delivery by two workers vs a Celery task per POST without a database",
        ratio=median_ratio(times),
        goal=">= 1.0",
        detail=f"ours {middle[0] / COUNT * 1e3:.2f} ms, Celery {middle[1] / COUNT * 1e3:.2f} ms a delivery",
    )


def ours(writer: Contestant, oceafin: str) -> float:
    """Seconds from the bell until all letters are settled."""
    writer.run(COUNT, "write")
    begun = time.perf_counter()
    writer.run(0, "ring")
    _wait(lambda: writer.run(0, "left") == 0)
    return time.perf_counter() - begun


def theirs(broker: str, oceafin: str) -> float:
    """Seconds from the moment that the workers may consume until all POSTs have arrived."""
    os.environ["PEER_BROKER"] = broker
    from tests.bench.peer_tasks import app, post

    before = _arrived(oceafin)
    for _ in range(COUNT):
        post.apply_async((f"{oceafin}/peer", BODY), queue="peer")
    begun = time.perf_counter()
    app.control.add_consumer("peer", reply=True)
    _wait(lambda: _arrived(oceafin) - before >= COUNT)
    seconds = time.perf_counter() - begun
    app.control.cancel_consumer("peer", reply=True)
    return seconds


def _arrived(oceafin: str) -> int:
    return int(requests.get(f"{oceafin}/count", timeout=10).json())


def _wait(done) -> None:
    deadline = time.monotonic() + 120
    while not done():
        if time.monotonic() > deadline:
            raise RuntimeError("The deliveries did not end within two minutes.")
        time.sleep(0.05)


@contextlib.contextmanager
def worker(arguments: str, environment: dict[str, str]) -> Iterator[None]:
    command = [sys.executable, "-m", "celery", *arguments.split()]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(6)
        yield
    finally:
        process.terminate()
        process.wait(30)


@contextlib.contextmanager
def receiver() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.bench.receiver"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait(10)
