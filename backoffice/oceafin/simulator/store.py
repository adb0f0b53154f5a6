"""Everything that the simulator knows, in one SQLite file (or in memory).

One connection behind one lock: requests run one after another inside one transaction each, which is
what makes "one executes, the other gets the stored answer" true without further thought. WAL with
synchronous=NORMAL loses nothing when the process is killed and does not wait for the disk.
"""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS nonces (client TEXT, nonce TEXT, PRIMARY KEY (client, nonce)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS remembered (
    client TEXT, key TEXT, method TEXT, path TEXT, body_sha256 TEXT, status INTEGER, content_type TEXT,
    body BLOB, at REAL, PRIMARY KEY (client, key));
CREATE TABLE IF NOT EXISTS resources (
    seq INTEGER PRIMARY KEY, type TEXT, id TEXT UNIQUE, customer_id TEXT, ref TEXT, status TEXT, fields TEXT,
    script TEXT, waited INTEGER DEFAULT 0, moves_at REAL, created_at TEXT, updated_at TEXT);
CREATE INDEX IF NOT EXISTS resources_of_customer ON resources (type, customer_id, seq);
CREATE INDEX IF NOT EXISTS resources_by_ref ON resources (type, ref);
CREATE INDEX IF NOT EXISTS resources_to_move ON resources (moves_at) WHERE moves_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS book (
    seq INTEGER PRIMARY KEY, entry_id TEXT UNIQUE, kind TEXT, customer_id TEXT, partner_customer_ref TEXT,
    currency TEXT, amount TEXT, fee_amount TEXT, receive_amount TEXT, withdrawal_id TEXT, withdrawal_ref TEXT,
    bank_account_id TEXT, quote_id TEXT, operation_hash TEXT, key TEXT, at TEXT, network TEXT,
    resource_type TEXT, resource_id TEXT, refund_id TEXT, refund_ref TEXT, source_type TEXT, source_id TEXT,
    conversion_id TEXT, conversion_ref TEXT, receive_currency TEXT,
    crypto_withdrawal_id TEXT, crypto_withdrawal_ref TEXT, wallet_address_id TEXT);
CREATE INDEX IF NOT EXISTS book_of_customer ON book (customer_id, currency);
CREATE INDEX IF NOT EXISTS book_of_withdrawal ON book (withdrawal_id);
CREATE TRIGGER IF NOT EXISTS book_is_never_changed BEFORE UPDATE ON book
    BEGIN SELECT RAISE(ABORT, 'the book is only ever added to'); END;
CREATE TRIGGER IF NOT EXISTS book_is_never_shortened BEFORE DELETE ON book
    BEGIN SELECT RAISE(ABORT, 'the book is only ever added to'); END;
CREATE TABLE IF NOT EXISTS requests (
    seq INTEGER PRIMARY KEY, at TEXT, method TEXT, path TEXT, operation TEXT, client TEXT, key TEXT,
    nonce TEXT, timestamp TEXT, request_id TEXT, body_sha256 TEXT, outcome TEXT, fault TEXT, status INTEGER,
    code TEXT);
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY, event_id TEXT UNIQUE, event_type TEXT, resource_type TEXT, resource_id TEXT,
    body BLOB, state TEXT, due_at REAL, attempts INTEGER DEFAULT 0, occurred_at TEXT);
CREATE INDEX IF NOT EXISTS events_due ON events (due_at) WHERE state = 'PENDING';
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY, event_id TEXT, nonce TEXT, timestamp TEXT, kind TEXT, status INTEGER, error TEXT,
    milliseconds INTEGER);
CREATE INDEX IF NOT EXISTS deliveries_of_event ON deliveries (event_id);
"""
# Columns that came later: a state file that was kept from before gets them.
ADDED = {
    "book": (
        *("network", "resource_type", "resource_id"),
        *("refund_id", "refund_ref", "source_type", "source_id"),
        *("conversion_id", "conversion_ref", "receive_currency"),
        *("crypto_withdrawal_id", "crypto_withdrawal_ref", "wallet_address_id"),
    )
}
TABLES = ("settings", "nonces", "remembered", "resources", "book", "requests", "events", "deliveries")


class Store:
    """Rows in, rows out. `transaction()` may be nested; the outermost one commits."""

    def __init__(self, path: str = ":memory:") -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._afterwards: list[Callable[[], None]] = []
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(SCHEMA)
        self._add_columns()

    def _add_columns(self) -> None:
        for table, columns in ADDED.items():
            standing = {row["name"] for row in self._connection.execute(f"PRAGMA table_info({table})")}
            for column in columns:
                if column not in standing:
                    self._connection.execute(f"ALTER TABLE {table} ADD COLUMN {column} TEXT")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, nested ones too. `after_commit` calls run once the outermost one is through."""
        with self._lock:
            name = f"depth_{self._depth}"
            begin, end, undo = (
                (f"SAVEPOINT {name}", f"RELEASE {name}", f"ROLLBACK TO {name}")
                if self._depth
                else ("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK")
            )
            self._connection.execute(begin)
            self._depth += 1
            try:
                yield
                self._connection.execute(end)
            except BaseException:
                self._connection.execute(undo)
                raise
            finally:
                self._depth -= 1
            if self._depth:
                return
            afterwards, self._afterwards = self._afterwards, []
        for call in afterwards:
            call()

    def after_commit(self, call: Callable[[], None]) -> None:
        self._afterwards.append(call)

    def run(self, sql: str, *values: Any) -> int:
        """Runs one statement and returns the number of rows that it changed."""
        with self._lock:
            return self._connection.execute(sql, values).rowcount

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> sqlite3.Row | None:
        found = self.rows(sql, *values)
        return found[0] if found else None

    def insert(self, table: str, **values: Any) -> int:
        """Adds one row; table and column names are ours, never a caller's."""
        columns, marks = ", ".join(values), ", ".join("?" * len(values))
        with self._lock:
            sql = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608
            return int(self._connection.execute(sql, tuple(values.values())).lastrowid or 0)

    def setting(self, name: str, default: Any) -> Any:
        row = self.row("SELECT value FROM settings WHERE name = ?", name)
        return default if row is None else json.loads(row["value"])

    def keep_setting(self, name: str, value: Any) -> None:
        self.run("INSERT OR REPLACE INTO settings VALUES (?, ?)", name, json.dumps(value))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keeps everybody else out, without a transaction."""
        with self._lock:
            yield

    def forget_everything(self) -> None:
        with self.alone():
            for table in TABLES:
                self._connection.execute(f"DROP TABLE IF EXISTS {table}")
            self._connection.executescript(SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._connection.close()
