"""Emptying the database after a test that committed.

Django's own way (TRUNCATE) is refused by the very triggers that keep the trail append-only, and it would
take with it what migrations put in. So what they put in is remembered once, in a schema of its own; after
a test every other row goes, and those come back. The triggers are not weakened for that: the connection
says for one transaction that it is a replica, which only the owner of the whole server may say.
"""

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from backoffice.vault.sealing import door_key, fingerprint, forget_cached_keys

SEEDED = "seeded"


def make_house_keys() -> None:
    """As every installation has them after its first minute; else each test would make them anew, or look for them."""
    door_key()
    fingerprint("any", context="any")


def remember_seeded_rows(alias: str = DEFAULT_DB_ALIAS) -> None:
    """Keep a copy of every row that is there now, right after the migrations."""
    with connections[alias].cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {SEEDED} CASCADE")
        cursor.execute(f"CREATE SCHEMA {SEEDED}")
        for table in tables_with_rows(cursor, _tables(cursor)):
            cursor.execute(f'CREATE TABLE {SEEDED}."{table}" AS TABLE public."{table}"')


def flush(alias: str = DEFAULT_DB_ALIAS) -> None:
    """Bring the database back to the rows that `remember_seeded_rows` saw."""
    connection = connections[alias]
    forget_cached_keys()
    with transaction.atomic(using=alias), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = %s", [SEEDED])
        seeded = {name for (name,) in cursor.fetchall()}
        for table in sorted(set(tables_with_rows(cursor, _tables(cursor))) | seeded):
            cursor.execute(f'DELETE FROM public."{table}"')
            if table in seeded:
                columns = ", ".join(f'"{name}"' for name in _columns(cursor, table))
                cursor.execute(
                    f'INSERT INTO public."{table}" ({columns}) OVERRIDING SYSTEM VALUE '
                    f'SELECT {columns} FROM {SEEDED}."{table}"'
                )
    make_house_keys()


def tables_with_rows(cursor, tables: list[str]) -> list[str]:
    if not tables:
        return []
    cursor.execute(
        " UNION ALL ".join(
            f"SELECT '{table}' WHERE EXISTS (SELECT FROM public.\"{table}\")" for table in tables
        )
    )
    return [name for (name,) in cursor.fetchall()]


def _tables(cursor) -> list[str]:
    cursor.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition "
        "AND c.relname <> 'django_migrations' ORDER BY 1"
    )
    return [name for (name,) in cursor.fetchall()]


def _columns(cursor, table: str) -> list[str]:
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' "
        "AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
        [table],
    )
    return [name for (name,) in cursor.fetchall()]
