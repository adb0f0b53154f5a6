"""All parts of one simulator, put together."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .book import Book
from .clock import Clock
from .contractfile import ContractFile
from .events import Events
from .faults import Faults, Gates
from .options import Options
from .resources import Resources
from .store import Store
from .walk import Walk

PATIENCE = 5.0


class World:
    def __init__(self, options: Options) -> None:
        self.options = options
        self.store = Store(options.state)
        self.faults = Faults()
        self.gates = Gates()
        self.contract = ContractFile()
        self._served = threading.Condition()
        self._serving = 0
        self._assemble()

    def _assemble(self) -> None:
        options = self.options
        self.clock = Clock(self.store)
        self.resources = Resources(self.store, self.clock, options.seed)
        self.book = Book(self.store, self.clock, self.resources)
        self.events = Events(
            self.store,
            self.clock,
            self.faults,
            self.resources,
            secret=options.webhook_secret,
            url=options.webhook_url,
        )
        self.walk = Walk(self)

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Around each request of the partner, so that a reset can wait for it."""
        with self._served:
            self._serving += 1
        try:
            yield
        finally:
            with self._served:
                self._serving -= 1
                self._served.notify_all()

    def reset(self) -> None:
        """Forgets everything but how it was started. Requests that are held or stalled end first, so that
        none of them writes into what comes after."""
        self.faults.clear()
        self.gates.open_all()
        with self._served:
            self._served.wait_for(lambda: not self._serving, PATIENCE)
        ring = self.events.ring
        with self.store.alone():
            starts = self.store.setting("starts", 0)
            self.store.forget_everything()
            # Kept, so that ids are never given out twice.
            self.store.keep_setting("starts", starts)
            self._assemble()
        self.events.ring = ring
