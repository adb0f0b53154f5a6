"""Contestant: a file handed in, read, judged, stored and booked. Words: `memory`, `payments`.

It loads what a worker loads, and nothing of the tests: its memory is measured, too.
"""

import os
import resource
import time
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")

import django

from tests.bench.rounds import serve


def main() -> None:
    from django.db import connection
    from django.utils import timezone

    from backoffice.audit import Actor
    from backoffice.staff.models import User
    from backoffice.staff.roles import Role
    from payments.batches import booking, services, working
    from payments.batches.leases import taken
    from payments.batches.models import Batch

    folder = Path(os.environ["BENCH_FOLDER"])
    actor = Actor.staff(User.objects.get(grants__role=Role.PAYMENTS_MAKER))

    def booked(path: Path) -> tuple[Batch, float]:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE batches_batch, batches_batchrow, batches_selection, batches_selectedrow")
        begun = time.perf_counter()
        with path.open("rb") as file:
            batch, _is_new = services.upload(
                batch_ref="b-1",
                file=file,
                file_name=path.name,
                rule="ALL_GOOD",
                actor=actor,
                now=timezone.now(),
            )
        while (state := Batch.objects.values_list("state", flat=True).get()) != "BOOKED":
            assert state in {"UPLOADED", "READING", "BOOKING"}, state
            working.work()
        return batch, time.perf_counter() - begun

    def run(count: int, word: str) -> float:
        if word == "memory":
            return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
        batch, took = booked(folder / f"{count}.csv")
        if word != "payments":
            return took
        begun = time.perf_counter()
        with taken(Batch, batch.pk) as lease:
            booking.open_payments(lease, seconds=3600)
        return time.perf_counter() - begun

    serve(run)


if __name__ == "__main__":
    django.setup()
    main()
