"""What a page of transactions says, column by column: a list of a million rows is read in these."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from backoffice.oceafin.kinds import Resource
from payments.accounts import kept


class Told(NamedTuple):
    """One transaction as Oceafin tells it, under the names of the columns that hold it."""

    transaction_id: str
    transaction_type: str
    direction: str
    currency: str
    network: str
    amount: str
    fee_amount: str
    value: str | None
    fee_value: str | None
    status: str
    resource_type: str
    resource_id: str
    occurred_at: datetime | None
    occurred_text: str
    updated_at: datetime | None

    def is_older(self, other: "Told") -> bool:
        return bool(self.updated_at and other.updated_at and self.updated_at < other.updated_at)


def read(items: list[Resource]) -> dict[str, Told]:
    """What these items say, by their ids and in the order of these; items without an id are left out.

    Of one id twice the newer counts, else the later.
    """
    told: dict[str, Told] = {}
    for row in _rows(items):
        before = told.get(row.transaction_id)
        if row.transaction_id and (before is None or not row.is_older(before)):
            told[row.transaction_id] = row
    # In one order for everybody, so that two who write the same rows wait for each other and no more.
    return dict(sorted(told.items()))


def _rows(items: list[Resource]) -> Iterable[Told]:
    occurred_at = kept.instants(items, "occurredAt")
    columns = (
        kept.identifiers(items, "transactionId"),
        kept.texts(items, "type"),
        kept.texts(items, "direction", 16),
        kept.texts(items, "currency", 16),
        kept.texts(items, "network", 40),
        kept.texts(items, "amount"),
        kept.texts(items, "feeAmount"),
        kept.plain_numbers(items, "amount"),
        kept.plain_numbers(items, "feeAmount"),
        kept.texts(items, "status"),
        kept.texts(items, "resourceType"),
        kept.identifiers(items, "resourceId"),
        occurred_at,
        ["" if at else kept.text(item, "occurredAt") for at, item in zip(occurred_at, items, strict=True)],
        kept.instants(items, "updatedAt"),
    )
    return map(Told._make, zip(*columns, strict=True))
