"""Work that a killed worker leaves is taken up by another; a worker that woke late changes nothing any more."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q

from backoffice.oceafin.clock import database_now
from payments.batches.models import Leased

LEASE = timedelta(seconds=60)


class Lost(Exception):
    """Somebody else has the work by now, or it was cancelled. Nothing was changed."""


def leased_until() -> datetime:
    """Until when work is had that is taken up, or gone on with, now."""
    return database_now() + LEASE


@dataclass(frozen=True)
class Lease:
    """Which work one worker has, and the number by which it is known to be still the one."""

    model: type[Leased]
    pk: int
    number: int

    def mine(self) -> Q:
        return Q(pk=self.pk, lease_number=self.number)

    def keep(self, **states: Any) -> None:
        """Have it for a while longer. Raises Lost, also where the work is not in one of these states any more."""
        held = self.model._default_manager.filter(self.mine(), **states)
        if not held.update(leased_until=leased_until()):
            raise Lost

    def lock(self, **states: Any) -> Any:
        """The row, locked until the transaction ends. Raises Lost."""
        row = self.model._default_manager.select_for_update(no_key=True).filter(self.mine(), **states).first()
        if row is None:
            raise Lost
        return row


@contextmanager
def taken(model: type[Leased], pk: int, **states: Any) -> Iterator[Lease | None]:
    """Take this work up for as long as the block lasts; None if somebody has it."""
    free = Q(leased_until__isnull=True) | Q(leased_until__lt=database_now())
    worker = f"{socket.gethostname()}:{os.getpid()}"
    rows = model._default_manager.filter(free, pk=pk, **states)
    took = rows.update(lease_number=F("lease_number") + 1, leased_until=leased_until(), leased_by=worker)
    if not took:
        yield None
        return
    number = model._default_manager.values_list("lease_number", flat=True).get(pk=pk)
    lease = Lease(model, pk, number)
    with suppress(Lost):
        yield lease
    # Not after a failure: then the lease runs out by itself, and the work is tried again that much later.
    model._default_manager.filter(lease.mine()).update(leased_until=None, leased_by="")
