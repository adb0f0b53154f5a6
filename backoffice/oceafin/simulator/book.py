"""The book: money that actually moved, one entry each, never changed.

Balances and transactions are read from it.

Kinds: FUNDING (money came in), WITHDRAWAL (an instruction took effect), RETURN (its money came back).
Amounts are positive decimal strings; the kind says the direction.
"""

import sqlite3
from decimal import Decimal
from typing import Any

from .clock import Clock
from .money import plain
from .resources import WITHDRAWAL, Resource, Resources, next_cursor, page_wanted
from .store import Store

FUNDING, TAKEN, RETURN = "FUNDING", "WITHDRAWAL", "RETURN"
STATUS_OF = {"COMPLETED": "COMPLETED", "FAILED": "FAILED", "RETURNED": "RETURNED", "CANCELLED": "FAILED"}
TYPE_OF = {FUNDING: "FIAT_DEPOSIT", TAKEN: "FIAT_WITHDRAWAL", RETURN: "FIAT_WITHDRAWAL_RETURN"}


class Book:
    def __init__(self, store: Store, clock: Clock, resources: Resources) -> None:
        self._store = store
        self._clock = clock
        self._resources = resources

    def fund(self, customer: Resource, currency: str, amount: Decimal) -> str:
        return self._enter(FUNDING, customer, currency=currency, amount=plain(amount, currency))

    def take_in(self, customer: Resource, deposit: Resource) -> str | None:
        """The effect of a deposit or collection, once; None if it was taken in before."""
        sql = "SELECT 1 FROM book WHERE resource_id = ? AND kind = ?"
        if self._store.row(sql, deposit.id, FUNDING) is not None:
            return None
        terms = deposit.fields
        return self._enter(
            FUNDING,
            customer,
            currency=terms.get("asset") or terms["currency"],
            network=terms.get("network"),
            amount=terms["amount"],
            resource_type=deposit.type,
            resource_id=deposit.id,
        )

    def take(self, customer: Resource, withdrawal: Resource, key: str) -> str:
        """The effect of a withdrawal: its whole amount leaves the balance, the fee is part of it."""
        return self._enter(TAKEN, customer, key=key, **_terms(withdrawal))

    def give_back(self, customer: Resource, withdrawal: Resource) -> str | None:
        """Undoes the effect, once; None if there was none or it came back before."""
        sql = "SELECT kind, COUNT(*) AS count FROM book WHERE withdrawal_id = ? GROUP BY kind"
        counts = {row["kind"]: row["count"] for row in self._store.rows(sql, withdrawal.id)}
        if counts.get(TAKEN, 0) <= counts.get(RETURN, 0):
            return None
        return self._enter(RETURN, customer, **_terms(withdrawal))

    def _enter(self, kind: str, customer: Resource, **values: Any) -> str:
        entry_id = self._resources.new_id()
        self._store.insert(
            "book",
            entry_id=entry_id,
            kind=kind,
            customer_id=customer.id,
            partner_customer_ref=customer.ref,
            at=self._clock.instant(),
            **values,
        )
        return entry_id

    def available(self, customer_id: str, currency: str) -> Decimal:
        return self._sum(
            self._store.rows(
                "SELECT * FROM book WHERE customer_id = ? AND currency = ?", customer_id, currency
            )
        )

    def balances(self, customer_id: str) -> list[dict[str, Any]]:
        """One for each currency that the customer ever had; `pending` is what is on its way out."""
        entries: dict[tuple[str, str], list[sqlite3.Row]] = {}
        for row in self._store.rows("SELECT * FROM book WHERE customer_id = ? ORDER BY seq", customer_id):
            entries.setdefault((row["currency"], row["network"] or ""), []).append(row)
        return [
            {
                "currency": currency,
                "network": network or None,
                "available": plain(self._sum(rows), currency),
                "pending": plain(self._on_its_way(rows), currency),
                "updatedAt": rows[-1]["at"],
            }
            for (currency, network), rows in sorted(entries.items())
        ]

    def _sum(self, rows: list[sqlite3.Row]) -> Decimal:
        return sum((Decimal(row["amount"]) * (-1 if row["kind"] == TAKEN else 1) for row in rows), Decimal(0))

    def _on_its_way(self, rows: list[sqlite3.Row]) -> Decimal:
        taken = (row for row in rows if row["kind"] == TAKEN)
        return sum((Decimal(row["amount"]) for row in taken if self._status(row) == "PENDING"), Decimal(0))

    def transactions(
        self, customer_id: str, query: dict[str, str]
    ) -> tuple[list[dict[str, Any]], str | None]:
        limit, before = page_wanted(query)
        sql = "SELECT * FROM book WHERE customer_id = ? AND seq < ? ORDER BY seq DESC LIMIT ?"
        rows = self._store.rows(sql, customer_id, before, limit + 1)
        return [self._transaction(row) for row in rows[:limit]], next_cursor(rows, limit)

    def transaction(self, transaction_id: str) -> dict[str, Any] | None:
        row = self._store.row("SELECT * FROM book WHERE entry_id = ?", transaction_id)
        return None if row is None else self._transaction(row)

    def funding_of(self, deposit: Resource) -> str | None:
        """The id of the entry that a deposit or collection made."""
        row = self._store.row("SELECT entry_id FROM book WHERE resource_id = ?", deposit.id)
        return None if row is None else str(row["entry_id"])

    def entry_of(self, withdrawal: Resource) -> str | None:
        """The id of the entry that took this withdrawal's money."""
        sql = "SELECT entry_id FROM book WHERE withdrawal_id = ? AND kind = ?"
        row = self._store.row(sql, withdrawal.id, TAKEN)
        return None if row is None else str(row["entry_id"])

    def _transaction(self, row: sqlite3.Row) -> dict[str, Any]:
        return {
            "transactionId": row["entry_id"],
            "type": (row["resource_type"] or "").upper() or TYPE_OF[row["kind"]],
            "direction": "DEBIT" if row["kind"] == TAKEN else "CREDIT",
            "currency": row["currency"],
            "amount": row["amount"],
            "feeAmount": row["fee_amount"] or plain(Decimal(0), row["currency"]),
            "status": self._status(row),
            "network": row["network"],
            "resourceType": WITHDRAWAL if row["withdrawal_id"] else row["resource_type"],
            "resourceId": row["withdrawal_id"] or row["resource_id"],
            "occurredAt": row["at"],
        }

    def _status(self, row: sqlite3.Row) -> str:
        withdrawal = self._resources.find(WITHDRAWAL, row["withdrawal_id"] or "")
        if row["kind"] != TAKEN or withdrawal is None:
            return "COMPLETED"
        return STATUS_OF.get(withdrawal.status, "PENDING")

    def shown(self) -> list[dict[str, Any]]:
        return [_shown(row) for row in self._store.rows("SELECT * FROM book ORDER BY seq")]


def _terms(withdrawal: Resource) -> dict[str, Any]:
    terms = withdrawal.fields
    return {
        "currency": terms["currency"],
        "amount": terms["amount"],
        "fee_amount": terms["feeAmount"],
        "receive_amount": terms["receiveAmount"],
        "withdrawal_id": withdrawal.id,
        "withdrawal_ref": withdrawal.ref,
        "bank_account_id": terms["bankAccountId"],
        "quote_id": terms["quoteId"],
        "operation_hash": terms["operationHash"],
    }


def _shown(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "seq": row["seq"],
        "entryId": row["entry_id"],
        "kind": row["kind"],
        "customerId": row["customer_id"],
        "partnerCustomerRef": row["partner_customer_ref"],
        "currency": row["currency"],
        "network": row["network"],
        "amount": row["amount"],
        "resourceType": row["resource_type"],
        "resourceId": row["resource_id"],
        "feeAmount": row["fee_amount"],
        "receiveAmount": row["receive_amount"],
        "withdrawalId": row["withdrawal_id"],
        "withdrawalRef": row["withdrawal_ref"],
        "bankAccountId": row["bank_account_id"],
        "quoteId": row["quote_id"],
        "operationHash": row["operation_hash"],
        "key": row["key"],
        "at": row["at"],
    }
