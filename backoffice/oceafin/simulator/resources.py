"""Whatever has an id and a status: customers, files, accounts, quotes, withdrawals, deposits, wallets."""

import base64
import binascii
import json
import random
import sqlite3
import uuid
from dataclasses import dataclass
from typing import Any

from .clock import Clock
from .problems import invalid
from .store import Store

CUSTOMER = "customer"
FILE = "file"
SUBMISSION = "onboarding_submission"
BANK_ACCOUNT = "bank_account"
QUOTE = "fiat_withdrawal_quote"
WITHDRAWAL = "fiat_withdrawal"
CONVERSION_QUOTE = "conversion_quote"
CONVERSION = "conversion"
WALLET_ADDRESS = "crypto_wallet_address"
CRYPTO_QUOTE = "crypto_withdrawal_quote"
CRYPTO_WITHDRAWAL = "crypto_withdrawal"
CAPABILITY = "fiat_withdrawal_capability"
REFUND = "refund"
FIAT_APPLICATION = "fiat_account_application"
FIAT_ACCOUNT = "fiat_account"
FIAT_DEPOSIT = "fiat_deposit"
DEPOSIT_ADDRESS = "crypto_deposit_address"
CRYPTO_DEPOSIT = "crypto_deposit"
COLLECTION_WALLET = "collection_wallet"
COLLECTION = "collection"
# What brings money in once it is COMPLETED.
PAID_IN = (FIAT_DEPOSIT, CRYPTO_DEPOSIT, COLLECTION)
# What takes money out once it is submitted, or a conversion once it is created.
PAID_OUT = (WITHDRAWAL, CRYPTO_WITHDRAWAL, CONVERSION, REFUND)

MOST_PER_PAGE = 200


@dataclass
class Resource:
    """One row. `fields` is what the answer shows beside the status; `script` is the part it plays."""

    type: str
    id: str
    customer_id: str
    ref: str
    status: str
    fields: dict[str, Any]
    script: str
    waited: int
    moves_at: float | None
    created_at: str
    updated_at: str
    seq: int = 0


class Resources:
    def __init__(self, store: Store, clock: Clock, seed: str) -> None:
        self._store = store
        self._clock = clock
        starts = int(store.setting("starts", 0)) + 1
        store.keep_setting("starts", starts)
        # The count of starts keeps a seeded simulator from giving out the same ids after a restart.
        self.chance = random.Random(f"{seed}:{starts}") if seed else random.Random()  # noqa: S311

    def new_id(self) -> str:
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))

    def add(
        self, kind: str, *, status: str, ref: str = "", customer_id: str = "", script: str = "", **fields: Any
    ) -> Resource:
        at = self._clock.instant()
        identity = self.new_id()
        seq = self._store.insert(
            "resources",
            type=kind,
            id=identity,
            customer_id=customer_id or (identity if kind == CUSTOMER else ""),
            ref=ref,
            status=status,
            fields=json.dumps(fields),
            script=script,
            created_at=at,
            updated_at=at,
        )
        return _resource(self._store.rows("SELECT * FROM resources WHERE seq = ?", seq)[0])

    def save(self, resource: Resource) -> None:
        resource.updated_at = self._clock.instant()
        self._store.run(
            "UPDATE resources SET status=?, fields=?, waited=?, moves_at=?, updated_at=? WHERE id=?",
            resource.status,
            json.dumps(resource.fields),
            resource.waited,
            resource.moves_at,
            resource.updated_at,
            resource.id,
        )

    def find(self, kind: str, identity: str) -> Resource | None:
        row = self._store.row("SELECT * FROM resources WHERE id = ? AND type = ?", identity, kind)
        return None if row is None else _resource(row)

    def find_by_ref(self, kind: str, ref: str) -> Resource | None:
        """The newest with this reference of the partner's."""
        sql = "SELECT * FROM resources WHERE type = ? AND ref = ? ORDER BY seq DESC LIMIT 1"
        row = self._store.row(sql, kind, ref)
        return None if row is None else _resource(row)

    def all(self, kind: str) -> list[Resource]:
        return [
            _resource(row)
            for row in self._store.rows("SELECT * FROM resources WHERE type=? ORDER BY seq", kind)
        ]

    def of_customer(self, kind: str, customer_id: str) -> list[Resource]:
        """Oldest first."""
        sql = "SELECT * FROM resources WHERE type=? AND customer_id=? ORDER BY seq"
        return [_resource(row) for row in self._store.rows(sql, kind, customer_id)]

    def page(self, kind: str, customer_id: str, query: dict[str, str]) -> tuple[list[Resource], str | None]:
        """The customer's newest first, `limit` of them, and the cursor of the next page."""
        limit, before = page_wanted(query)
        sql = "SELECT * FROM resources WHERE type=? AND customer_id=? AND seq<? ORDER BY seq DESC LIMIT ?"
        rows = self._store.rows(sql, kind, customer_id, before, limit + 1)
        return [_resource(row) for row in rows[:limit]], next_cursor(rows, limit)

    def due(self, at: float) -> list[Resource]:
        rows = self._store.rows("SELECT * FROM resources WHERE moves_at <= ? ORDER BY moves_at", at)
        return [_resource(row) for row in rows]

    def movable(self) -> list[Resource]:
        rows = self._store.rows("SELECT * FROM resources WHERE moves_at IS NOT NULL ORDER BY seq")
        return [_resource(row) for row in rows]


def page_wanted(query: dict[str, str]) -> tuple[int, int]:
    """(limit, sequence number before which the page starts); raises a Problem if either is unreadable."""
    text = query.get("limit", "50")
    if not text.isdecimal() or not 1 <= int(text) <= MOST_PER_PAGE:
        raise invalid("limit", f"must be a number from 1 to {MOST_PER_PAGE}")
    if "cursor" not in query:
        return int(text), 2**62
    try:
        return int(text), int(base64.urlsafe_b64decode(query["cursor"]))
    except (ValueError, binascii.Error):
        raise invalid("cursor", "is not one that this list gave out") from None


def next_cursor(rows: list[sqlite3.Row], limit: int) -> str | None:
    if len(rows) <= limit:
        return None
    return base64.urlsafe_b64encode(str(rows[limit - 1]["seq"]).encode()).decode()


def _resource(row: sqlite3.Row) -> Resource:
    return Resource(
        type=row["type"],
        id=row["id"],
        customer_id=row["customer_id"],
        ref=row["ref"],
        status=row["status"],
        fields=json.loads(row["fields"]),
        script=row["script"],
        waited=row["waited"],
        moves_at=row["moves_at"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        seq=row["seq"],
    )
