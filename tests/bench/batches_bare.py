"""Contestant: a bare loop that reads the same file and COPYs its rows into a table. It checks nothing.

The table has no index and no constraint; with the word `same` it has a key and one reference once.
"""

import csv
import os
import time
from pathlib import Path

import psycopg

from tests.bench.rounds import serve

connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
folder = Path(os.environ["BENCH_FOLDER"])


def run(count: int, word: str) -> float:
    table = word or "bare"
    connection.execute(f"TRUNCATE {table}")
    begun = time.perf_counter()
    with (folder / f"{count}.csv").open(newline="", encoding="utf-8") as text:
        rows = csv.reader(text)
        columns = ", ".join(f'"{name}"' for name in next(rows))
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    return time.perf_counter() - begun


if __name__ == "__main__":
    serve(run)
