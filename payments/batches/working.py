"""What a worker does with batches: read, book, ask for payments, approve what was selected.

The row is the queue. It runs in a thread of its own, so that a long file holds up nothing that is on its way to
Oceafin; of many workers one has a batch at a time (`leases`).
"""

import threading
from collections.abc import Callable
from functools import partial

import structlog
from django.db import connection
from django.db.models import F, Q

from payments.batches import booking, reading, selecting
from payments.batches.leases import Lease, taken
from payments.batches.models import Batch, Leased, Selection
from payments.batches.states import WORKED_ON, BatchState

# How long one batch is worked on before the next one has its turn.
TURN_SECONDS = 5.0

log = structlog.get_logger(__name__)


def work() -> int:
    """One round: each batch and each selection that waits has its turn. Returns how many had something to do."""
    done = 0
    waiting = Batch.objects.filter(state__in=WORKED_ON).order_by("id")
    waiting = waiting.annotate(is_open=Q(good__gt=F("opened") + F("refused")))
    for pk, state, is_open in list(waiting.values_list("pk", "state", "is_open")):
        done += _work_on(Batch, pk, _step(state, is_open), state=state) and (
            state != BatchState.BOOKED or is_open
        )
    for pk in list(
        Selection.objects.filter(finished_at__isnull=True).order_by("id").values_list("pk", flat=True)
    ):
        step = partial(selecting.carry_out, seconds=TURN_SECONDS)
        done += _work_on(Selection, pk, step, finished_at__isnull=True)
    return done


def _step(state: str, is_open: bool) -> Callable[[Lease], None]:
    if state == BatchState.BOOKING:
        return booking.book
    if state != BatchState.BOOKED:
        return reading.read
    return partial(booking.open_payments, seconds=TURN_SECONDS) if is_open else booking.settle


def _work_on(model: type[Leased], pk: int, step: Callable[[Lease], None], **states: object) -> bool:
    try:
        with taken(model, pk, **states) as lease:
            if lease is None:
                return False
            step(lease)
            return True
    except Exception:  # its lease runs out, and it is tried again then
        log.exception("batches.step_failed", kind=model._meta.label, pk=pk)
        connection.close()
        return False


class Worker:
    """One thread per process, there as long as there is something to do."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._asked = threading.Event()

    def wake(self) -> None:
        self._asked.set()
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="batches", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        try:
            while self._asked.is_set():
                self._asked.clear()
                while work():
                    pass
        finally:
            connection.close()


worker = Worker()
