"""A prepared statement, which each page of a long list is kept by, behaves as any other statement of Django's."""

import pytest
from django.db import DataError, connection, transaction

from payments.accounts import arrays
from payments.accounts.models import LookBack

pytestmark = pytest.mark.django_db(transaction=True)
INSERT = f"INSERT INTO {LookBack._meta.db_table} (before) VALUES (%s::bigint) RETURNING before"


def test_takes_other_values_each_time() -> None:
    assert [arrays.run(INSERT, [number]) for number in (1, 2**40, None)] == [[(1,)], [(2**40,)], [(None,)]]


def test_is_undone_with_its_transaction() -> None:
    with transaction.atomic():
        assert arrays.run(INSERT, [1]) == [(1,)]
        transaction.set_rollback(True)
    assert not LookBack.objects.exists()


def test_fails_with_djangos_errors_and_leaves_the_connection_as_it_was() -> None:
    arrays.run("SELECT %s::int", ["7"])
    with pytest.raises(DataError):
        arrays.run("SELECT %s::int", ["seven"])
    assert arrays.run("SELECT %s::int", ["7"]) == [(7,)]
    assert connection.connection.prepare_threshold is None


def test_is_prepared_anew_on_another_connection() -> None:
    arrays.run(INSERT, [1])
    connection.close()
    assert arrays.run(INSERT, [2]) == [(2,)]
