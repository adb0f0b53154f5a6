"""Finding likely duplicates among a million customers beside finding them among a thousand."""

import contextlib
import os
import sys

import psycopg

from tests.bench.rounds import ROOT, Contestant, interleaved, median_ratio, report
from tests.bench.webhook import database, migrate

COUNT = 60
FEW, MANY = 1_000, 1_000_000
TABLES = ("likeness_trait", "likeness_name")
# Every tenth is a company, of one common and one rare word. People share a birthday with others, and some an
# address. What the constraints hold is known of these rows; they are switched off so that filling takes a minute.
FILL = """
INSERT INTO likeness_name (customer_id, is_company, plain, due_at)
SELECT number, number % 10 = 0,
    (ARRAY['blue', 'global', 'north', 'trade', 'harbour', 'green', 'first', 'ocean'])[1 + number % 8] || ' ' ||
    substr(translate(md5('a' || number), '0123456789', 'aeiouaeiou'), 1, 7) || ' ' ||
    substr(translate(md5('b' || number % 5000), '0123456789', 'aeiouaeiou'), 1, 6), NULL
FROM generate_series(1, {count}) number;
INSERT INTO likeness_trait (customer_id, kind, value)
SELECT number, kind, encode(sha256((kind || CASE kind
    WHEN 'BIRTH_DATE' THEN (hashint4(number) % 25000)::text
    WHEN 'ADDRESS' THEN (number / 3)::text
    ELSE number::text END)::bytea), 'hex')
FROM generate_series(1, {count}) number
CROSS JOIN unnest(ARRAY['PERSON', 'BIRTH_DATE', 'CONTACT', 'ADDRESS']) kind
WHERE number % 10 <> 0 OR kind <> 'BIRTH_DATE';
ANALYZE likeness_name, likeness_trait;
"""


def run() -> None:
    with database("bench_few") as few, database("bench_many") as many:
        for url, count in ((few, FEW), (many, MANY)):
            migrate(url)
            _fill(url, count)
        with contextlib.ExitStack() as stack:
            among_few, among_many = (_start(stack, *each) for each in ((few, FEW), (many, MANY)))
            times = interleaved(lambda: among_few.run(COUNT), lambda: among_many.run(COUNT))
    middle = sorted(times)[len(times) // 2]
    each = [f"{side / COUNT * 1e3:.2f} ms" for side in middle]
    report(
        name="likely duplicates, a look-up among 1,000,000 customers vs 1,000",
        ratio=median_ratio(times),
        goal="<= 3",
        detail=f"among few {each[0]}, among many {each[1]} a look-up; every second one of a company",
    )


def _start(stack: contextlib.ExitStack, url: str, count: int) -> Contestant:
    environment = {**os.environ, "DATABASE_URL": url, "PYTHONPATH": str(ROOT), "BENCH_CUSTOMERS": str(count)}
    contestant = Contestant([sys.executable, "-m", "tests.bench.likeness_site"], environment=environment)
    stack.callback(contestant.stop)
    return contestant


def _fill(url: str, count: int) -> None:
    """Write the rows first and the indexes after them: a hundred times as fast."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET statement_timeout = 0")
        made = connection.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) AND indexdef NOT LIKE '%%UNIQUE%%'",
            [list(TABLES)],
        ).fetchall()
        for name, _definition in made:
            connection.execute(f'DROP INDEX "{name}"')
        connection.execute(FILL.format(count=count))
        for _name, definition in made:
            connection.execute(definition)
        connection.execute("VACUUM ANALYZE")
