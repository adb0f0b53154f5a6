"""Statements that a connection keeps: planned once, and otherwise as any other."""

import pytest
from django.db import DataError, IntegrityError, connection, transaction
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


def test_takes_other_values_each_time() -> None:
    values = (1, 2**40, None)
    assert [ask("SELECT %s::bigint", value) for value in values] == [(value,) for value in values]


@pytest.mark.django_db(transaction=True)
def test_is_planned_anew_on_another_connection() -> None:
    assert [ask(STATEMENT, "key-1") for _time in range(3)] == [(0,)] * 3
    connection.close()
    assert [ask(STATEMENT, "key-2") for _time in range(3)] == [(0,)] * 3


def test_goes_on_after_values_that_it_could_not_take() -> None:
    for value in ("7", "7", "seven", "7"):
        try:
            with transaction.atomic():
                assert ask("SELECT %s::text::int", value) == (7,)
        except DataError:
            assert value == "seven"


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
