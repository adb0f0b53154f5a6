"""Reading a file into rows, chunk by chunk: each is committed with how far the reading is, so that it goes on there."""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from backoffice.audit import Actor
from backoffice.oceafin.clock import database_now
from backoffice.staff.errors import Refusal
from customers.storing import StorageAway
from payments.batches import telling
from payments.batches.booking import refuse_booking
from payments.batches.checking import Checker
from payments.batches.errors import UnusableFile
from payments.batches.files import MAX_ROWS, Reading
from payments.batches.judged import COLUMNS
from payments.batches.leases import Lease, leased_until
from payments.batches.models import Batch, Verdict
from payments.batches.states import BatchState

CHUNK = 5_000
READER = Actor.system("batches")
_COPY = f"COPY batches_batchrow ({COLUMNS}) FROM STDIN"

Rows = list[tuple[int, Sequence[str]]]


def read(lease: Lease) -> None:
    """Read the file from where its reading stands to its end. Raises leases.Lost where it was cancelled meanwhile."""
    with transaction.atomic():
        batch: Batch = lease.lock(state__in=[BatchState.UPLOADED, BatchState.READING])
        if batch.state == BatchState.UPLOADED:
            telling.move(batch, BatchState.READING, actor=READER, now=database_now(), verb="batch.reading")
    try:
        _read_rows(lease, batch)
    except StorageAway:
        # The file is there; it is read when the storage answers.
        raise
    except Refusal as refusal:
        _fail(lease, str(refusal))
        return
    _finish(lease)


def _read_rows(lease: Lease, batch: Batch) -> None:
    checker = Checker(batch, database_now())
    with Reading(batch) as file, _without_collector():
        ahead = _Ahead(islice(file.rows(), batch.rows_read, None))
        while chunk := ahead.take():
            if batch.rows_read + len(chunk) > MAX_ROWS:
                raise UnusableFile(
                    _("The file has more than %(count)d rows. Split it.") % {"count": MAX_ROWS}
                )
            keep = partial(_keep, lease, checker, chunk, file.per_cent, ahead.read)
            try:
                batch = keep()
            except IntegrityError:
                # Another file took a reference between our look and our write: now it is seen.
                batch = keep()


class _Ahead:
    """The rows of a file in chunks, of which the next may be read before it is taken."""

    def __init__(self, rows: Iterator[tuple[int, list[str]]]) -> None:
        self._rows = rows
        self._next: Rows | None = None

    def read(self) -> None:
        if self._next is None:
            self._next = list(islice(self._rows, CHUNK))

    def take(self) -> Rows:
        """The next chunk; empty at the end."""
        self.read()
        chunk, self._next = self._next or [], None
        return chunk


@contextmanager
def _without_collector() -> Iterator[None]:
    """So many rows come and go that the collector of cycles would look through the whole process again and again;
    they make none."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@transaction.atomic
def _keep(lease: Lease, checker: Checker, chunk: Rows, per_cent: int, meanwhile: Callable[[], None]) -> Batch:
    batch: Batch = lease.lock(state=BatchState.READING)
    seen = checker.look_up(chunk)
    texts = checker.copied(seen, batch.pk)
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        # The database writes these while the next ones are judged, and read.
        for text in texts:
            copy.write(text)
        meanwhile()
    counts = checker.counts
    batch.rows_read += len(chunk)
    batch.per_cent = per_cent
    batch.good += counts[Verdict.GOOD]
    batch.bad += counts[Verdict.BAD]
    batch.same += counts[Verdict.SAME]
    batch.leased_until = leased_until()
    batch.save(update_fields=["rows_read", "per_cent", "good", "bad", "same", "leased_until"])
    return batch


@transaction.atomic
def _finish(lease: Lease) -> None:
    batch: Batch = lease.lock(state=BatchState.READING)
    now = database_now()
    facts = {"rows": batch.rows_read, "good": batch.good, "bad": batch.bad, "same": batch.same}
    telling.move(batch, BatchState.READ, actor=READER, now=now, verb="batch.read", facts=facts, per_cent=100)
    if batch.rule:
        _book_as_asked(batch)


def _book_as_asked(batch: Batch) -> None:
    """Who handed the file in said already what is booked of it."""
    now = database_now()
    try:
        refuse_booking(batch, batch.rule)
    except Refusal as refusal:
        batch.rule, batch.waits_for = "", str(refusal)[:300]
        batch.save(update_fields=["rule", "waits_for"])
    else:
        facts = {"rule": batch.rule, "good": batch.good, "bad": batch.bad}
        telling.move(batch, BatchState.BOOKING, actor=batch.maker, now=now, verb="batch.booking", facts=facts)


@transaction.atomic
def _fail(lease: Lease, sentence: str) -> None:
    batch: Batch = lease.lock(state=BatchState.READING)
    drop_rows(batch)
    telling.move(
        batch,
        BatchState.FAILED,
        actor=READER,
        now=database_now(),
        verb="batch.failed",
        waits_for=sentence[:300],
    )


def drop_rows(batch: Batch) -> int:
    """Let the references go of what has not become a payment; return how many rows that were."""
    return batch.rows.filter(verdict=Verdict.GOOD, payment__isnull=True).update(verdict=Verdict.DROPPED)
