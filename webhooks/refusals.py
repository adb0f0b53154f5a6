"""Forged deliveries: a counter and a sampled log line. Never a row per request, never their bytes in a log."""

import os
import threading
import time
from collections import Counter

import structlog
from django.db import Error as DatabaseError
from django.db import connection

from webhooks.checking import Refused

# How long counts may be in memory only; a process that is killed loses that much.
FLUSH_AFTER = 2.0
LOG_AT_MOST_EVERY = 10.0

_ADD = """
INSERT INTO webhooks_refusal (reason, count, last_at) VALUES (%s, %s, clock_timestamp())
ON CONFLICT (reason) DO UPDATE SET count = webhooks_refusal.count + EXCLUDED.count, last_at = EXCLUDED.last_at
"""

log = structlog.get_logger(__name__)


class RefusalCounter:
    """Counts in memory; a thread of this process adds the counts to the table every few seconds.

    So a flood of forgeries costs no statement per request, and nothing at all when the database is away.
    """

    def __init__(self, *, flushes_by_itself: bool = True) -> None:
        self._flushes_by_itself = flushes_by_itself
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._asked = threading.Event()
        self._pause = threading.Event()
        self._pid = 0
        self._log_again_at = 0.0
        self._unlogged = 0

    def add(self, reason: Refused, *, sender: str) -> None:
        with self._lock:
            self._counts[reason.value] += 1
            self._unlogged += 1
            unlogged = self._unlogged
            due = time.monotonic() >= self._log_again_at
            if due:
                self._log_again_at, self._unlogged = time.monotonic() + LOG_AT_MOST_EVERY, 0
        if due:
            log.warning("webhook.refused", reason=reason.value, sender=sender[:45], since_last_line=unlogged)
        if self._flushes_by_itself:
            if self._pid != os.getpid():
                self._start()
            self._asked.set()

    def flush(self) -> None:
        """Add what was counted to the table. Where that fails, the counts stay for the next time."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        try:
            with connection.cursor() as cursor:
                for reason in sorted(counts):
                    cursor.execute(_ADD, [reason, counts[reason]])
                    counts[reason] = 0
        except DatabaseError:
            log.warning("webhook.refusals_not_counted_yet")
        finally:
            with self._lock:
                self._counts += counts

    def _start(self) -> None:
        with self._lock:
            if self._pid == os.getpid():
                return
            self._asked = threading.Event()
            self._pid = os.getpid()
            threading.Thread(target=self._flush_for_ever, name="refusals", daemon=True).start()

    def _flush_for_ever(self) -> None:
        while True:
            self._asked.wait()
            self._pause.wait(FLUSH_AFTER)
            self._asked.clear()
            try:
                self.flush()
            finally:
                connection.close()
            if self._counts:
                self._asked.set()


counter = RefusalCounter()
