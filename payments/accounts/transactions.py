"""Keeping a customer's transactions: page by page, one statement each; a million cost what their bytes cost.

What is newer stands: where both words carry Oceafin's `updatedAt` it decides, else the word that was asked for
later. So a page that was asked for before an event and arrives after it changes nothing.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from backoffice import audit
from backoffice.audit import Actor
from backoffice.oceafin.kinds import Resource
from customers.models import Customer
from payments.accounts import arrays
from payments.accounts.models import Contradiction, Explanation, FoundBy, LookBack, Transaction
from payments.accounts.statements import telling
from payments.accounts.told import Told, read

A_ROUND = 2000
# Of the older ones, at each time that the duty is due.
ROUNDS = 5

_TOLD = Told._fields[1:]
_NUMBERS = ("numeric", arrays.numbers)
_INSTANTS = ("timestamptz", arrays.instants)
_TEXTS = ("text", arrays.texts)
# The type of each column in the database, and how a page's values of it are written.
_FORMS: dict[str, tuple[str, Callable[[Any], str]]] = dict.fromkeys(
    (*Told._fields, "explained_type", "explained_id"), _TEXTS
) | {"value": _NUMBERS, "fee_value": _NUMBERS, "occurred_at": _INSTANTS, "updated_at": _INSTANTS}
_WRITERS = [write for _type, write in _FORMS.values()]
_TABLE = Transaction._meta.db_table
_BY_A_PERSON = Explanation._meta.label
_COLUMNS = ", ".join(_FORMS)
# A person's words stay; what a record of ours explained stays as long as it is about the same.
_STAYS = f"""(standing.explained_type = '{_BY_A_PERSON}' OR standing.explained_type <> ''
    AND (standing.resource_type, standing.resource_id) = (excluded.resource_type, excluded.resource_id))"""
# One statement for a page, each column one array. What is the same again is not written; what another customer has
# under this id is not touched.
_KEEP = f"""
    INSERT INTO {_TABLE} AS standing ({_COLUMNS}, customer_id, found_by, found_at, read_at)
    SELECT told.*, %s::bigint, %s::text, %s::timestamptz, %s::timestamptz
    FROM unnest({", ".join(f"%s::{form}[]" for form, _write in _FORMS.values())}) AS told ({_COLUMNS})
    ON CONFLICT (transaction_id) DO UPDATE SET
        {", ".join(f"{name} = excluded.{name}" for name in _TOLD)}, read_at = excluded.read_at,
        explained_type = CASE WHEN {_STAYS} THEN standing.explained_type ELSE excluded.explained_type END,
        explained_id = CASE WHEN {_STAYS} THEN standing.explained_id ELSE excluded.explained_id END
    WHERE standing.customer_id = excluded.customer_id
        AND CASE WHEN standing.updated_at <> excluded.updated_at THEN standing.updated_at < excluded.updated_at
            ELSE standing.read_at <= excluded.read_at END
        AND ({", ".join(f"standing.{name}" for name in _TOLD)})
            IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in _TOLD)})
    RETURNING standing.transaction_id, standing.xmax = 0
"""  # noqa: S608  (our own columns)
# What a page is just kept into is left for a later round: the page locks its rows in another order.
_LINK = f"""
    UPDATE {_TABLE} AS standing SET explained_type = found.label, explained_id = found.key
    FROM unnest(%(ids)s::bigint[], %(labels)s::text[], %(keys)s::text[]) AS found (id, label, key)
    WHERE standing.id = found.id AND standing.id IN (
        SELECT id FROM {_TABLE} WHERE id = ANY(%(ids)s::bigint[]) AND explained_type = ''
        FOR NO KEY UPDATE SKIP LOCKED
    )
"""  # noqa: S608  (our own columns)

Explainer = Callable[[Iterable[str]], dict[str, tuple[str, str]]]
# The row's key, the type of its resource and Oceafin's id of that.
Unexplained = tuple[int, str, str]
_explainers: dict[str, Explainer] = {}


def register_explainer(resource_type: str, explain: Explainer) -> None:
    """Called in an app's ready(). `explain(ids)` finds our records of these Oceafin ids: {id: (model label, key)}."""
    _explainers[resource_type] = explain


def keep(customer: Customer, items: list[Resource], now: datetime, *, found_by: str = FoundBy.READ) -> int:
    """Write one page of transactions that was asked for at `now`; return how many are new or say something new.

    Items without an id are left out. Of one id twice in a page the newer counts, else the later. What Oceafin lists
    for another customer too stays with the first one, and a Contradiction is kept.
    """
    told = read(items)
    if not told:
        return 0
    columns = (*zip(*told.values(), strict=True), *_explained(told.values()))
    page = [write(column) for write, column in zip(_WRITERS, columns, strict=True)]
    with transaction.atomic():
        is_new: dict[str, bool] = dict(arrays.run(_KEEP, [customer.pk, found_by, now, now, *page]))
        if len(is_new) < len(told):
            _look_at_the_rest(customer, told, is_new, now=now, found_by=found_by)
        telling.transactions_moved(
            customer, [(told[one], new) for one, new in is_new.items()], now, found_by=found_by
        )
    return len(is_new)


def explain_waiting(now: datetime) -> int:
    """Look again for what explains transactions that nothing explained; return how many were linked.

    The newest each time, and of the older ones some rounds more, on from where it stopped: in the end it looks at
    all, and begins anew. A duty of the sweep.
    """
    linked, _last = _explain_before(None)
    place, _new = LookBack.objects.get_or_create(pk=1)
    for _round in range(ROUNDS):
        more, last = _explain_before(place.before)
        linked += more
        place.before = last
        if last is None:
            break
    place.save()
    return linked


def _explain_before(key: int | None) -> tuple[int, int | None]:
    """The newest before this one: how many were linked, and the last that was looked at; None at the end of all."""
    rows = Transaction.objects.filter(explained_type="").order_by("-id")
    older = rows if key is None else rows.filter(pk__lt=key)
    found = list(older.values_list("pk", "resource_type", "resource_id")[:A_ROUND])
    return _link(found), found[-1][0] if len(found) == A_ROUND else None


def _explained(told: Iterable[Told]) -> tuple[list[str], list[str]]:
    """The two columns of the records of ours that explain these rows, empty where there is none."""
    about = [(row.resource_type, row.resource_id) for row in told]
    ours = _found(about)
    explained = [ours.get(each, ("", "")) for each in about]
    return [label for label, _key in explained], [key for _label, key in explained]


def _found(about: Iterable[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, str]]:
    """Our records by type and id of the resource: one look-up for each type that occurs and that we know."""
    by_type: dict[str, set[str]] = {}
    for resource_type, resource_id in about:
        if resource_id and resource_type in _explainers:
            by_type.setdefault(resource_type, set()).add(resource_id)
    return {
        (resource_type, resource_id): ours
        for resource_type, ids in by_type.items()
        for resource_id, ours in _explainers[resource_type](ids).items()
    }


def _link(waiting: list[Unexplained]) -> int:
    ours = _found((resource_type, resource_id) for _pk, resource_type, resource_id in waiting)
    linked = [
        (pk, *ours[resource_type, resource_id])
        for pk, resource_type, resource_id in waiting
        if (resource_type, resource_id) in ours
    ]
    if not linked:
        return 0
    with connection.cursor() as cursor:
        ids, labels, keys = (list(column) for column in zip(*linked, strict=True))
        cursor.execute(_LINK, {"ids": ids, "labels": labels, "keys": keys})
        return int(cursor.rowcount)


def _look_at_the_rest(
    customer: Customer, told: dict[str, Told], written: dict[str, bool], *, now: datetime, found_by: str
) -> None:
    """What was not written says the same as before, or older things, or belongs to somebody else."""
    rest = [transaction_id for transaction_id in told if transaction_id not in written]
    if found_by == FoundBy.EVENT:
        known = Transaction.objects.filter(transaction_id__in=rest, customer=customer)
        known.exclude(found_by=FoundBy.EVENT).update(found_by=FoundBy.EVENT)
    for row in Transaction.objects.filter(transaction_id__in=rest).exclude(customer=customer):
        told_here = {name: str(getattr(told[row.transaction_id], name) or "") for name in _TOLD}
        _contradiction, is_new = Contradiction.objects.get_or_create(
            transaction=row,
            customer=customer,
            defaults={"told": told_here, "found_by": found_by, "found_at": now},
        )
        if is_new:
            facts = {"customer": row.customer_id, "also named for": customer.pk}
            audit.record(
                actor=Actor.oceafin(found_by.lower()),
                verb="transaction.contradicted",
                subject=row,
                now=now,
                facts=facts,
            )
