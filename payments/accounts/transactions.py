"""Keeping a customer's transactions: page by page, one statement each; a million cost what their bytes cost."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from backoffice.oceafin.kinds import Resource
from customers.models import Customer
from payments.accounts import kept
from payments.accounts.models import FoundBy, Transaction

A_ROUND = 2000

_TOLD = (
    "transaction_type",
    "direction",
    "currency",
    "network",
    "amount",
    "fee_amount",
    "value",
    "status",
    "resource_type",
    "resource_id",
    "occurred_at",
    "occurred_text",
)
_TYPES = {"value": "numeric", "occurred_at": "timestamptz"}
_TABLE = Transaction._meta.db_table
# What is the same again is not written; what another customer has under this id is not touched.
_KEEP = f"""
    INSERT INTO {_TABLE} AS standing (transaction_id, {", ".join(_TOLD)}, customer_id, found_by, found_at, read_at,
        explained_type, explained_id)
    SELECT told.*, %(customer)s, %(found_by)s, %(now)s, %(now)s, '', ''
    FROM unnest(%(transaction_id)s::text[], {", ".join(f"%({name})s::{_TYPES.get(name, 'text')}[]" for name in _TOLD)})
        AS told
    ON CONFLICT (transaction_id) DO UPDATE SET
        {", ".join(f"{name} = excluded.{name}" for name in _TOLD)}, read_at = excluded.read_at,
        found_by = CASE WHEN excluded.found_by = 'EVENT' THEN 'EVENT' ELSE standing.found_by END
    WHERE standing.customer_id = excluded.customer_id AND (
        ({", ".join(f"standing.{name}" for name in _TOLD)})
            IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in _TOLD)})
        OR (excluded.found_by = 'EVENT' AND standing.found_by <> 'EVENT'))
"""  # noqa: S608  (our own columns)

Explainer = Callable[[Iterable[str]], dict[str, tuple[str, str]]]
_explainers: dict[str, Explainer] = {}


def register_explainer(resource_type: str, explain: Explainer) -> None:
    """Called in an app's ready(). `explain(ids)` finds our records of these Oceafin ids: {id: (model label, key)}."""
    _explainers[resource_type] = explain


def keep(customer: Customer, items: list[Resource], now: datetime, *, found_by: str = FoundBy.READ) -> int:
    """Write one page of transactions; return how many are new or say something new.

    Items without an id are left out. Of one id twice in a page the later counts.
    """
    told = {row["transaction_id"]: row for row in map(_row, items) if row["transaction_id"]}
    if not told:
        return 0
    columns: dict[str, Any] = {
        name: [row[name] for row in told.values()] for name in ("transaction_id", *_TOLD)
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_KEEP, {**columns, "customer": customer.pk, "found_by": found_by, "now": now})
        news = cursor.rowcount
        if news:
            explain(Transaction.objects.filter(transaction_id__in=list(told), explained_type=""))
    return news


def explain(rows: Any) -> int:
    """Link transactions to our records that they are about; return how many were linked."""
    by_type: dict[str, list[Transaction]] = {}
    for row in rows.filter(resource_type__in=list(_explainers)).only("pk", "resource_type", "resource_id"):
        by_type.setdefault(row.resource_type, []).append(row)
    linked = []
    for resource_type, found in by_type.items():
        ours = _explainers[resource_type]({row.resource_id for row in found})
        for row in found:
            if row.resource_id in ours:
                row.explained_type, row.explained_id = ours[row.resource_id]
                linked.append(row)
    Transaction.objects.bulk_update(linked, ["explained_type", "explained_id"])
    return len(linked)


def explain_waiting(now: datetime) -> int:
    """Look again for what explains the newest transactions that nothing explained. A duty of the sweep."""
    newest = Transaction.objects.filter(explained_type="").order_by("-id").values_list("pk", flat=True)
    return explain(Transaction.objects.filter(pk__in=list(newest[:A_ROUND])))


def _row(item: Resource) -> dict[str, Any]:
    occurred_at = kept.instant(item, "occurredAt")
    return {
        "transaction_id": kept.text(item, "transactionId"),
        "transaction_type": kept.text(item, "type"),
        "direction": kept.text(item, "direction", 16),
        "currency": kept.text(item, "currency", 16),
        "network": kept.text(item, "network", 40),
        "amount": kept.text(item, "amount"),
        "fee_amount": kept.text(item, "feeAmount"),
        "value": kept.number(item, "amount"),
        "status": kept.text(item, "status"),
        "resource_type": kept.text(item, "resourceType"),
        "resource_id": kept.text(item, "resourceId"),
        "occurred_at": occurred_at,
        "occurred_text": "" if occurred_at else kept.text(item, "occurredAt"),
    }
