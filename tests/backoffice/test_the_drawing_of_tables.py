"""The drawing of the tables, which is most of what a first start does."""

from django.db import models
from django.db.migrations import AddConstraint, AddField, AddIndex, CreateModel, Migration
from django.db.migrations.loader import MigrationLoader
from pgtrigger import migrations as pgtrigger

from backoffice.extensions.drawing import AddTrigger, whole_tables


def ours() -> list[Migration]:
    """The migrations in this repository."""
    rooms = ("backoffice", "customers", "onboarding", "payments", "webhooks")
    drawn = MigrationLoader(None).disk_migrations.values()
    return [each for each in drawn if each.__module__.partition(".")[0] in rooms]


def test_takes_no_step_that_another_could_take_with_it() -> None:
    assert len(ours()) > 20
    for migration in ours():
        assert len(whole_tables(migration.operations, migration.app_label)) == len(migration.operations), (
            migration
        )


def test_builds_no_model_anew_for_a_trigger() -> None:
    triggers = [each for each in ours() for each in each.operations if isinstance(each, pgtrigger.AddTrigger)]
    assert len(triggers) > 100
    assert [each for each in triggers if not isinstance(each, AddTrigger)] == []


def test_leaves_what_needs_a_later_column_where_it_is() -> None:
    table = CreateModel(
        "Table", [("id", models.BigAutoField(primary_key=True)), ("name", models.TextField())]
    )
    named = AddIndex("table", models.Index(fields=["name"], name="named"))
    lent = AddField("table", "lent_to", models.TextField())
    free = AddConstraint(
        "table", models.CheckConstraint(condition=~models.Q(lent_to=""), name="not_to_nobody")
    )
    unique = AddConstraint("table", models.UniqueConstraint(fields=["name"], name="once"))
    whole, *rest = whole_tables([table, lent, named, free, unique], "library")
    assert [each.name for each in whole.options["indexes"] + whole.options["constraints"]] == [
        "named",
        "once",
    ]
    assert rest == [lent, free]
