"""A PDF that somebody who was not there can follow from the top to the bottom: headings, rows, tables."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import MethodReturnValue, PDFResourceType

from backoffice.columns import Column

FONTS = Path(__file__).resolve().parent / "fonts"
EASTERN = FONTS / "DroidSansFallback.ttf"
LEFT, RIGHT, TOP = 18, 18, 20
LABELS = 52
LINE = 5.2
TABLE_SIZE, TABLE_LINE = 6.4, 4.0
INK, QUIET, RULE = (28, 32, 40), (96, 104, 118), (214, 218, 226)
# Scripts whose letters join or change their order are set by a shaper; the others need none and are quicker.
SHAPED_FROM, SHAPED_TO = 0x0590, 0x10FF
# Below the accents that stand by themselves, each character is one glyph.
PLAIN_UP_TO = 0x0300


class Paper(FPDF):
    """Headings, rows of a label and its lines, and tables; names in any script."""

    def __init__(self, *, title: str, foot: str, made_at: datetime) -> None:
        super().__init__(format="A4")
        self.foot = foot
        self.set_title(title)
        self.set_creation_date(made_at)
        self.set_margins(LEFT, TOP, RIGHT)
        self.set_auto_page_break(True, margin=20)
        self.add_font("text", "", FONTS / "DejaVuSans.ttf")
        self.add_font("text", "B", FONTS / "DejaVuSans-Bold.ttf")
        self._latin = set(self.fonts["text"].cmap)
        self.add_page()

    def footer(self) -> None:
        self.set_y(-14)
        self._use(7, QUIET)
        self.cell(0, 4, self._text(self.foot))
        self.set_x(LEFT)
        self.cell(0, 4, f"{self.page_no()} / {{nb}}", align="R")

    def headline(self, words: str, below: str) -> None:
        self._use(18, INK, bold=True)
        self._write(words, 9)
        self._use(9.5, QUIET)
        self._write(below, LINE)
        self.ln(2)

    def heading(self, words: str) -> None:
        if self.get_y() > self.h - 45:
            self.add_page()
        self.ln(4)
        self._use(12, INK, bold=True)
        self._write(words, 7)
        self.set_draw_color(*RULE)
        self.line(LEFT, self.get_y(), self.w - RIGHT, self.get_y())
        self.ln(1.6)

    def words(self, text: str) -> None:
        self._use(9, INK)
        self._write(text, LINE)

    def row(self, label: str, lines: list[str]) -> None:
        """A label with its lines beside it; a row is broken between pages only if it is longer than one."""
        text = "\n".join(line for line in lines if line) or "–"
        self._use(9, INK)
        height = self._height(text, self.epw - LABELS)
        if self.get_y() + height > self.page_break_trigger and height < 200:
            self.add_page()
        top, page = self.get_y(), self.page
        self._use(8.5, QUIET)
        self.multi_cell(LABELS - 3, LINE, self._text(label), align="L", new_x="LEFT", new_y="TOP")
        self._use(9, INK)
        if self.page == page:
            self.set_y(top)
        self.set_x(LEFT + LABELS)
        self._write(text, LINE, left=LEFT + LABELS)

    def item(self, head: str, lines: list[str]) -> None:
        """Something with a name of its own, and what is to be said of it."""
        if self.get_y() > self.h - 40:
            self.add_page()
        self.ln(1.2)
        self._use(9.5, INK, bold=True)
        self._write(head, LINE)
        self._use(8.5, QUIET)
        for line in lines:
            if line:
                self._write(line, 4.6)

    def moment(self, at: str, who: str, what: str) -> None:
        """One line of the timeline."""
        self._use(7.5, QUIET)
        if self.get_y() + 9 > self.page_break_trigger:
            self.add_page()
        self.cell(39, 4.2, at)
        self.cell(38, 4.2, self._text(who)[:26])
        self._use(7.5, INK)
        self._write(what, 4.2, left=LEFT + 77)

    def table_head(self, columns: Sequence[Column]) -> None:
        """The headings of a table; they are drawn again on each page that `table_line` begins."""
        if self.get_y() > self.h - 40:
            self.add_page()
        self._use(TABLE_SIZE, QUIET, bold=True)
        self._draw(columns, [column.head for column in columns])
        self.set_draw_color(*RULE)
        self.line(LEFT, self.get_y(), self.w - RIGHT, self.get_y())
        self.ln(0.6)

    def table_line(self, columns: Sequence[Column], cells: Sequence[str], *, bold: bool = False) -> None:
        """One line; a cell that its column cannot hold stands whole below it."""
        if self.get_y() + 2 * TABLE_LINE > self.page_break_trigger:
            self.add_page()
            self.table_head(columns)
        self._use(TABLE_SIZE, INK, bold=bold)
        self._draw(columns, cells)

    def _draw(self, columns: Sequence[Column], cells: Sequence[str]) -> None:
        """Written into the page as it is: ten times as fast as cell by cell, for statements of many pages."""
        left, parts, below = LEFT + self.c_margin, [], []
        for column, cell in zip(columns, cells, strict=True):
            if self._fits(cell, column.width - 2):
                parts.append(self._placed(cell, left, column.width - 2, right=column.right))
            else:
                below.append((column, cell))
            left += column.width
        self._out(" ".join(parts))
        self.ln(TABLE_LINE)
        for column, cell in below:
            side = "R" if column.right else "L"
            self.set_x(LEFT)
            self.multi_cell(self.epw, TABLE_LINE, self._text(cell), align=side, new_x="LMARGIN", new_y="NEXT")

    def _fits(self, cell: str, width: float) -> bool:
        # Other letters are set with their fallbacks and their shapes, which only the long way knows.
        simple = cell.isascii() or all(ord(char) < PLAIN_UP_TO and ord(char) in self._latin for char in cell)
        return simple and self.get_string_width(cell) <= width

    def _placed(self, cell: str, left: float, width: float, *, right: bool) -> str:
        font: Any = self.current_font
        # A page shows only the fonts that it names; writing past the library's own cells leaves naming them to us.
        self._resource_catalog.add(PDFResourceType.FONT, font.i, self.page)
        if right:
            left += width - self.get_string_width(cell)
        down = self.h - self.get_y() - TABLE_LINE * 0.72
        return (
            f"q {self.text_color.serialize().lower()} BT /F{font.i} {self.font_size_pt:.2f} Tf "
            f"{left * self.k:.2f} {down * self.k:.2f} Td {font.encode_text(cell)} ET Q"
        )

    def _use(self, size: float, colour: tuple[int, int, int], *, bold: bool = False) -> None:
        self.set_font("text", "B" if bold else "", size)
        self.set_text_color(*colour)

    def _write(self, text: str, height: float, *, left: float = LEFT) -> None:
        text = self._text(text)
        self.set_text_shaping(any(SHAPED_FROM <= ord(char) <= SHAPED_TO for char in text))
        self.set_x(left)
        self.multi_cell(self.w - RIGHT - left, height, text, align="L", new_x="LMARGIN", new_y="NEXT")
        self.set_text_shaping(False)

    def _height(self, text: str, width: float) -> float:
        lines = self.multi_cell(
            width, LINE, self._text(text), align="L", dry_run=True, output=MethodReturnValue.LINES
        )
        return len(lines) * LINE

    def _text(self, text: str) -> str:
        """What no font here can draw is written as its code, never left out: the exact text is in the data."""
        composed = unicodedata.normalize("NFC", str(text))
        plain = composed.isascii() and composed.isprintable()
        return composed if plain else "".join(map(self._drawn, composed))

    def _drawn(self, char: str) -> str:
        if char == "\n" or ord(char) in self._latin or unicodedata.category(char) in {"Cf", "Mn", "Zs"}:
            return char
        if ord(char) not in eastern():
            return f"[U+{ord(char):04X}]"
        # Reading this font takes longer than most papers, of which few need it.
        if "east" not in self.fonts:
            self.add_font("east", "", EASTERN)
            self.set_fallback_fonts(["east"], exact_match=False)
        return char


@cache
def eastern() -> frozenset[int]:
    """What the font of the other scripts can draw."""
    with TTFont(EASTERN, lazy=True) as font:
        return frozenset(font.getBestCmap())
