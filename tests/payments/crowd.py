"""Many payments at once, each a copy of one that was really asked for: to see how the database reads them."""

from django.db import connection

from payments.models import PaymentRequest

COPIED = {
    "id": "1000000 + number",
    "payment_ref": "'crowd-' || number",
    "oceafin_id": "NULL",
}


def crowd(payment: PaymentRequest, count: int, **changes: str) -> None:
    """`changes` are columns in SQL, of `number` from 1 to `count`. Gone with the transaction of the test."""
    written = {**COPIED, **changes}
    columns = [field.column for field in PaymentRequest._meta.concrete_fields]
    values = ", ".join(written.get(name, f'one."{name}"') for name in columns)
    named = ", ".join(f'"{name}"' for name in columns)
    table = PaymentRequest._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            f"INSERT INTO {table} ({named}) SELECT {values} FROM {table} AS one, "
            f"generate_series(1, {count}) AS number WHERE one.id = {payment.pk}"
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute(f"ANALYZE {table}")
