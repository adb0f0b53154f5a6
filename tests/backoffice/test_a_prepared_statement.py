"""Statements that a connection keeps: planned once, and otherwise as any other."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from backoffice import prepared

pytestmark = pytest.mark.django_db
STATEMENT = "SELECT count(*) FROM oceafin_submission WHERE key = %s"


def ask(statement: str, *values: object) -> object:
    with prepared.cursor() as cursor:
        cursor.execute(statement, list(values))
        return cursor.fetchone()


def test_is_planned_once_and_kept_by_its_connection() -> None:
    for number in range(5):
        assert ask(STATEMENT, f"key-{number}") == (0,)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%oceafin_submission%'"
        )
        assert cursor.fetchone() == (1,)


def test_is_part_of_the_transaction_and_counted_like_any_other() -> None:
    with transaction.atomic(), CaptureQueriesContext(connection) as asked:
        ask("UPDATE oceafin_breaker SET probes = 7 WHERE id = %s RETURNING probes", 1)
        transaction.set_rollback(True)
    assert len(asked) >= 1
    assert ask("SELECT count(*) FROM oceafin_breaker WHERE probes = %s", 7) == (0,)


def test_fails_as_django_fails() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ask(
            "INSERT INTO oceafin_breaker (id, is_open, reason, probes, last_probe) VALUES (%s, false, '', 0, '')",
            2,
        )


def test_leaves_alone_what_a_rule_on_other_columns_passes_over() -> None:
    """A rule that names its columns holds only as long as no trigger changes a row on its way."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE prorettype = 'trigger'::regtype "
            "AND prosrc ~* '(^|;|then|else|begin)\\s*new\\.\\w+\\s*:?='"
        )
        assert cursor.fetchall() == []
