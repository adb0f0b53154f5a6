"""What many acts of one transaction ask alike is asked once.

with transaction.atomic(), once.for_all():
    once.know(("customer", customer.pk), customer)  # locked here, before the first savepoint

Outside of such a block everything is asked each time, as ever. An answer counts until the block ends: so only that is
asked once which the transaction has locked, or which is decided by as of one moment (the policy in force).
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar, cast

Answer = TypeVar("Answer")
_known: ContextVar[dict[Hashable, object] | None] = ContextVar("once", default=None)


@contextmanager
def for_all() -> Iterator[None]:
    """Have what is asked in this block answered once."""
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def know(key: Hashable, answer: object) -> None:
    """Say the answer beforehand: of many that were looked up together, or locked for the whole block."""
    answers = _known.get()
    if answers is not None:
        answers[key] = answer


def known(key: Hashable, ask: Callable[[], Answer]) -> Answer:
    """The answer that was said beforehand; else it is asked, and not kept. For locks: one that is taken in a
    savepoint goes with it."""
    answers = _known.get()
    return cast(Answer, answers[key]) if answers is not None and key in answers else ask()


def asked(key: Hashable, ask: Callable[[], Answer]) -> Answer:
    """The answer, asked now unless it was asked in this block before."""
    answers = _known.get()
    if answers is None:
        return ask()
    if key not in answers:
        answers[key] = ask()
    return cast(Answer, answers[key])
