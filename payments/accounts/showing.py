"""What pages say of balances and transactions. Nothing here decides anything."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from customers.models import Customer
from payments.accounts.models import Balance, Explanation, FoundBy, Reading, Transaction

NEWEST = 25


@dataclass(frozen=True)
class Explains:
    """The record of ours that explains a transaction, with its page where it has one."""

    name: str
    url: str = ""


@dataclass(frozen=True)
class Row:
    """One transaction of a list."""

    transaction: Transaction
    url: str
    amount: str
    explained: Explains | None
    known_from: str
    only_read: bool
    contradicted: bool


def rows_for_customer(customer: Customer, *, newest: int = NEWEST) -> list[Row]:
    """The newest transactions of a customer, for a tab of its page."""
    rows = Transaction.objects.filter(customer=customer).order_by("-occurred_at", "-id")
    return rows_of(rows.select_related("customer")[:newest])


def balances_for_customer(customer: Customer) -> list[Balance]:
    """Its balances as they were read last, by currency and network."""
    return list(Balance.objects.filter(customer=customer).order_by("currency", "network")[:200])


def readings_for_customer(customer: Customer) -> dict[str, Reading]:
    """When its lists were read and are read next, by the name of the list."""
    return {row.name: row for row in Reading.objects.filter(customer=customer)}


def rows_about(resource_type: str, resource_id: str) -> list[Row]:
    """The transactions that move the money of one of Oceafin's resources: of a withdrawal, a deposit."""
    if not resource_id:
        return []
    rows = Transaction.objects.filter(resource_type=resource_type, resource_id=resource_id)
    return rows_of(rows.select_related("customer").order_by("-occurred_at", "-id")[:NEWEST])


def rows_of(transactions: Iterable[Transaction]) -> list[Row]:
    """As a list shows them, with two queries besides those that find the records."""
    found = list(transactions)
    links = explaining(found)
    known = Transaction.objects.filter(pk__in=[row.pk for row in found], contradictions__isnull=False)
    contradicted = set(known.values_list("pk", flat=True)) if found else set()
    return [
        Row(
            transaction=row,
            url=url_of(row),
            amount=signed_amount(row),
            explained=links.get((row.explained_type, row.explained_id)),
            known_from=str(row.get_found_by_display()),
            only_read=row.found_by == FoundBy.READ,
            contradicted=row.pk in contradicted,
        )
        for row in found
    ]


def url_of(row: Transaction) -> str:
    return reverse("admin:accounts_transaction_change", args=[row.pk])


def signed_amount(row: Transaction) -> str:
    """As it came, a minus before what went out."""
    return f"-{row.amount}" if row.direction == "DEBIT" and row.value else row.amount


def explaining(transactions: Iterable[Transaction]) -> dict[tuple[str, str], Explains]:
    """Our records that explain these, by model label and key: one query for each kind of record."""
    keys: dict[str, set[str]] = {}
    for row in transactions:
        if row.explained_type:
            keys.setdefault(row.explained_type, set()).add(row.explained_id)
    found: dict[tuple[str, str], Explains] = {}
    for label, ids in keys.items():
        found |= {(label, key): one for key, one in _explaining(label, ids).items()}
    return found


def _explaining(label: str, ids: set[str]) -> dict[str, Explains]:
    if label == Explanation._meta.label:
        return {key: Explains(_("A person's words")) for key in ids}
    try:
        model: Any = apps.get_model(label)
    except (LookupError, ValueError):
        return {key: Explains(f"{label} {key}") for key in ids}
    meta = model._meta
    records = {str(record.pk): record for record in model._base_manager.filter(pk__in=ids)}
    return {
        key: Explains(
            f"{meta.verbose_name} {records[key]}" if key in records else f"{meta.verbose_name} {key}",
            _page(meta, key),
        )
        for key in ids
    }


def _page(meta: Any, key: str) -> str:
    try:
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[key])
    except NoReverseMatch:
        return ""
