"""Contestant: a bare loop. It reads the same pages through the same client and COPYs each into a table.

It does nothing else: no budget, no look-up, no check of a field, no index, and what comes twice is there twice.
"""

import os
import time
from datetime import UTC, datetime

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")

import django
import psycopg

from tests.bench.rounds import serve

FIELDS = (
    "transactionId",
    "type",
    "direction",
    "currency",
    "network",
    "amount",
    "feeAmount",
    "status",
    "resourceType",
    "resourceId",
    "occurredAt",
)
LIST = "/partner/v1/customers/5a3e8a9e-0000-4000-8000-000000000001/transactions?limit=200"

connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
_pages_read = 0


def run(count: int, _word: str) -> float:
    from backoffice.oceafin.client import client
    from backoffice.oceafin.wire import Answer

    global _pages_read
    cursor = str(_pages_read)
    begun = time.perf_counter()
    while cursor:
        reply = client().get(f"{LIST}&cursor={cursor}", now=datetime.now(UTC))
        assert isinstance(reply, Answer), reply
        assert isinstance(reply.data, dict)
        with connection.cursor() as rows, rows.copy("COPY bare FROM STDIN") as copy:
            for item in reply.data["items"]:
                copy.write_row([item[name] for name in FIELDS])
        cursor = reply.data["nextCursor"]
    took = time.perf_counter() - begun
    _pages_read += count
    return took


if __name__ == "__main__":
    django.setup()
    serve(run)
