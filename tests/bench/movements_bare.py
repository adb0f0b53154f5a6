"""Contestant: a bare loop. It reads the same pages over one connection and COPYs each into a table without an index."""

import os
import time

import psycopg
import requests

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
LIST = f"{os.environ['OCEAFIN_PARTNER_API_BASE_URL']}/partner/v1/customers/1/transactions?limit=200"

session = requests.Session()
session.trust_env = False
connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
_pages_read = 0


def run(count: int, _word: str) -> float:
    global _pages_read
    cursor = str(_pages_read)
    begun = time.perf_counter()
    while cursor:
        page = session.get(f"{LIST}&cursor={cursor}").json()
        with connection.cursor() as rows, rows.copy("COPY bare FROM STDIN") as copy:
            for item in page["items"]:
                copy.write_row([item[name] for name in FIELDS])
        cursor = page["nextCursor"]
    took = time.perf_counter() - begun
    _pages_read += count
    return took


if __name__ == "__main__":
    serve(run)
