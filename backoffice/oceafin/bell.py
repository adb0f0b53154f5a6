"""The bell: tells workers to look at their rows. It may be lost, late or doubled; the sweep finds the row anyway.

`ring` only sets a flag; a thread of this process publishes, at most once per 200 ms and lane, and gives up
after half a second. So a dead or hung broker costs the ringing request nothing.
"""

import os
import threading

import structlog
from django.db import transaction

from backoffice.celery import app

AT_MOST_EVERY = 0.2
GIVE_UP_AFTER = 0.5
TASKS = {
    "money": "backoffice.oceafin.tasks.deliver_money",
    "papers": "backoffice.oceafin.tasks.deliver_papers",
}
EVENTS_TASK = "webhooks.tasks.apply_events"
WEBHOOKS_TASK = "webhooks.outgoing.tasks.send_webhooks"
BATCHES_TASK = "payments.batches.tasks.work_on_batches"

log = structlog.get_logger(__name__)


class Bell:
    """One per process and kind of ring."""

    def __init__(self, *, task: str, queue: str) -> None:
        self._task, self._queue = task, queue
        self._pid = 0
        self._asked = threading.Event()
        self._pause = threading.Event()
        self._lock = threading.Lock()

    def ring(self) -> None:
        if self._pid != os.getpid():
            self._start()
        self._asked.set()

    def _start(self) -> None:
        with self._lock:
            if self._pid == os.getpid():
                return
            self._asked = threading.Event()
            self._pid = os.getpid()
            threading.Thread(target=self._publish_for_ever, name=f"bell-{self._queue}", daemon=True).start()

    def _publish_for_ever(self) -> None:
        while True:
            self._asked.wait()
            self._asked.clear()
            publish(task=self._task, queue=self._queue)
            self._pause.wait(AT_MOST_EVERY)


def publish(*, task: str, queue: str) -> bool:
    """Publish one empty bell; False if the broker did not take it in time. Never raises."""
    limits = {"socket_timeout": GIVE_UP_AFTER, "socket_connect_timeout": GIVE_UP_AFTER, "max_retries": 0}
    try:
        with app.connection_for_write(
            connect_timeout=GIVE_UP_AFTER, transport_options={**app.conf.broker_transport_options, **limits}
        ) as broker:
            # A fresh connection declares the queue each time, so an emptied broker takes bells again at once.
            app.send_task(task, connection=broker, queue=queue, retry=False, ignore_result=True)
        return True
    except Exception as error:  # the broker is a bell: whatever it does, the row stands
        log.warning("bell.lost", queue=queue, reason=type(error).__name__)
        return False


_BELLS = {
    "money": Bell(task=TASKS["money"], queue="money"),
    "papers": Bell(task=TASKS["papers"], queue="papers"),
    "events": Bell(task=EVENTS_TASK, queue="papers"),
    "webhooks": Bell(task=WEBHOOKS_TASK, queue="papers"),
    "batches": Bell(task=BATCHES_TASK, queue="papers"),
}


def ring(lane: str) -> None:
    """Ring for `money`, `papers`, `events`, `webhooks` or `batches`. Call after the commit."""
    _BELLS[lane].ring()


def ring_after_commit(lane: str) -> None:
    transaction.on_commit(lambda: ring(lane))
