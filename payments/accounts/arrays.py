"""Columns of values as PostgreSQL writes its arrays: one parameter for each column, however many rows."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Model

from backoffice import prepared


def texts(values: Sequence[str]) -> str:
    """The literal of an array of texts. None of them holds NUL."""
    whole = "".join(values)
    if '"' in whole or "\\" in whole:
        values = [each.replace("\\", "\\\\").replace('"', '\\"') for each in values]
    return '{"' + '","'.join(values) + '"}' if values else "{}"


def numbers(values: Iterable[str | None]) -> str:
    """The literal of an array of plain numbers, digit by digit."""
    return "{" + ",".join([each or "NULL" for each in values]) + "}"


def instants(values: Iterable[datetime | None]) -> str:
    """The literal of an array of instants."""
    return "{" + ",".join([each.isoformat() if each else "NULL" for each in values]) + "}"


def found(model: type[Model], field: str, values: Iterable[str], *, give: str, **same: str) -> dict[str, str]:
    """What column `give` holds where `field` is one of these texts and the others are the `same`: {value: given}.

    One form of statement, however many values; written by hand, because every page of every list asks.
    """
    columns = {name: model._meta.get_field(name).column for name in (field, give, *same)}
    conditions = "".join(f" AND {columns[name]} = %s" for name in same)
    rows = run(
        f"SELECT {columns[field]}, {columns[give]} FROM {model._meta.db_table}"  # noqa: S608  (our own names)
        f" WHERE {columns[field]} = ANY(%s::text[]){conditions}",
        [texts(list(values)), *same.values()],
    )
    return {value: str(given) for value, given in rows}


def run(statement: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
    """The rows of a statement that is the same for each page of a long list.

    Django would write a page's values into the statement, 40 kB of it, which is read and planned anew each time and so
    costs a fifth of keeping the page.
    """
    with prepared.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
