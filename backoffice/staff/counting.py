"""Counting many queues in one statement, each no further than a page shows."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

COUNTED_AT_MOST = 100


def count_each(queues: Sequence[QuerySet[Any]]) -> list[int]:
    """How many rows each of these has, at most COUNTED_AT_MOST: all of them in one query, none if there are none."""
    counts: list[int] = [0] * len(queues)
    places: list[int] = []
    parts: list[str] = []
    values: list[Any] = []
    for place, rows in enumerate(queues):
        try:
            sql, params = rows.order_by().values("pk")[:COUNTED_AT_MOST].query.sql_with_params()
        except EmptyResultSet:
            continue
        places.append(place)
        # The ORM's own statement, with its values apart.
        parts.append(f"(SELECT COUNT(*) FROM ({sql}) q{place})")  # noqa: S608
        values += params
    if not parts:
        return counts
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(parts), values)
        found = cursor.fetchone()
    for place, number in zip(places, found, strict=True):
        counts[place] = number
    return counts
