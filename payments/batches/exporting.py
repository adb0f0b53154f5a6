"""Files that leave: the template to fill in, and the bad rows of a batch, to be corrected and handed in again."""

import csv
import io
from collections.abc import Iterator

from backoffice.spreadsheets import MARK, neutral
from payments.batches import columns
from payments.batches.files import Reading
from payments.batches.models import Batch, BatchRow, Verdict

AT_A_TIME = 500


def template() -> str:
    """The header with one row that shows how it is meant."""
    out = io.StringIO()
    writer = csv.writer(out)
    names = columns.known()
    writer.writerow(names)
    writer.writerow([columns.EXAMPLES.get(name, "") for name in names])
    return MARK + out.getvalue()


def bad_rows(batch: Batch) -> Iterator[str]:
    """The bad rows as they were handed in, with their line and what is wrong. No cell is a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    kept = [name for name in batch.columns if name not in columns.OURS]
    writer.writerow([*kept, *columns.OURS])
    faults = _faults(batch)
    bad = next(faults, None)
    yield MARK
    with Reading(batch) as file:
        for line, cells in file.rows():
            if bad is None:
                break
            if line != bad.line:
                continue
            named = dict(zip(batch.columns, cells, strict=False))
            problem = " ".join(f"{column}: {text}" if column else text for column, text in bad.faults or [])
            writer.writerow([*(neutral(named.get(name, "")) for name in kept), line, neutral(problem)])
            bad = next(faults, None)
            yield _taken(out)
    yield _taken(out)


def _faults(batch: Batch) -> Iterator[BatchRow]:
    rows = BatchRow.objects.filter(batch=batch, verdict=Verdict.BAD).order_by("line")
    return rows.only("line", "faults").iterator(chunk_size=AT_A_TIME)


def _taken(out: io.StringIO) -> str:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text
