"""Reading an Excel workbook (ECMA-376) row by row, within limits that are counted while it unpacks.

The digits of a number are taken as the file has them: a library that makes floats of them would lose some. A cell
that is a formula reads as "=", and so is refused like one in a CSV.
"""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any
from xml.parsers import expat

from django.utils.translation import gettext as _

from payments.batches.errors import UnusableFile

BLOCK = 64 * 1024
MOST_PARTS, MOST_SHEETS, MOST_COLUMNS, LONGEST_CELL = 1_000, 50, 100, 4_000
# Unpacked: of the sheet, and of the table of its texts, which is held in memory.
MOST_SHEET_BYTES, MOST_TEXT_BYTES = 256 * 1024 * 1024, 48 * 1024 * 1024
FORMULA = "="
# What opening a part that is missing, damaged, locked or packed in a strange way raises.
_UNREADABLE = (
    KeyError,
    zipfile.BadZipFile,
    zlib.error,
    RuntimeError,
    NotImplementedError,
    OSError,
    EOFError,
)
_COLUMN = re.compile(r"[A-Z]{1,3}", re.ASCII)


class Workbook:
    """The first visible sheet of a workbook. Raises UnusableFile for what is none, or unpacks to too much."""

    def __init__(self, file: IO[bytes]) -> None:
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, OSError) as error:
            raise _broken() from error
        if len(self._zip.infolist()) > MOST_PARTS:
            raise _too_large()
        self.sheet, self._path = self._first_sheet()

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Each row that has anything in it, with its number in the sheet; the first is the header."""
        reader = _Sheet(self._texts())
        for block in self._blocks(self._path, MOST_SHEET_BYTES):
            reader.feed(block)
            yield from reader.taken()
        reader.feed(b"", final=True)
        yield from reader.taken()

    def _first_sheet(self) -> tuple[str, str]:
        sheets: list[tuple[str, str]] = []
        places: dict[str, str] = {}

        def sheet(name: str, attributes: dict[str, str]) -> None:
            if _local(name) == "sheet" and attributes.get("state", "visible") == "visible":
                target = next((value for key, value in attributes.items() if _local(key) == "id"), "")
                sheets.append((attributes.get("name", ""), target))

        def relation(name: str, attributes: dict[str, str]) -> None:
            if _local(name) == "Relationship":
                places[attributes.get("Id", "")] = attributes.get("Target", "")

        self._walk("xl/workbook.xml", sheet)
        self._walk("xl/_rels/workbook.xml.rels", relation)
        if not sheets or len(sheets) > MOST_SHEETS:
            raise _broken() if not sheets else _too_large()
        name, identity = sheets[0]
        target = places.get(identity, "")
        return name, target.lstrip("/") if target.startswith("/") else f"xl/{target}"

    def _texts(self) -> list[str]:
        if "xl/sharedStrings.xml" not in self._zip.namelist():
            return []
        found: list[str] = []
        parts: list[str] = []
        inside = {"t": False, "rPh": False}

        def start(name: str, _attributes: dict[str, str]) -> None:
            local = _local(name)
            if local == "si":
                parts.clear()
            elif local in inside:
                inside[local] = True

        def end(name: str) -> None:
            local = _local(name)
            if local == "si":
                found.append("".join(parts))
            elif local in inside:
                inside[local] = False

        def text(data: str) -> None:
            if inside["t"] and not inside["rPh"]:
                parts.append(data)

        self._walk("xl/sharedStrings.xml", start, end, text, most=MOST_TEXT_BYTES)
        return found

    def _walk(
        self,
        path: str,
        start: Callable[..., Any],
        end: Callable[..., Any] | None = None,
        text: Callable[..., Any] | None = None,
        *,
        most: int = BLOCK * 16,
    ) -> None:
        parser = _parser(start, end, text)
        for block in self._blocks(path, most):
            _parse(parser, block)
        _parse(parser, b"", final=True)

    def _blocks(self, path: str, most: int) -> Iterator[bytes]:
        try:
            with self._zip.open(path) as part:
                while block := part.read(BLOCK):
                    most -= len(block)
                    if most < 0:
                        raise _too_large()
                    yield block
        except _UNREADABLE as error:
            raise _broken() from error


class _Sheet:
    """One sheet on its way through the parser."""

    def __init__(self, texts: list[str]) -> None:
        self._texts = texts
        self._parser = _parser(self._start, self._end, self._text)
        self._rows: list[tuple[int, list[str]]] = []
        self._number, self._cells = 0, list[str]()
        self._column, self._type, self._parts, self._reads, self._formula = 0, "", list[str](), False, False

    def feed(self, block: bytes, *, final: bool = False) -> None:
        _parse(self._parser, block, final=final)

    def taken(self) -> list[tuple[int, list[str]]]:
        """The rows that are whole by now."""
        rows, self._rows = self._rows, []
        return rows

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = _local(name)
        if local == "c":
            place = _COLUMN.match(attributes.get("r", ""))
            self._column = _number_of(place[0]) if place else len(self._cells)
            self._type, self._formula = attributes.get("t", "n"), False
            self._parts.clear()
        elif local in {"v", "t"}:
            self._reads = True
        elif local == "f":
            self._formula = True
        elif local == "row":
            number = attributes.get("r", "")
            self._number = int(number) if number.isdigit() and len(number) < 8 else self._number + 1
            self._cells = []

    def _end(self, name: str) -> None:
        local = _local(name)
        if local in {"v", "t"}:
            self._reads = False
        elif local == "c":
            self._keep("".join(self._parts))
        elif local == "row" and any(self._cells):
            self._rows.append((self._number, self._cells))

    def _text(self, data: str) -> None:
        if self._reads:
            self._parts.append(data)

    def _keep(self, text: str) -> None:
        if self._formula or self._type == "e":
            text = FORMULA
        elif self._type == "s" and text:
            text = self._shared(text)
        if not text:
            return
        if self._column >= MOST_COLUMNS or len(text) > LONGEST_CELL:
            raise _too_large()
        self._cells.extend([""] * (self._column + 1 - len(self._cells)))
        self._cells[self._column] = text

    def _shared(self, index: str) -> str:
        try:
            return self._texts[int(index)]
        except (ValueError, IndexError) as error:
            raise _broken() from error


def _parser(
    start: Callable[..., Any], end: Callable[..., Any] | None, text: Callable[..., Any] | None
) -> Any:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    # No workbook has one; with it come entities that grow without end or read other files.
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _parse(parser: Any, block: bytes, *, final: bool = False) -> None:
    try:
        parser.Parse(block, final)
    except expat.ExpatError as error:
        raise _broken() from error


def _refuse_doctype(*_args: Any) -> None:
    raise _broken()


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _number_of(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _broken() -> UnusableFile:
    return UnusableFile(
        _("This workbook cannot be opened. Save it anew as .xlsx without a password, or as “CSV UTF-8”.")
    )


def _too_large() -> UnusableFile:
    return UnusableFile(
        _("This workbook unpacks to more than a list of payments is. Put the list alone into a new one.")
    )
