"""How the tables are drawn: in few steps, because after each one Django builds the models around it anew.

    python manage.py makemigrations        # by its command here

A first start draws some hundred tables. One step for each index, constraint and trigger took most of its time.
"""

from typing import Any

from django.db.migrations import AddField, CreateModel
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.models import AddConstraint, AddIndex
from django.db.migrations.state import ProjectState
from pgtrigger import migrations as pgtrigger
from pgtrigger.migrations import MigrationAutodetectorMixin


class AddTrigger(pgtrigger.AddTrigger):
    """A trigger on one table. What the steps after it ask of the model is as before, so nothing is built anew."""

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        options = state.models[app_label, self.model_name].options
        options["triggers"] = [*options.get("triggers", []), self.trigger]


class WholeTables(MigrationAutodetectorMixin, MigrationAutodetector):
    """Finds the steps of a migration: each new table with all that belongs to it, and the triggers after them all."""

    def _get_add_trigger_op(self, model: Any, trigger: Any) -> AddTrigger:
        return AddTrigger(**super()._get_add_trigger_op(model, trigger).deconstruct()[2])

    def _optimize_migrations(self) -> None:
        # A trigger between two steps would keep Django from making one of them.
        for migration in self._drawn():
            migration.operations.sort(key=lambda step: isinstance(step, AddTrigger))
        super()._optimize_migrations()
        for migration in self._drawn():
            migration.operations = whole_tables(migration.operations, migration.app_label)

    def _drawn(self) -> list[Any]:
        return [migration for migrations in self.migrations.values() for migration in migrations]


def whole_tables(steps: list[Operation], app_label: str) -> list[Operation]:
    """The same steps, with the indexes and constraints of each new table in the step that makes it.

    Where a table gets a column later, because two tables point at each other, what speaks of it stays where it is.
    """
    later: dict[str, list[str]] = {}
    tables: dict[str, CreateModel] = {}
    order: list[Operation | str] = []
    for step in steps:
        if isinstance(step, CreateModel):
            tables[step.name_lower] = step
            order.append(step.name_lower)
        elif isinstance(step, AddIndex | AddConstraint) and (table := tables.get(step.model_name_lower)):
            if any(name in repr(step.deconstruct()) for name in later.get(table.name_lower, [])):
                order.append(step)
            else:
                [tables[table.name_lower]] = table.reduce(step, app_label)
        else:
            if isinstance(step, AddField):
                later.setdefault(step.model_name_lower, []).append(step.name)
            order.append(step)
    return [tables[step] if isinstance(step, str) else step for step in order]
