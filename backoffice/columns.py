"""What a table on a paper looks like, for who says so without drawing it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One column of a table: its heading, its width in millimetres, and to which side it stands."""

    head: str
    width: float
    right: bool = False
