"""The tables of the overview as CSV. Who took which is in the trail; no cell can be taken for a formula."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.audit import Actor, record
from backoffice.spreadsheets import MARK, neutral
from backoffice.staff import rights
from backoffice.staff.errors import NotAllowed
from backoffice.staff.models import User
from backoffice.staff.roles import Right
from payments import terms
from payments.overview import reading, waiting
from payments.overview.asking import Asked
from payments.overview.drawing import PHASES
from payments.overview.reading import Volume

# Beside the right to see payments: who decides what is for those who lead them, and for those who check.
PEOPLE = frozenset({Right.LEAD_PAYMENTS, Right.SEE_AUDIT})
Rows = Iterator[Sequence[str]]


def may_see_people(user: User) -> bool:
    """Whether this person sees who decided what."""
    return any(user.has_right(right) for right in PEOPLE)


def make_table(*, table: str, asked: Asked, actor: Actor, now: datetime) -> Iterator[str]:
    """One table of the overview as CSV, line by line; that it was taken, and by whom, is on record.

    Times are in seconds. Raises NotAllowed, KeyError for a table that there is not.
    """
    rows = TABLES[table]
    with transaction.atomic():
        user = rights.require(actor, Right.SEE_PAYMENTS, now)
        if table == "people" and not rights.rights_held(user) & PEOPLE:
            raise NotAllowed(_("Who decided what is for operations leads and auditors."))
        facts = {
            "table": table,
            "first": str(asked.span.first),
            "last": str(asked.span.last),
            "kind": asked.kind,
            "currency": asked.currency,
        }
        record(actor=actor, verb="overview.exported", subject=user, now=now, facts=facts)
    return _lines(rows(asked, user, now))


def share_words(volume: Volume) -> str:
    """How many of hundred failed or came back, to a tenth; empty where none ended."""
    share = volume.share
    return "" if share is None else f"{share.quantize(Decimal('0.1'), rounding=ROUND_HALF_UP)}"


def _lines(rows: Rows) -> Iterator[str]:
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    yield MARK
    for row in rows:
        writer.writerow([neutral(cell) for cell in row])
        yield out.getvalue()
        out.seek(0)
        out.truncate()


def _queues(_asked: Asked, user: User, now: datetime) -> Rows:
    yield ("queue", "waiting")
    for queue in waiting.queues(user, now):
        yield (queue.label, queue.shown)


def _volumes(asked: Asked, _user: User, _now: datetime) -> Rows:
    names = [name for end in reading.ENDS for name in (f"{end}Payments", f"{end}Amount")]
    yield ("day", "currency", "network", *names, "failedOrReturnedPercent")
    for row in reading.volumes(asked):
        if asked.currency and row.currency != asked.currency:
            continue
        cells = []
        for end in reading.ENDS:
            amount = terms.digits(getattr(row, end), row.currency, row.network)
            cells += [str(getattr(row, f"{end}_count")), amount]
        yield (str(row.day), row.currency, row.network, *cells, share_words(row))


def _times(asked: Asked, _user: User, _now: datetime) -> Rows:
    parts = {(row.kind, row.currency, row.network): row for row in reading.phases(asked)}
    medians = [f"{name}MedianSeconds" for name in PHASES]
    yield ("kind", "currency", "network", "settled", "medianSeconds", "ninetiethSeconds", *medians)
    for row in reading.times(asked):
        part = parts.get((row.kind, row.currency, row.network))
        shown = [_seconds(each) for each in part.medians] if part else [""] * len(PHASES)
        took = (_seconds(row.median), _seconds(row.ninetieth))
        yield (row.kind, row.currency, row.network, str(row.number), *took, *shown)


def _people(asked: Asked, _user: User, _now: datetime) -> Rows:
    yield ("person", "given", "takenBack", "denied", "rejected", "medianSecondsToDecide")
    for row in reading.people(asked):
        counts = (row.given, row.withdrawn, row.denied, row.rejected)
        yield (row.name, *(str(count) for count in counts), _seconds(row.took))


def _seconds(length: timedelta | None) -> str:
    return "" if length is None else str(round(length.total_seconds()))


TABLES: dict[str, Callable[[Asked, User, datetime], Rows]] = {
    "queues": _queues,
    "volumes": _volumes,
    "times": _times,
    "people": _people,
}
