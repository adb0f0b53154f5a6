"""What this partner is not enabled for: an app remembers it, the border asks before it sends or reads.

permits.register(why_not=switches.why_not, denied=switches.remember)          # in ready()

Contract section 2: `PARTNER_SCOPE_DENIED` and `PARTNER_PRODUCT_DISABLED` stop the action and tell staff. The letter
that was answered so is refused; what waits behind it stays until a person has the operation checked again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

CODES = frozenset({"PARTNER_SCOPE_DENIED", "PARTNER_PRODUCT_DISABLED"})


class Denied(Protocol):
    """Takes down that Oceafin denied an operation; of other codes it makes nothing."""

    def __call__(self, operation: str, *, code: str, detail: str, now: datetime) -> object: ...


@dataclass(frozen=True)
class Memory:
    """`why_not(operation)` is the sentence why it is not tried now; empty where it may be."""

    why_not: Callable[[str], str]
    denied: Denied


_memory: list[Memory] = []


def register(*, why_not: Callable[[str], str], denied: Denied) -> None:
    """Called once in the ready() of the app that remembers."""
    _memory[:] = [Memory(why_not, denied)]


def why_not(operation: str) -> str:
    """Why this operation of the contract may not be tried now, as a sentence for staff; "" if it may."""
    return next((memory.why_not(operation) for memory in _memory), "")


def heed(operation: str, *, code: str, detail: str, now: datetime) -> None:
    """Pass on what Oceafin answered to an operation, if it was denied."""
    if code in CODES:
        for memory in _memory:
            memory.denied(operation, code=code, detail=detail, now=now)
