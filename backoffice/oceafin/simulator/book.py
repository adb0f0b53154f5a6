"""The book: money that actually moved, one entry each, never changed.

Balances and transactions are read from it.

Kinds: FUNDING (money came in), WITHDRAWAL, CRYPTO_WITHDRAWAL, REFUND and CONVERSION (an instruction took effect), FEE
(what it cost beside, in another token), CONVERTED (what a conversion bought came in), RETURN (the money of an
instruction came back).
Amounts are positive decimal strings; the kind says the direction.
"""

import sqlite3
from decimal import Decimal
from typing import Any

from .clock import Clock
from .money import plain
from .resources import (
    CONVERSION,
    CRYPTO_WITHDRAWAL,
    PAID_OUT,
    REFUND,
    WITHDRAWAL,
    Resource,
    Resources,
    next_cursor,
    page_wanted,
)
from .store import Store

FUNDING, TAKEN, REFUNDED, RETURN = "FUNDING", "WITHDRAWAL", "REFUND", "RETURN"
SOLD, BOUGHT = "CONVERSION", "CONVERTED"
COINS_TAKEN, FEE = "CRYPTO_WITHDRAWAL", "FEE"
OUT = {WITHDRAWAL: TAKEN, CRYPTO_WITHDRAWAL: COINS_TAKEN, CONVERSION: SOLD, REFUND: REFUNDED}
LEFT = frozenset({*OUT.values(), FEE})
# The column that names what an entry is about.
COLUMN = {
    WITHDRAWAL: "withdrawal_id",
    CRYPTO_WITHDRAWAL: "crypto_withdrawal_id",
    CONVERSION: "conversion_id",
    REFUND: "refund_id",
}
# An entry is money that moved: where what it paid failed afterwards, it came back by an entry of its own.
STATUS_OF = {"COMPLETED": "COMPLETED", "FAILED": "RETURNED", "RETURNED": "RETURNED", "CANCELLED": "RETURNED"}
TYPE_OF = {
    (FUNDING, None): "FIAT_DEPOSIT",
    (TAKEN, WITHDRAWAL): "FIAT_WITHDRAWAL",
    (RETURN, WITHDRAWAL): "FIAT_WITHDRAWAL_RETURN",
    (SOLD, CONVERSION): "CONVERSION",
    (BOUGHT, CONVERSION): "CONVERSION",
    (RETURN, CONVERSION): "CONVERSION_RETURN",
    (COINS_TAKEN, CRYPTO_WITHDRAWAL): "CRYPTO_WITHDRAWAL",
    (FEE, CRYPTO_WITHDRAWAL): "FEE",
    (RETURN, CRYPTO_WITHDRAWAL): "CRYPTO_WITHDRAWAL_RETURN",
    (REFUNDED, REFUND): "REFUND",
    (RETURN, REFUND): "REFUND_RETURN",
}


class Book:
    def __init__(self, store: Store, clock: Clock, resources: Resources) -> None:
        self._store = store
        self._clock = clock
        self._resources = resources

    def fund(self, customer: Resource, currency: str, amount: Decimal) -> str:
        return self._enter(FUNDING, customer, currency=currency, amount=plain(amount, currency))

    def take_in(self, customer: Resource, deposit: Resource) -> list[str]:
        """The effect of a deposit or collection, once; nothing if it was taken in before."""
        sql = "SELECT 1 FROM book WHERE resource_id = ? AND kind = ?"
        if self._store.row(sql, deposit.id, FUNDING) is not None:
            return []
        terms = deposit.fields
        entry_id = self._enter(
            FUNDING,
            customer,
            currency=terms.get("asset") or terms["currency"],
            network=terms.get("network"),
            amount=terms["amount"],
            resource_type=deposit.type,
            resource_id=deposit.id,
        )
        return [entry_id]

    def take(self, customer: Resource, payment: Resource, key: str) -> None:
        """The effect of what is paid out or converted: its whole amount leaves the balance. The fee is part of it, or
        leaves beside it where it is in another token."""
        self._enter(OUT[payment.type], customer, key=key, **_terms(payment))
        for fee in _fees_beside(payment):
            self._enter(FEE, customer, **fee)

    def bring_in_bought(self, customer: Resource, conversion: Resource) -> list[str]:
        """The other side of a conversion, once; nothing if it came in before."""
        sql = "SELECT 1 FROM book WHERE conversion_id = ? AND kind = ?"
        if self._store.row(sql, conversion.id, BOUGHT) is not None:
            return []
        terms = conversion.fields
        entry_id = self._enter(
            BOUGHT,
            customer,
            currency=terms["buyCurrency"],
            network=terms["buyNetwork"],
            amount=terms["buyAmount"],
            conversion_id=conversion.id,
            conversion_ref=conversion.ref,
        )
        return [entry_id]

    def give_back(self, customer: Resource, payment: Resource) -> list[str]:
        """Undoes the effect, once; nothing if there was none or it came back before."""
        sql = f"SELECT kind, COUNT(*) AS count FROM book WHERE {COLUMN[payment.type]} = ? GROUP BY kind"  # noqa: S608
        counts = {row["kind"]: row["count"] for row in self._store.rows(sql, payment.id)}
        if not counts.get(OUT[payment.type], 0) or counts.get(RETURN, 0):
            return []
        left = [_terms(payment), *_fees_beside(payment)]
        return [self._enter(RETURN, customer, **terms) for terms in left]

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

    def available(self, customer_id: str, currency: str, network: str | None = None) -> Decimal:
        sql = "SELECT * FROM book WHERE customer_id = ? AND currency = ? AND network IS ?"
        return self._sum(self._store.rows(sql, customer_id, currency, network))

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
        return sum((Decimal(row["amount"]) * (-1 if row["kind"] in LEFT else 1) for row in rows), Decimal(0))

    def _on_its_way(self, rows: list[sqlite3.Row]) -> Decimal:
        taken = (row for row in rows if row["kind"] in LEFT)
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

    def entries_of(self, payment: Resource) -> list[str]:
        """The ids of the entries that took the money of this withdrawal or refund."""
        if payment.type not in PAID_OUT:
            return []
        sql = (
            f"SELECT entry_id FROM book WHERE {COLUMN[payment.type]} = ? AND kind NOT IN (?, ?) ORDER BY seq"  # noqa: S608
        )
        return [str(row["entry_id"]) for row in self._store.rows(sql, payment.id, RETURN, BOUGHT)]

    def _transaction(self, row: sqlite3.Row) -> dict[str, Any]:
        paid_out, paid_id = _paid_out(row)
        return {
            "transactionId": row["entry_id"],
            "type": (row["resource_type"] or "").upper() or TYPE_OF[row["kind"], paid_out],
            "direction": "DEBIT" if row["kind"] in LEFT else "CREDIT",
            "currency": row["currency"],
            "amount": row["amount"],
            "feeAmount": row["fee_amount"] or plain(Decimal(0), row["currency"]),
            "status": self._status(row),
            "network": row["network"],
            "resourceType": paid_out or row["resource_type"],
            "resourceId": paid_id or row["resource_id"],
            "occurredAt": row["at"],
        }

    def _status(self, row: sqlite3.Row) -> str:
        paid_out, paid_id = _paid_out(row)
        payment = self._resources.find(paid_out or "", paid_id or "")
        if row["kind"] not in LEFT or payment is None:
            return "COMPLETED"
        return STATUS_OF.get(payment.status, "PENDING")

    def shown(self) -> list[dict[str, Any]]:
        return [_shown(row) for row in self._store.rows("SELECT * FROM book ORDER BY seq")]


def _paid_out(row: sqlite3.Row) -> tuple[str | None, str | None]:
    """What the entry paid out, or gave back: its type and id."""
    return next(((kind, row[column]) for kind, column in COLUMN.items() if row[column]), (None, None))


def _terms(payment: Resource) -> dict[str, Any]:
    terms = payment.fields
    if payment.type == REFUND:
        return {
            "currency": terms["currency"],
            "network": terms["network"],
            "amount": terms["amount"],
            "fee_amount": terms["feeAmount"],
            "refund_id": payment.id,
            "refund_ref": payment.ref,
            "source_type": terms["sourceType"],
            "source_id": terms["sourceId"],
            "operation_hash": terms["operationHash"],
        }
    if payment.type == CONVERSION:
        return {
            "currency": terms["sellCurrency"],
            "network": terms["sellNetwork"],
            "amount": terms["sellAmount"],
            "fee_amount": terms["feeAmount"],
            "receive_amount": terms["buyAmount"],
            "receive_currency": terms["buyCurrency"],
            "conversion_id": payment.id,
            "conversion_ref": payment.ref,
            "quote_id": terms["quoteId"],
            "operation_hash": terms["operationHash"],
        }
    if payment.type == CRYPTO_WITHDRAWAL:
        beside = terms["feeCurrency"] != terms["asset"]
        return {
            "currency": terms["asset"],
            "network": terms["network"],
            "amount": terms["amount"],
            "fee_amount": None if beside else terms["feeAmount"],
            "receive_amount": terms["receiveAmount"],
            "crypto_withdrawal_id": payment.id,
            "crypto_withdrawal_ref": payment.ref,
            "wallet_address_id": terms["walletAddressId"],
            "quote_id": terms["quoteId"],
            "operation_hash": terms["operationHash"],
        }
    return {
        "currency": terms["currency"],
        "amount": terms["amount"],
        "fee_amount": terms["feeAmount"],
        "receive_amount": terms["receiveAmount"],
        "withdrawal_id": payment.id,
        "withdrawal_ref": payment.ref,
        "bank_account_id": terms["bankAccountId"],
        "quote_id": terms["quoteId"],
        "operation_hash": terms["operationHash"],
    }


def _fees_beside(payment: Resource) -> list[dict[str, Any]]:
    terms = payment.fields
    if payment.type != CRYPTO_WITHDRAWAL or terms["feeCurrency"] == terms["asset"]:
        return []
    fee = {"currency": terms["feeCurrency"], "network": terms["network"], "amount": terms["feeAmount"]}
    return [{**fee, "crypto_withdrawal_id": payment.id, "crypto_withdrawal_ref": payment.ref}]


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
        "withdrawalId": row["withdrawal_id"] or row["crypto_withdrawal_id"],
        "withdrawalRef": row["withdrawal_ref"] or row["crypto_withdrawal_ref"],
        "walletAddressId": row["wallet_address_id"],
        "receiveCurrency": row["receive_currency"],
        "conversionId": row["conversion_id"],
        "conversionRef": row["conversion_ref"],
        "refundId": row["refund_id"],
        "refundRef": row["refund_ref"],
        "sourceType": row["source_type"],
        "sourceId": row["source_id"],
        "bankAccountId": row["bank_account_id"],
        "quoteId": row["quote_id"],
        "operationHash": row["operation_hash"],
        "key": row["key"],
        "at": row["at"],
    }
