"""Reading CSV as the world writes it: UTF-8 with or without BOM, UTF-16, Windows-1252; commas, semicolons, tabs."""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from django.utils.translation import gettext as _

from payments.batches import columns
from payments.batches.errors import UnusableFile

BLOCK = 64 * 1024
DELIMITERS = ",;\t"
UTF_8, UTF_16_LE, UTF_16_BE, WINDOWS = "utf-8-sig", "utf-16-le", "utf-16-be", "cp1252"
ENCODINGS = {UTF_8: "UTF-8", UTF_16_LE: "UTF-16", UTF_16_BE: "UTF-16", WINDOWS: "Windows-1252"}
# Bytes that no text has: control characters but for tab and line ends.
_NEVER = bytes(set(range(32)) - {9, 10, 13})


@dataclass(frozen=True)
class Dialect:
    """How the file is written."""

    encoding: str
    delimiter: str
    header: tuple[str, ...]


def recognise(file: IO[bytes]) -> Dialect:
    """How this file is written, read once through in blocks. Raises UnusableFile with what to do."""
    encoding = _encoding_of(file)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding, newline="")
    try:
        line = text.readline(BLOCK)
        while (line and not line.lstrip("\ufeff").strip(" \r\n,;\t")) or line.lower().startswith("sep="):
            line = text.readline(BLOCK)
    finally:
        text.detach()
    delimiter, header = _delimiter_of(line.lstrip("\ufeff"))
    return Dialect(encoding, delimiter, tuple(columns.read_header(header)))


def rows(file: IO[bytes], *, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each row under the header with the line on which it begins; empty lines are passed over.

    Raises UnusableFile where quotation marks do not match, for then nobody knows where a cell ends.
    """
    text = io.TextIOWrapper(file, encoding, newline="")
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    begins, seen_header = 1, False
    try:
        for cells in reader:
            line, begins = begins, reader.line_num + 1
            if not cells or not any(cells) or (len(cells) == 1 and not cells[0].strip("\ufeff ")):
                continue
            if not seen_header:
                seen_header = not cells[0].lstrip("\ufeff").lower().startswith("sep=")
                continue
            yield line, cells
    except csv.Error as error:
        raise UnusableFile(
            _(
                "Line %(line)d cannot be read: a quotation mark is opened and not closed, or stands inside a cell. "
                "Write it twice inside a cell, and put the cell in quotation marks."
            )
            % {"line": begins}
        ) from error
    finally:
        if not file.closed:
            text.detach()


def _encoding_of(file: IO[bytes]) -> str:
    file.seek(0)
    head = file.read(BLOCK)
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise _save_as_utf8()
    if head.startswith(codecs.BOM_UTF16_LE):
        return _checked(file, UTF_16_LE)
    if head.startswith(codecs.BOM_UTF16_BE):
        return _checked(file, UTF_16_BE)
    if b"\0" in head:
        # Written as UTF-16 without saying so: in the names of the header every second byte is nothing.
        if not head[1:40:2].strip(b"\0"):
            return _checked(file, UTF_16_LE)
        if not head[0:40:2].strip(b"\0"):
            return _checked(file, UTF_16_BE)
        raise _no_table()
    return UTF_8 if _decodes(file, UTF_8) else _checked(file, WINDOWS)


def _checked(file: IO[bytes], encoding: str) -> str:
    if not _decodes(file, encoding):
        raise _save_as_utf8()
    return encoding


def _decodes(file: IO[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    wide = encoding.startswith("utf-16")
    file.seek(0)
    try:
        while block := file.read(BLOCK):
            if not wide and len(block.translate(None, _NEVER)) != len(block):
                raise _no_table()
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _delimiter_of(line: str) -> tuple[str, list[str]]:
    best, cells = DELIMITERS[0], [line.strip()]
    for delimiter in DELIMITERS:
        try:
            found = next(csv.reader([line], delimiter=delimiter), [])
        except csv.Error:
            continue
        if (columns.is_header(found), len(found)) > (columns.is_header(cells), len(cells)):
            best, cells = delimiter, found
    return best, cells


def _save_as_utf8() -> UnusableFile:
    return UnusableFile(
        _(
            "The letters of this file cannot be read: it is neither UTF-8, UTF-16 nor Windows-1252 throughout. "
            "Save it as “CSV UTF-8” and upload it again."
        )
    )


def _no_table() -> UnusableFile:
    return UnusableFile(_("This is no table. Upload a CSV file or an Excel workbook (.xlsx)."))
