"""Contestant: a loop that reads the same file and COPYs its rows into a table. It checks nothing.

Words: `bare`, a table without any key; `keyed`, one with the keys of ours, so that each row says its file and line.
"""

import csv
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import psycopg

from tests.bench.rounds import serve

connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
folder = Path(os.environ["BENCH_FOLDER"])


def run(count: int, table: str) -> float:
    connection.execute(f"TRUNCATE {table}")
    begun = time.perf_counter()
    with (folder / f"{count}.csv").open(newline="", encoding="utf-8") as text:
        rows = csv.reader(text)
        columns = [f'"{name}"' for name in next(rows)]
        if table == "keyed":
            _copy(f"COPY keyed (file, line, {', '.join(columns)}) FROM STDIN", _with_place(rows))
        else:
            _copy(f"COPY bare ({', '.join(columns)}) FROM STDIN", rows)
    return time.perf_counter() - begun


def _with_place(rows: Any) -> Iterator[list[Any]]:
    for row in rows:
        yield [1, rows.line_num, *row]


def _copy(statement: str, rows: Iterable[list[Any]]) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


if __name__ == "__main__":
    serve(run)
