"""A table of states: which there are, what each means in a sentence, and which moves are allowed.

Pure. Each app's `states.py` declares one `Machine`; the page, the database trigger and the diagram in
docs/ are all made from it, so that they cannot disagree.
"""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Base of an app's states; the value is what the database, the API and the docs say."""

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        return [(state.value, state.value.replace("_", " ").capitalize()) for state in cls]


class IllegalMove(Exception):
    """The table has no such move. Nothing was changed."""

    def __init__(self, machine: "Machine", old: str, new: str) -> None:
        super().__init__(f"A {machine.name} cannot go from {old} to {new}.")
        self.old, self.new = old, new


@dataclass(frozen=True)
class Machine:
    """The allowed moves of one kind of record.

    `moves` maps each state to the states that may follow it; a state without followers is final.
    `sentences` says for each state what it means to the person who reads it.
    """

    name: str
    initial: State
    moves: dict[State, tuple[State, ...]]
    sentences: dict[State, str]

    def __post_init__(self) -> None:
        states = set(type(self.initial))
        if set(self.moves) != states or set(self.sentences) != states:
            raise ValueError(f"The table of {self.name} does not name each of its states once.")

    @property
    def final(self) -> frozenset[State]:
        return frozenset(state for state, followers in self.moves.items() if not followers)

    def allows(self, old: str, new: str) -> bool:
        states = type(self.initial)
        return states(new) in self.moves[states(old)]

    def check(self, old: str, new: str) -> None:
        """Raise IllegalMove if the table lacks the move."""
        if not self.allows(old, new):
            raise IllegalMove(self, old, new)

    def transitions(self) -> list[tuple[str, str]]:
        """Every allowed move as (old, new), for the trigger in the database."""
        return [(old.value, new.value) for old, followers in self.moves.items() for new in followers]

    def diagram(self) -> str:
        """The table as a Mermaid state diagram."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial}"]
        lines += [f"    {old} --> {new}" for old, new in self.transitions()]
        lines += [f"    {state} --> [*]" for state in self.moves if state in self.final]
        return "\n".join(lines)
