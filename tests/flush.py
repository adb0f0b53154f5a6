"""Emptying the database after a test that committed.

Django's own way (TRUNCATE) is refused by the very triggers that keep the trail append-only, and it would
take with it what migrations put in. So what they put in is remembered once, in a schema of its own; after
a test every other row goes, and those come back. The triggers are not weakened for that: the function that
does it says that it is a replica, which only the owner of the whole server may say.
"""

from django.db import DEFAULT_DB_ALIAS, connections

from backoffice.vault.sealing import door_key, fingerprint, forget_cached_keys

SEEDED = "seeded"


def make_house_keys() -> None:
    """As every installation has them after its first minute; else each test would make them anew, or look for them."""
    door_key()
    fingerprint("any", context="any")


def remember_seeded_rows(alias: str = DEFAULT_DB_ALIAS) -> None:
    """Keep a copy of every row that is there now, right after the migrations, and how to come back to them."""
    with connections[alias].cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {SEEDED} CASCADE")
        cursor.execute(f"CREATE SCHEMA {SEEDED}")
        tables = _tables_with_rows(cursor)
        for table in tables:
            cursor.execute(f'CREATE TABLE {SEEDED}."{table}" AS TABLE public."{table}"')
        restored = "".join(
            RESTORED.format(table=table, columns=", ".join(_columns(cursor, table)), seeded=SEEDED)
            for table in tables
        )
        cursor.execute(FLUSH.format(seeded=SEEDED, restored=restored))


def flush(alias: str = DEFAULT_DB_ALIAS) -> None:
    """Bring the database back to the rows that `remember_seeded_rows` saw."""
    forget_cached_keys()
    with connections[alias].cursor() as cursor:
        cursor.execute(f"SELECT {SEEDED}.flush()")
    make_house_keys()


# A table without a single page on the disk was never written to, which is most of them.
FLUSH = """
CREATE FUNCTION {seeded}.flush() RETURNS void LANGUAGE plpgsql SET session_replication_role = replica AS $$
DECLARE
    written regclass;
BEGIN
    FOR written IN
        SELECT c.oid FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> 'django_migrations'
            AND pg_relation_size(c.oid) > 0 AND to_regclass('{seeded}.' || quote_ident(c.relname)) IS NULL
        ORDER BY c.relname
    LOOP
        EXECUTE format('DELETE FROM %s', written);
    END LOOP;
    {restored}
END
$$"""

RESTORED = """
    IF EXISTS ((TABLE public."{table}" EXCEPT TABLE {seeded}."{table}")
            UNION ALL (TABLE {seeded}."{table}" EXCEPT TABLE public."{table}")) THEN
        DELETE FROM public."{table}";
        INSERT INTO public."{table}" ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {seeded}."{table}";
    END IF;
"""


def _tables_with_rows(cursor) -> list[str]:
    cursor.execute(
        "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace "
        "AND c.relkind = 'r' AND c.relname <> 'django_migrations' ORDER BY 1"
    )
    tables = [name for (name,) in cursor.fetchall()]
    cursor.execute(
        " UNION ALL ".join(
            f"SELECT '{table}' WHERE EXISTS (SELECT FROM public.\"{table}\")" for table in tables
        )
    )
    return [name for (name,) in cursor.fetchall()]


def _columns(cursor, table: str) -> list[str]:
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' "
        "AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
        [table],
    )
    return [f'"{name}"' for (name,) in cursor.fetchall()]
