"""How the readings of lists stand: what is due, what broke off, how much of this minute's budget is used."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings

from backoffice.oceafin import contract
from payments.accounts import plan, switches
from payments.accounts.models import ReadBudget, Reading

COUNTED_AT_MOST = 1000
FAILURES_SHOWN = 20


@dataclass
class Row:
    """One list, over all customers. `due` is how many customers' are due now, at most COUNTED_AT_MOST in all."""

    name: str
    summary: str
    product: str
    is_off: bool
    due: int
    last_read_at: datetime | None
    next_due_at: datetime | None
    failing: int = 0
    failures: list[Reading] = field(default_factory=list)


def rows(now: datetime) -> list[Row]:
    """Every list that is read, in the order in which they were registered."""
    off = switches.all_off()
    due = Counter(
        Reading.objects.filter(due_at__lte=now)
        .order_by("due_at", "id")
        .values_list("name", flat=True)[:COUNTED_AT_MOST]
    )
    found = {
        one.name: Row(
            name=one.name,
            summary=contract.operation(one.operation).summary,
            product=switches.product_of(one.operation),
            is_off=one.operation in off,
            due=due[one.name],
            last_read_at=_first(one.name, "-read_at", read_at__isnull=False),
            next_due_at=_first(one.name, "due_at", due_at__gt=now),
        )
        for one in plan.lists()
    }
    failing = Reading.objects.filter(failures__gt=0).select_related("customer").order_by("-failures", "id")
    for reading in failing[:COUNTED_AT_MOST]:
        row = found.get(reading.name)
        if row is not None:
            row.failing += 1
            if len(row.failures) < FAILURES_SHOWN:
                row.failures.append(reading)
    return list(found.values())


def budget(now: datetime) -> dict[str, Any]:
    """How many requests this minute's readings have made, and how many they may make."""
    one = ReadBudget.objects.filter(pk=1, minute=now.replace(second=0, microsecond=0)).first()
    used, limit = one.used if one else 0, settings.OCEAFIN_READS_PER_MINUTE
    return {"used": used, "limit": limit, "spent": used >= plan.most_of_lists()}


def _first(name: str, order: str, **which: Any) -> datetime | None:
    column = order.removeprefix("-")
    found = Reading.objects.filter(name=name, **which).order_by(order).values_list(column, flat=True)
    return found.first()
