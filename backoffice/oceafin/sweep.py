"""The sweep: every 5 s, in each worker process, on its own timer and without the broker.

It finds what no bell told of: due rows, leases that ran out, late replies, an open breaker that may close, and
the periodic duties of the apps. With Redis gone everything still moves, a few seconds later.
"""

import os
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from django.db import close_old_connections, connection

from backoffice.oceafin import breaker, outbox, recovery
from backoffice.oceafin.clock import database_now
from backoffice.oceafin.models import DutyRun, Lane

EVERY_SECONDS = 5.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Duty:
    """Periodic work of an app. It may run again after a crash, and must not mind."""

    name: str
    every: timedelta
    work: Callable[[datetime], object]


_DUTIES: dict[str, Duty] = {}
_STEPS: dict[str, Callable[[], object]] = {}


def register_duty(name: str, *, every: timedelta, work: Callable[[datetime], object]) -> None:
    """Called in an app's ready(). `work(now)` runs about every `every`, in one worker process at a time."""
    _DUTIES[name] = Duty(name, every, work)


def register_step(name: str, work: Callable[[], object]) -> None:
    """Called in an app's ready(). `work()` runs in each round of every worker process: for draining queues."""
    _STEPS[name] = work


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def sweep(*, lanes: Iterable[str] = Lane.values) -> None:
    """One round. Each step is guarded by itself: what fails is logged and does not stop the others."""
    _guarded("recover_leases", recovery.recover_leases)
    _guarded("settle_late_replies", recovery.settle_late_replies)
    _guarded("probe", breaker.probe_if_due)
    for lane in lanes:
        _guarded(f"deliver_{lane}", partial(outbox.deliver_due, lane=lane, worker=worker_name()))
    for name, work in list(_STEPS.items()):
        _guarded(name, work)
    for duty in list(_DUTIES.values()):
        _guarded(duty.name, partial(run_duty_if_due, duty))


def run_duty_if_due(duty: Duty) -> bool:
    """Run a duty if its time has come; of many processes one does, who moved the time on."""
    now = database_now()
    DutyRun.objects.bulk_create([DutyRun(name=duty.name, due_at=now)], ignore_conflicts=True)
    if not DutyRun.objects.filter(name=duty.name, due_at__lte=now).update(due_at=now + duty.every):
        return False
    duty.work(now)
    return True


def start_thread(lanes: Iterable[str]) -> threading.Thread:
    """Sweep for as long as this process lives."""
    thread = threading.Thread(target=_sweep_for_ever, args=(tuple(lanes),), name="sweep", daemon=True)
    thread.start()
    return thread


def _sweep_for_ever(lanes: tuple[str, ...]) -> None:
    pause = threading.Event()
    while True:
        close_old_connections()
        sweep(lanes=lanes)
        pause.wait(EVERY_SECONDS)


def _guarded(step: str, work: Callable[[], object]) -> None:
    try:
        work()
    except Exception:  # the database may be away: the next round finds everything as it stands
        log.exception("sweep.step_failed", step=step)
        connection.close()
