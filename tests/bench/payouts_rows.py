"""Payments by the million, each a copy of one that was really asked for, and a letter of each."""

from django.db import connection

# In twenty of hundred payments each of: waits for approval, is on its way; in five Oceafin asks, ten ended badly.
# All are of one month: nobody has looked after anything, and every queue is as long as the table lets it be.
STATE = """(ARRAY['PENDING_APPROVAL', 'PENDING_APPROVAL', 'PENDING_APPROVAL', 'PENDING_APPROVAL', 'APPROVED', 'SENT',
    'SENDING', 'UNCONFIRMED', 'NEEDS_INFO', 'FAILED', 'RETURNED'])[1 + number % 100 / 5]"""
SINCE = "now() - interval '30 days' * (hashint4(number) & 65535) / 65536"
PAYMENT = {
    "id": "1000 + number",
    "payment_ref": "'po-' || lpad(number::text, 8, '0')",
    "state": f"coalesce({STATE}, 'SETTLED')",
    "state_since": SINCE,
    "created_at": "now() - interval '31 days'",
    "oceafin_id": "lpad(to_hex(number), 8, '0') || '-0000-4000-a000-000000000001'",
    "contradicted": "number % 100 = 99",
    "contradiction": "CASE WHEN number % 100 = 99 THEN 'Oceafin says two things.' ELSE '' END",
    "approval_deadline_at": "now() + interval '7 days'",
    "next_poll_at": "NULL",
}
LETTER = {
    "id": "1000 + number",
    "key": "'bench-' || number",
    "subject_id": "1000 + number",
    "state": "CASE WHEN number % 100 = 50 THEN 'HELD' ELSE 'ACCEPTED' END",
    "settled_at": "now()",
}
# Every third one that waits has this person's yes already, and waits for another's.
APPROVAL = {"id": "1000 + number", "payment_id": "1000 + number", "voided_at": "NULL"}
WAITS = "number % 100 < 20 AND number % 3 = 0"


def copy_payments(count: int) -> None:
    """Of the one payment that stands, its letter and its approval there are `count` more afterwards."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica; SET statement_timeout = 0")
        _copy("payments_paymentrequest", PAYMENT, count)
        _copy("oceafin_submission", LETTER, count, having="kind = 'fiat_withdrawal.quote'")
        _copy("payments_approval", APPROVAL, count, where=WAITS)
        cursor.execute("RESET session_replication_role; RESET statement_timeout")
        cursor.execute("VACUUM ANALYZE")


def _copy(
    table: str, changes: dict[str, str], count: int, *, where: str = "true", having: str = "true"
) -> None:
    """Write the rows first and the indexes after them: many times as fast."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0", [table]
        )
        columns = [name for (name,) in cursor.fetchall()]
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND indexdef NOT LIKE '%%UNIQUE%%'",
            [table],
        )
        made = cursor.fetchall()
        for name, _definition in made:
            cursor.execute(f'DROP INDEX "{name}"')
        values = ", ".join(changes.get(name, f'template."{name}"') for name in columns)
        named = ", ".join(f'"{name}"' for name in columns)
        cursor.execute(
            f"INSERT INTO {table} ({named}) SELECT {values}"
            f" FROM (SELECT * FROM {table} WHERE {having} ORDER BY id LIMIT 1) AS template,"
            f" generate_series(1, {count}) AS number WHERE {where}"
        )
        for _name, definition in made:
            cursor.execute(definition)
