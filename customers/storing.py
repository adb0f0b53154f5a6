"""Bringing an upload into the document storage: checked first, hashed while it passes, never whole in memory."""

import hashlib
import mmap
import tempfile
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Protocol

import structlog
from django.core.files import File
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from backoffice.staff.errors import Refusal
from customers import files, rendering, scanning

BLOCK = 64 * 1024
# An upload under way is younger than this; a file without a row that is older belongs to nobody.
ORPHAN_AFTER = timedelta(hours=2)
ORPHAN_DAYS = 7

log = structlog.get_logger(__name__)


class StorageAway(Refusal):
    """The document storage cannot be reached."""

    def __init__(self) -> None:
        super().__init__(
            _("The document storage cannot be reached. Nothing was saved; try again in a few minutes.")
        )


class FileChanged(Refusal):
    """What the storage holds is not what was handed in, or is not there any more."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "The document storage no longer holds this document as it was handed in. "
                "Tell your administrator; the document's SHA-256 is on record."
            )
        )


class Upload(Protocol):
    """What an upload must offer: it is read once, in blocks."""

    def read(self, size: int, /) -> bytes: ...


@dataclass
class Received:
    """An upload on our own disk, checked: these bytes, this type, so many pages."""

    file: IO[bytes]
    size: int
    sha256: str
    content_type: str
    pages: int


@dataclass(frozen=True)
class Stored:
    """Where the bytes are kept, and the hash of the whole request body that will carry them."""

    name: str
    body_sha256: str


def receive(upload: Upload) -> "Received":
    """Copy an upload to a nameless file on this disk and check what it is. Raises files.Unusable, scanning.ScannerAway.

    The caller closes `file`.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it outlives this function
    try:
        digest, size = hashlib.sha256(), 0
        while block := upload.read(BLOCK):
            size += len(block)
            if size > files.MAX_BYTES:
                raise files.too_large()
            digest.update(block)
            file.write(block)
        file.flush()
        content_type = _type_of(file, size)
        file.seek(0)
        scanning.check(file)
        file.seek(0)
        pages, pixels = rendering.measure(file, content_type=content_type)
        files.check_measures(pages=pages, pixels=pixels)
    except BaseException:
        file.close()
        raise
    return Received(file, size, digest.hexdigest(), content_type, pages)


def store(received: Received, *, document_id: uuid.UUID, head: bytes, tail: bytes, now: datetime) -> Stored:
    """Write the bytes into the storage under a name of ours. Raises StorageAway; nothing stays behind then.

    The file comes before its row. If the row never comes, `remove` or the sweep of orphans takes the file away.
    """
    name = f"{now:%Y/%m/%d}/{document_id.hex}{files.EXTENSIONS[received.content_type]}"
    body_sha256 = _sha256_of(head, received.file, tail)
    received.file.seek(0)
    try:
        name = default_storage.save(name, File(received.file, name=name))
        kept = default_storage.size(name)
        if kept != received.size:
            raise OSError(f"{kept} of {received.size} bytes were kept")
    except Exception as error:
        log.warning("documents.storage_away", error=type(error).__name__)
        remove(name)
        raise StorageAway from error
    return Stored(name, body_sha256)


def remove(name: str) -> None:
    """Take a file away whose row did not come. What cannot be removed now, the sweep of orphans removes."""
    try:
        default_storage.delete(name)
    except Exception as error:
        log.warning("documents.not_removed", error=type(error).__name__)


def open_stored(name: str) -> IO[bytes]:
    """Open a stored file, for who compares its bytes himself. Raises StorageAway."""
    try:
        return default_storage.open(name, "rb")
    except Exception as error:
        log.warning("documents.storage_away", error=type(error).__name__)
        raise StorageAway from error


def fetch(name: str, *, sha256: str) -> IO[bytes]:
    """A copy of a stored file on this machine's disk: whole and as it was handed in, before anybody gets a byte.

    Raises StorageAway, and FileChanged where the storage gave other bytes or has none.
    """
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - it outlives this function
    digest = hashlib.sha256()
    try:
        with default_storage.open(name, "rb") as stored:
            while block := stored.read(BLOCK):
                digest.update(block)
                copy.write(block)
    except FileNotFoundError as error:
        copy.close()
        log.error("documents.lost", name=name)
        raise FileChanged from error
    except Exception as error:
        copy.close()
        log.warning("documents.storage_away", error=type(error).__name__)
        raise StorageAway from error
    if digest.hexdigest() != sha256:
        copy.close()
        log.error("documents.changed", name=name)
        raise FileChanged
    copy.flush()
    copy.seek(0)
    return copy


def old_files(*, now: datetime) -> list[str]:
    """Files of the last days that were written long enough ago and may have no row."""
    found = []
    for folder in _days(now):
        for file in _listed(folder):
            name = f"{folder}/{file}"
            if default_storage.get_modified_time(name) < now - ORPHAN_AFTER:
                found.append(name)
    return found


def _days(now: datetime) -> list[str]:
    return [f"{now - timedelta(days=day):%Y/%m/%d}" for day in range(ORPHAN_DAYS)]


def _listed(folder: str) -> list[str]:
    try:
        return list(default_storage.listdir(folder)[1])
    except FileNotFoundError:
        return []


def _type_of(file: IO[bytes], size: int) -> str:
    if not size:
        return files.content_type_of(b"")
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return files.content_type_of(data)


def _sha256_of(head: bytes, file: IO[bytes], tail: bytes) -> str:
    digest = hashlib.sha256(head)
    file.seek(0)
    while block := file.read(BLOCK):
        digest.update(block)
    digest.update(tail)
    return digest.hexdigest()
