"""Carries events to the partner's endpoint, again and again until it answers 2xx, then gives up."""

import http.client
import queue
import secrets
import sqlite3
import threading
import time
from urllib.parse import urlsplit

from .events import DELIVERED, FAILED, PENDING, RETRY_AFTER, Letter
from .faults import Fault
from .world import World

CARRIERS = 8
TIMEOUT = 10


class Postman:
    """One thread looks for due events, a few carry them. An event is in one hand at a time."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._due: queue.Queue[str] = queue.Queue()
        self._carried: set[str] = set()
        self._lock = threading.Lock()

    def start(self) -> None:
        self._world.events.ring = self._wake.set
        threading.Thread(target=self._look, name="postman", daemon=True).start()
        for number in range(CARRIERS):
            threading.Thread(target=self._carry, name=f"carrier-{number}", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()
        self._wake.set()

    def _look(self) -> None:
        while not self._stopped.is_set():
            self._wake.wait(0.1)
            self._wake.clear()
            rows = self._world.store.rows(
                "SELECT event_id FROM events WHERE state = ? AND due_at <= ? ORDER BY due_at, seq LIMIT 500",
                PENDING,
                self._world.clock.now(),
            )
            with self._lock:
                fresh = [row["event_id"] for row in rows if row["event_id"] not in self._carried]
                self._carried.update(fresh)
            for event_id in fresh:
                self._due.put(event_id)

    def _carry(self) -> None:
        while True:
            event_id = self._due.get()
            try:
                self.deliver(event_id)
            finally:
                with self._lock:
                    self._carried.discard(event_id)

    def deliver(self, event_id: str) -> list[int]:
        """One attempt (or several at once, by a fault) now; the statuses that came back, 0 for none."""
        row = self._world.store.row("SELECT * FROM events WHERE event_id = ?", event_id)
        if row is None:
            return []
        facts = {"eventType": row["event_type"], "resourceType": row["resource_type"]}
        fault = self._world.faults.take({"double_event", "forge_event", "stale_event"}, facts)
        copies = int(fault.options.get("copies", 2)) if fault and fault.name == "double_event" else 1
        kind = fault.name if fault else "genuine"
        letters = [self._letter(row["body"], fault) for _ in range(copies)]
        statuses = send_at_once(self._world, event_id, letters, kind)
        self._settle(row, any(200 <= status < 300 for status in statuses))
        return statuses

    def _letter(self, body: bytes, fault: Fault | None) -> Letter:
        if fault is not None and fault.name == "forge_event":
            return self._world.events.sign(body, secret=secrets.token_hex())
        if fault is not None and fault.name == "stale_event":
            return self._world.events.sign(body, age=fault.seconds(900))
        return self._world.events.sign(body)

    def _settle(self, row: sqlite3.Row, delivered: bool) -> None:
        attempts = row["attempts"] + 1
        state = DELIVERED if delivered else FAILED if attempts > len(RETRY_AFTER) else PENDING
        due_at = self._world.clock.now() + RETRY_AFTER[min(attempts, len(RETRY_AFTER)) - 1]
        # Sent by hand or not: once delivered, an event stays so.
        self._world.store.run(
            "UPDATE events SET state = ?, attempts = ?, due_at = ? WHERE event_id = ? AND state <> ?",
            state,
            attempts,
            due_at,
            row["event_id"],
            DELIVERED,
        )


def send_at_once(world: World, event_id: str, letters: list[Letter], kind: str) -> list[int]:
    """Sends all letters at the same moment and writes each down; returns the statuses (0: no answer)."""
    statuses = [0] * len(letters)

    def send(place: int) -> None:
        started = time.monotonic()
        statuses[place], error = _post(world.events.url, letters[place])
        world.store.insert(
            "deliveries",
            event_id=event_id,
            nonce=letters[place].nonce,
            timestamp=letters[place].timestamp,
            kind=kind,
            status=statuses[place],
            error=error,
            milliseconds=int((time.monotonic() - started) * 1000),
        )

    threads = [threading.Thread(target=send, args=(place,)) for place in range(1, len(letters))]
    for thread in threads:
        thread.start()
    send(0)
    for thread in threads:
        thread.join()
    return statuses


def _post(url: str, letter: Letter) -> tuple[int, str]:
    """(status, "") or (0, what went wrong)."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, letter.body, letter.headers)
        return connection.getresponse().status, ""
    except (OSError, http.client.HTTPException) as error:
        return 0, f"{type(error).__name__}: {error}"
    finally:
        connection.close()
