"""When to try again: 2, 5, 15, 30, 60 s, then doubling to 15 minutes. Pure."""

from datetime import timedelta

FIRST = (2, 5, 15, 30, 60)
LONGEST = 15 * 60
# A paper that was never answered this often is shown to a person; money is bound by the key's age instead.
MAX_TRIES = 30


def delay(failures: int, *, retry_after: timedelta | None = None) -> timedelta:
    """How long to wait after the given number of failures in a row (1 is the first).

    What Oceafin asks for in `Retry-After` is obeyed where it is longer, up to an hour.
    """
    if failures <= len(FIRST):
        seconds = FIRST[max(failures, 1) - 1]
    else:
        seconds = min(FIRST[-1] * 2 ** min(failures - len(FIRST), 10), LONGEST)
    asked = min(retry_after or timedelta(0), timedelta(hours=1))
    return max(timedelta(seconds=seconds), asked)
