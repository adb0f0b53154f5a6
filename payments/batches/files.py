"""From an upload to a stored file that can be read row by row: its type by its bytes, its size, how it is written."""

import hashlib
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Protocol

import structlog
from django.core.files import File
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from customers import scanning, storing
from customers.files import Unusable
from payments.batches import columns, csv_file
from payments.batches.errors import UnusableFile
from payments.batches.models import Batch, Format
from payments.batches.xlsx_file import Workbook

BLOCK = 64 * 1024
MAX_BYTES, MAX_ROWS = 20 * 1024 * 1024, 200_000
FOLDER = "batches"
_ZIP = b"PK\x03\x04"

log = structlog.get_logger(__name__)


class Upload(Protocol):
    """What an upload must offer: it is read once, in blocks."""

    def read(self, size: int, /) -> bytes: ...


@dataclass
class Received:
    """An upload on our own disk, checked: these bytes, written like this."""

    file: IO[bytes]
    size: int
    sha256: str
    file_format: Format
    encoding: str
    delimiter: str
    columns: list[str]


@contextmanager
def receive(upload: Upload) -> Iterator[Received]:
    """Copy an upload to a nameless file on this disk and find out how it is written.

    Raises UnusableFile, ScannerAway.
    """
    with tempfile.TemporaryFile() as file:
        digest, size = hashlib.sha256(), 0
        while block := upload.read(BLOCK):
            size += len(block)
            if size > MAX_BYTES:
                raise UnusableFile(
                    _("The file is larger than %(size)d MB. Split it.") % {"size": MAX_BYTES // 1024**2}
                )
            digest.update(block)
            file.write(block)
        file.flush()
        if not size:
            raise UnusableFile(_("The file is empty."))
        file.seek(0)
        _refuse_viruses(file)
        file.seek(0)
        if file.read(4) == _ZIP:
            header = columns.read_header(_header_of(file))
            yield Received(file, size, digest.hexdigest(), Format.XLSX, "", "", header)
        else:
            how = csv_file.recognise(file)
            found = (Format.CSV, how.encoding, how.delimiter, list(how.header))
            yield Received(file, size, digest.hexdigest(), *found)


def store(received: Received, *, now: datetime) -> str:
    """Write the bytes into the storage under a name of ours. Raises StorageAway; nothing stays behind then."""
    name = f"{FOLDER}/{now:%Y/%m/%d}/{uuid.uuid4().hex}.{received.file_format.lower()}"
    received.file.seek(0)
    try:
        name = default_storage.save(name, File(received.file, name=name))
        if default_storage.size(name) != received.size:
            raise OSError("not all bytes were kept")
    except Exception as error:
        log.warning("batches.storage_away", error=type(error).__name__)
        storing.remove(name)
        raise storing.StorageAway from error
    return name


class Reading:
    """A stored file, whole and as it was handed in, row by row."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._file = storing.fetch(batch.storage_name, sha256=batch.sha256)

    def __enter__(self) -> "Reading":
        return self

    def __exit__(self, *_failure: object) -> None:
        self._file.close()

    @property
    def per_cent(self) -> int:
        """How far the file is read."""
        return min(100, 100 * self._file.tell() // max(1, self._batch.size))

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Each row under the header with its line. Raises UnusableFile."""
        self._file.seek(0)
        if self._batch.file_format == Format.XLSX:
            rows = Workbook(self._file).rows()
            next(rows, None)
            return rows
        return csv_file.rows(self._file, encoding=self._batch.encoding, delimiter=self._batch.delimiter)


def _refuse_viruses(file: IO[bytes]) -> None:
    try:
        scanning.check(file)
    except Unusable as found:
        raise UnusableFile(str(found)) from found


def _header_of(file: IO[bytes]) -> list[str]:
    for _line, cells in Workbook(file).rows():
        return cells
    raise UnusableFile(_("The first sheet of this workbook is empty."))
