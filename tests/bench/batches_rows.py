"""A file of 100,000 payments to the accounts of a thousand customers, one row in a hundred bad; and its people."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from payments.batches.models import Batch

CUSTOMERS = 1_000
HEADER = (
    "paymentRef",
    "kind",
    "partnerCustomerRef",
    "bankAccountRef",
    "amount",
    "currency",
    "purpose",
    "paymentReference",
)
# Each row stands for many; the copies differ in what has to be there once.
KEY = "(lpad(to_hex(number), 8, '0') || '-0000-4000-a000-000000000001')::uuid"
COPIES = {
    "vault_datakey": {"id": KEY},
    "customers_customer": {
        "partner_customer_ref": "'cust-' || (100000 + number)",
        "oceafin_customer_id": "(lpad(to_hex(number), 8, '0') || '-0000-4000-8000-000000000001')::uuid",
        "vault_key": KEY,
    },
    "payments_bankaccount": {
        "customer_id": "1000 + number",
        "oceafin_bank_account_id": "lpad(to_hex(number), 8, '0') || '-0000-4000-9000-000000000001'",
    },
}
_ORDER = {"vault_datakey": "purpose <> 'customer'", "customers_customer": "id", "payments_bankaccount": "id"}


def write(path: Path, rows: int, *, prefix: str = "wd") -> None:
    """Every hundredth row is bad, each in one of ways that happen."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number in range(rows):
            cells = [
                f"{prefix}-{number:06}",
                "FIAT_WITHDRAWAL",
                f"cust-{100_000 + number % CUSTOMERS}",
                "ba-1",
                f"{number % 9_000 + 10}.{number % 100:02}",
                "EUR",
                f"Löhne März, {number}",
                f"RF18 {number:06}",
            ]
            if number % 100 == 50:
                column, text = ((4, "0"), (3, "ba-9"), (6, "=1+1"), (5, "USD"))[number // 100 % 4]
                cells[column] = text
            writer.writerow(cells)


def a_batch() -> "Batch":
    """Something that rows can belong to."""
    from payments.batches.models import Batch
    from tests.payments.people import now

    return Batch.objects.create(
        batch_ref="b-1",
        request_digest="",
        maker_kind="STAFF",
        maker_id="1",
        maker_label="",
        file_name="",
        file_format="CSV",
        columns=[],
        size=0,
        sha256="",
        state_since=now(),
        created_at=now(),
    )


def fill() -> None:
    """The customers with an account each, as copies of one that was really added."""
    from tests.customers.conftest import known_customer
    from tests.payments.people import account_of, maker

    maker()
    account_of(known_customer())
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for table, changes in COPIES.items():
            cursor.execute(
                "SELECT attname FROM pg_attribute"
                " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
                [table],
            )
            columns = [name for (name,) in cursor.fetchall()]
            values = ", ".join({"id": "1000 + number", **changes}.get(name, f'"{name}"') for name in columns)
            named = ", ".join(f'"{name}"' for name in columns)
            cursor.execute(
                f"INSERT INTO {table} ({named}) SELECT {values}"
                f" FROM (SELECT * FROM {table} ORDER BY {_ORDER[table]} LIMIT 1) template,"
                f" generate_series(0, {CUSTOMERS - 1}) AS number"
            )
        cursor.execute("RESET session_replication_role")
        cursor.execute("VACUUM ANALYZE")
