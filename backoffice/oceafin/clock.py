"""The database's clock: one clock for leases and due times, whatever the clocks of the workers say."""

from datetime import datetime

from backoffice import prepared


def database_now() -> datetime:
    with prepared.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now
