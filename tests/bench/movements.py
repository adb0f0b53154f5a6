"""Reading a million transactions, matching and storing them, beside a bare loop that COPYs the same pages.

Both ask for the same pages over the same signed client and have its JSON; every tenth movement is one of ours.
"""

import contextlib
import os
import subprocess
import sys

import psycopg

from tests.bench.rounds import ROOT, Contestant, interleaved, median_ratio, report
from tests.bench.webhook import database, migrate

PAGE = 200
# One round to warm up and those that count read a million rows together: short ones, so that both sides see the same
# machine, and many, so that the median stands.
PAGES_A_ROUND = 125
ROUNDS = 39
# The memory of the end is compared with that after a tenth of the rows.
TENTH = (ROUNDS + 1) // 10
FILL = """
SET session_replication_role = replica;
INSERT INTO customers_customer (partner_customer_ref, customer_type, display_name, metadata, request_digest, vault_key,
    oceafin_customer_id, oceafin_status, oceafin_status_from, standing, standing_since, standing_reason_sealed,
    standing_by, polls, polls_unchanged, created_at, created_by, updated_at)
VALUES ('cust-1', 'INDIVIDUAL', 'Ada Example', '{}', '', gen_random_uuid(), '5a3e8a9e-0000-4000-8000-000000000001',
    'APPROVED', 'EVENT', 'ACTIVE', now(), '', '', 0, 0, now(), 'bench', now());
INSERT INTO accounts_reading (customer_id, name, due_at, unchanged, cursor, news, pages, length, failure,
    failures)
SELECT id, 'transactions', now(), 0, '', 0, 0, 0, '', 0 FROM customers_customer;
INSERT INTO payments_draft (payment_id, number, draft_ref, quote_id, operation_hash, oceafin_id, created_at)
SELECT number, 1, 'wd-' || number, 1, '',
    lpad(to_hex(number / 20), 8, '0') || '-0000-4000-9000-' || lpad((number %% 20 * 10)::text, 12, '0'), now()
FROM generate_series(0, %(pages)s * 20 - 1) number;
CREATE TABLE bare (transaction_id text, transaction_type text, direction text, currency text, network text,
    amount text, fee_amount text, status text, resource_type text, resource_id text, occurred_at text);
ANALYZE;
"""


def run() -> None:
    pages = PAGES_A_ROUND * (ROUNDS + 1)
    with database("bench_movements") as url, contextlib.ExitStack() as stack:
        migrate(url)
        with psycopg.connect(url, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
            connection.execute(FILL, {"pages": pages})
        oceafin = _oceafin(stack)
        ours, bare = (_start(stack, url, oceafin, name) for name in ("ours", "bare"))
        memory: list[float] = []

        def read() -> float:
            took = ours.run(PAGES_A_ROUND)
            memory.append(ours.run(0, "memory"))
            return took

        times = interleaved(read, lambda: bare.run(PAGES_A_ROUND), rounds=ROUNDS)
        with psycopg.connect(url) as connection:
            found = connection.execute(
                "SELECT count(*), count(*) FILTER (WHERE explained_type <> '') FROM accounts_transaction"
            ).fetchone()
    middle = sorted(times)[len(times) // 2]
    rows = PAGES_A_ROUND * PAGE
    each = [f"{rows / side:,.0f}" for side in middle]
    report(
        name=f"reading {pages * PAGE:,} transactions in pages, matched and stored, vs a bare loop that COPYs them",
        ratio=median_ratio(times),
        goal=">= 0.3",
        detail=f"ours {each[0]}, bare {each[1]} a second; stored and matched: {found}",
    )
    report(
        name="reading them, memory after the last page vs after a tenth of them",
        ratio=memory[-1] / memory[TENTH - 1],
        goal="<= 1.2",
        detail=f"{memory[TENTH - 1] / 2**20:.0f} MB, then {memory[-1] / 2**20:.0f} MB",
    )


def _oceafin(stack: contextlib.ExitStack) -> str:
    """A list without end of Oceafin's, in a process of its own; its address."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.movements_list", str(PAGES_A_ROUND), str(PAGE)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def stop() -> None:
        assert server.stdin is not None
        server.stdin.close()
        server.wait(10)

    stack.callback(stop)
    assert server.stdout is not None
    return server.stdout.readline().strip()


def _start(stack: contextlib.ExitStack, url: str, oceafin: str, name: str) -> Contestant:
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "OCEAFIN_PARTNER_API_BASE_URL": oceafin,
        "OCEAFIN_READS_PER_MINUTE": "1000000",
        "PYTHONPATH": str(ROOT),
    }
    contestant = Contestant([sys.executable, "-m", f"tests.bench.movements_{name}"], environment=environment)
    stack.callback(contestant.stop)
    return contestant
