"""Letting time pass for what waits in the database: nothing in the tests sits a back-off or a lease out."""

from django.db import connection

WAITING = "state IN ('QUEUED', 'UNCONFIRMED')"


def make_letters_due(*, key: str = "") -> int:
    """The back-off of every letter that waits is over."""
    return _run(
        f"""UPDATE oceafin_submission SET due_at = clock_timestamp() WHERE id IN (
            SELECT id FROM oceafin_submission WHERE {WAITING} AND leased_until IS NULL
            AND due_at > clock_timestamp() AND key LIKE %s FOR UPDATE SKIP LOCKED)""",
        [f"%{key}%"],
    )


def make_events_due() -> int:
    return _run(
        """UPDATE webhooks_event SET due_at = clock_timestamp() WHERE id IN (
            SELECT id FROM webhooks_event WHERE state IN ('RECEIVED', 'PARKED')
            AND due_at > clock_timestamp() FOR UPDATE SKIP LOCKED)""",
    )


def run_out_leases(*, key: str = "") -> int:
    """A minute passes for every lease: who held one is late now, dead or alive."""
    letters = _run(
        f"""UPDATE oceafin_submission SET leased_until = clock_timestamp() - interval '1 second'
            WHERE {WAITING} AND leased_until IS NOT NULL AND key LIKE %s""",
        [f"%{key}%"],
    )
    if not key:
        for table in ("webhooks_event", "batches_batch", "batches_selection"):
            _run(
                f"UPDATE {table} SET leased_until = clock_timestamp() - interval '1 second'"
                " WHERE leased_until IS NOT NULL"
            )
    return letters


def make_duties_due() -> int:
    return _run("UPDATE oceafin_dutyrun SET due_at = clock_timestamp()")


def let_the_breaker_probe() -> int:
    return _run("UPDATE oceafin_breaker SET probe_due_at = clock_timestamp() WHERE is_open")


def _run(sql: str, values: list[str] | None = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.rowcount
