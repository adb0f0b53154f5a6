"""Statements that are written out once, and that PostgreSQL reads and plans once for each connection.

with prepared.cursor() as cursor:
    cursor.execute("SELECT ... WHERE p.id = %s", [number])

A step of a payment asks some thirty of them, of up to a hundred columns each: to read and plan one takes PostgreSQL
five times as long as to run it. Only for a text that is the same each time; whatever differs is a value.
"""

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.backends.utils import CursorWrapper


def cursor() -> CursorWrapper:
    """As `connection.cursor()`, in the same transaction; the values travel beside the statement, not in it."""
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    with connection.wrap_database_errors:
        wrapped: CursorWrapper = connection._prepare_cursor(ServerBindingCursor(connection.connection))
    return wrapped
