"""Waiting for what another process does, without guessing how long it takes."""

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

Value = TypeVar("Value")


def eventually(condition: Callable[[], Value], seconds: float = 30, *, every: float = 0.02) -> Value:
    """Call `condition` until it returns something true, and return that.

    A failed assertion inside `condition` counts as "not yet"; when time runs out it is raised as it was.
    """
    deadline = time.monotonic() + seconds
    while True:
        failure: AssertionError | None = None
        try:
            value = condition()
            if value:
                return value
        except AssertionError as error:
            failure, value = error, None  # type: ignore[assignment]
        if time.monotonic() > deadline:
            raise failure or AssertionError(
                f"It did not happen within {seconds} seconds; the last answer was {value!r}."
            )
        time.sleep(every)


def somebody_waits_for_us(on: BaseDatabaseWrapper = connection) -> bool:
    """Whether another connection waits for a lock that the transaction of this one holds."""
    with on.cursor() as cursor:
        cursor.execute(
            "SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        )
        return cursor.fetchone() is not None
