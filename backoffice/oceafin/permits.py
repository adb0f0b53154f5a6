"""What this partner is not enabled for: an app remembers it, the border asks before it sends or reads.

permits.register(is_off=switches.off, denied=switches.remember)          # in ready()

Contract section 2: `PARTNER_SCOPE_DENIED` and `PARTNER_PRODUCT_DISABLED` stop the action and tell staff. The letter
that was answered so is refused; what waits behind it stays until a person has the operation checked again.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

CODES = frozenset({"PARTNER_SCOPE_DENIED", "PARTNER_PRODUCT_DISABLED"})


class IsOff(Protocol):
    """Says that the first of these operations that is switched off is not tried now; None where all may be."""

    def __call__(self, *operations: str) -> "Off | None": ...


class Denied(Protocol):
    """Takes down that Oceafin denied an operation; of other codes it makes nothing."""

    def __call__(self, operation: str, *, code: str, detail: str, now: datetime) -> object: ...


@dataclass(frozen=True)
class Off:
    """An operation that is switched off: Oceafin's code, and a sentence for staff."""

    code: str
    sentence: str


@dataclass(frozen=True)
class Memory:
    is_off: IsOff
    denied: Denied


_memory: list[Memory] = []


def register(*, is_off: IsOff, denied: Denied) -> None:
    """Called once in the ready() of the app that remembers."""
    _memory[:] = [Memory(is_off, denied)]


def off(*operations: str) -> Off | None:
    """Whether one of these operations of the contract is switched off, so that they may not be tried now."""
    return _memory[0].is_off(*operations) if _memory else None


def heed(operation: str, *, code: str, detail: str, now: datetime) -> None:
    """Pass on what Oceafin answered to an operation, if it was denied."""
    if code in CODES:
        for memory in _memory:
            memory.denied(operation, code=code, detail=detail, now=now)
