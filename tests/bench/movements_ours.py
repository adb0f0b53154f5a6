"""Contestant: our reading of one customer's list, from the signed request to the row. Word: memory."""

import os
import time
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")

import django

from tests.bench.rounds import serve

_pages_read = 0


def run(count: int, word: str) -> float:
    if word == "memory":
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return float(pages * os.sysconf("SC_PAGE_SIZE"))
    from payments.accounts import plan
    from payments.accounts.models import Reading

    global _pages_read
    Reading.objects.update(cursor=str(_pages_read) if _pages_read else "")
    reading = Reading.objects.select_related("customer").get()
    begun = time.perf_counter()
    plan.read(reading)
    took = time.perf_counter() - begun
    reading.refresh_from_db()
    assert not reading.failure, reading.failure
    _pages_read += count
    return took


if __name__ == "__main__":
    django.setup()
    serve(run)
