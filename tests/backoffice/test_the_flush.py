"""Tests that commit leave nothing behind, whatever guards the tables have."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from tests.flush import flush

pytestmark = pytest.mark.django_db(transaction=True)


def test_empties_a_table_that_forbids_deleting() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE public.kept_for_ever (id int)")
        cursor.execute("INSERT INTO kept_for_ever VALUES (1)")
        cursor.execute(
            """
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
                AS $$ BEGIN RAISE 'append only'; END $$;
            CREATE TRIGGER refuse BEFORE DELETE OR TRUNCATE ON kept_for_ever
                FOR EACH STATEMENT EXECUTE FUNCTION refuse()
            """
        )
        try:
            flush()
            cursor.execute("SELECT count(*) FROM kept_for_ever")
            assert cursor.fetchone() == (0,)
        finally:
            cursor.execute("DROP TABLE kept_for_ever; DROP FUNCTION refuse")


def test_brings_back_what_migrations_put_in() -> None:
    before = set(ContentType.objects.values_list("id", "app_label", "model"))
    ContentType.objects.all().delete()

    flush()

    assert before
    assert set(ContentType.objects.values_list("id", "app_label", "model")) == before
