"""Rows that differ from one that was judged good only in what can be looked over at a glance.

Most rows of a long file go where an earlier row went, or somebody else's row in the same currency: customer, account
and kind were found good by the rules themselves (`checking`). What remains of such a row is its reference, its amount
and its words. Only where each of those is plainly right is the row good, too; every other one is judged by the rules.
"""

import re
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import NamedTuple

from backoffice import references, vault
from payments import money, requesting
from payments.batches import columns

DIGEST_CONTEXT = "batch_row"
# What a spreadsheet would carry out when it opens the file.
FORMULAS = frozenset("=+-@\t\r\n＝＋－＠")
# So many are remembered: a file in which every row goes elsewhere takes no more memory than another.
MOST = 20_000

is_reference = re.compile(references.PATTERN).fullmatch
_OWN = frozenset({"paymentRef", "amount", *columns.WORDS, *columns.OURS})


# What stands in each column of some rows.
Columns = list[list[str]]


class Shape(NamedTuple):
    """What was found good: for whom, where to and in which currency; and what its amounts plainly look like."""

    kind_and_customer: str
    currency_and_place: str
    is_amount: Callable[[str], object]


class Usual:
    """What the rows of one file have in common with those before them.

    Rows are looked over together, a column at a time: that is several times as fast as one row after the other.
    """

    def __init__(self, names: Sequence[str]) -> None:
        places = {name: place for place, name in enumerate(names) if name not in columns.OURS}
        self._nothing = ("",) * len(names)
        self._ref, self._amount = places["paymentRef"], places["amount"]
        self._words = [(places[name], requesting.LONGEST[name]) for name in columns.WORDS if name in places]
        self._shape_of = itemgetter(*[place for name, place in places.items() if name not in _OWN])
        self._names = sorted(places)
        self._in_order = itemgetter(*[places[name] for name in self._names])
        self._whole = "\x1f".join(f"{name}\x1e%s" for name in self._names)
        self._known: dict[tuple[str, ...], Shape] = {}

    def columns(self, rows: Sequence[Sequence[str]]) -> Columns:
        """What stands in each column, without the spaces around it; nothing for a row that is wider or narrower."""
        width = len(self._nothing)
        straight = [cells if len(cells) == width else self._nothing for cells in rows]
        return [list(map(str.strip, cells)) for cells in zip(*straight, strict=True)]

    def remember(self, cells: Sequence[str], shape: Shape) -> None:
        """The rules found a row good that says this."""
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[self._shape_of([cell.strip() for cell in cells])] = shape

    def of(self, said: Columns) -> list[Shape | None]:
        """What makes each of these rows good; None where the rules have to be asked."""
        shapes = map(self._known.get, zip(*self._shape_of(said), strict=True))
        found = [
            shape if shape and is_reference(ref) and shape.is_amount(amount) else None
            for shape, ref, amount in zip(shapes, said[self._ref], said[self._amount], strict=True)
        ]
        for place, longest in self._words:
            for number, text in enumerate(said[place]):
                if text and (len(text) > longest or text[0] in FORMULAS or not text.isprintable()):
                    found[number] = None
        return found

    def canonical(self, said: Columns) -> list[str]:
        """The rows in the form of which their digests are taken (`canonical`)."""
        in_order = self._in_order(said)
        if not any("" in column for column in in_order):
            return list(map(self._whole.__mod__, zip(*in_order, strict=True)))
        return [
            "\x1f".join([f"{name}\x1e{text}" for name, text in zip(self._names, row, strict=True) if text])
            for row in zip(*in_order, strict=True)
        ]


def plain_amounts(currency: str) -> Callable[[str], object]:
    """What an amount of this currency plainly looks like: above 0, in its precision, not larger than can be paid."""
    digits = money.exponent(currency)
    after = rf"(\.[0-9]{{1,{digits}}})?" if digits else ""
    return re.compile(rf"[1-9][0-9]{{0,14}}{after}").fullmatch


def canonical(asked: dict[str, str]) -> str:
    """Everything that a row asks for, whatever the order of its columns."""
    return "\x1f".join([f"{name}\x1e{asked[name]}" for name in sorted(asked)])


def fingerprinter() -> Callable[[str], str]:
    """Makes the digests of many rows: a keyed hash of everything that each asks for."""
    return vault.fingerprinter(context=DIGEST_CONTEXT)
