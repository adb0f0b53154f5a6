"""The curve of a balance finds the lowest and the highest day, and draws a span of any length in few points."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from payments.accounts.statements.curve import POINTS, Curve, _Line
from payments.accounts.statements.sums import Account

FIRST = date(2026, 1, 1)


def drawn(opening: str, *moves: tuple[int, str], days: int = 10) -> Curve:
    nought = Decimal(0)
    account = Account("EUR", "", Decimal(opening), nought, nought, nought, nought, len(moves), 0, None)
    line = _Line(account, FIRST, FIRST + timedelta(days=days - 1))
    for day, moved in moves:
        line.move(FIRST + timedelta(days=day), Decimal(moved))
    return line.drawn()


@pytest.mark.parametrize(
    ("moves", "lowest", "highest"),
    [
        ([(3, "-30"), (5, "80")], ("70", 3), ("150", 5)),
        # What the span opens with counts where the first day did not move.
        ([(3, "5")], ("100", 0), ("105", 3)),
        # Where it did, no day of the span ended with it.
        ([(0, "-40"), (4, "10")], ("60", 0), ("70", 4)),
        ([(0, "0.000000000000000001")], ("100.000000000000000001", 0), ("100.000000000000000001", 0)),
    ],
)
def test_names_the_days_of_the_lowest_and_the_highest_balance(moves, lowest, highest) -> None:
    curve = drawn("100", *moves)
    assert (curve.lowest, (curve.lowest_on - FIRST).days) == (Decimal(lowest[0]), lowest[1])
    assert (curve.highest, (curve.highest_on - FIRST).days) == (Decimal(highest[0]), highest[1])


def test_keeps_nought_in_the_picture() -> None:
    assert 'd="M0 118.0H720"' in drawn("100", (3, "5")).picture
    assert 'd="M0 2.0H720"' in drawn("-100", (3, "-5")).picture


def test_of_ten_years_has_no_more_points_than_the_eye_can_tell_apart() -> None:
    days = 3650
    picture = drawn("0", *((day, "1") for day in range(days)), days=days).picture
    assert picture.count("V") // 2 <= POINTS + 1
    assert drawn("0", *((day, "1") for day in range(days)), days=days).highest == days
