"""What Oceafin says of a deposit, whoever brings it: an event, a reading, a reply. Kept as it came, newest counts."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice import audit, vault
from backoffice.audit import Actor
from backoffice.oceafin.kinds import Resource
from customers import statuses
from customers.models import Customer
from payments.accounts import kept, owners, plan
from payments.accounts.deposits import telling
from payments.accounts.deposits.models import PRIVATE_CONTEXT, Deposit, Kind
from payments.accounts.deposits.states import DEPOSIT, DepositState
from payments.accounts.models import FoundBy
from payments.accounts.owners import Owner

LISTS = {Kind.FIAT: "fiat_deposits", Kind.CRYPTO: "crypto_deposits"}
PRIVATE = ("senderName", "senderAddress", "paymentReference")
HOMES = {Kind.FIAT: "fiatAccountId", Kind.CRYPTO: "addressId"}
CURRENCIES = {Kind.FIAT: "currency", Kind.CRYPTO: "asset"}


@dataclass(frozen=True)
class Word:
    """What was said of a deposit just now. `old` is the status before, None where the deposit is new to us.

    `at` is the instant that Oceafin named, if it named one.
    """

    deposit: Deposit
    old: str | None
    at: datetime | None
    source: str
    now: datetime


Listener = Callable[[Word], None]
_listeners: list[Listener] = []


def on_word(listener: Listener) -> None:
    """Be told of each word that counts, in its transaction, the deposit locked. Called in ready()."""
    if listener not in _listeners:
        _listeners.append(listener)


def hear(
    kind: str, item: Resource, owner: Owner, *, found_by: str, source: str, now: datetime
) -> tuple[Deposit, str]:
    """Take down what is said of one deposit, and whose it is.

    Returns the deposit, locked, and "" or in a sentence why it changes nothing. What is absent from `item` says
    nothing: a field that was known stays. Call in a transaction, with the owner's customer locked; `item` has an id.
    """
    deposit, is_new = _found(kind, item, owner, found_by=found_by, now=now)
    at = kept.instant(item, "updatedAt")
    if is_new:
        facts = {"status": deposit.status, "whose": deposit.state, "known from": str(found_by)}
        _record(deposit, "deposit.found", source, now, facts)
        _tell(Word(deposit, None, at, source, now))
        return deposit, ""
    _settle_owner(deposit, owner, source=source, now=now)
    if found_by == FoundBy.EVENT and deposit.found_by != FoundBy.EVENT:
        _set(deposit, found_by=FoundBy.EVENT)
    if kept.is_outdated(at, now, said_at=deposit.said_at, read_at=deposit.read_at):
        return deposit, _("Something newer is known already.")
    old, known = deposit.status, _known_private(deposit)
    news = {name: value for name, value in _told(kind, item).items() if getattr(deposit, name) != value}
    private = {**known, **_private(item)}
    if private != known:
        news["private_sealed"] = _sealed(deposit.seal_key, private)
    if "status" in news:
        news["status_since"] = at or now
    _set(deposit, **news, read_at=now, **({"said_at": at} if at else {}))
    if "status" in news:
        _record(deposit, "deposit.status", source, now, {"from": old, "to": deposit.status})
    _tell(Word(deposit, old, at, source, now))
    return deposit, ""


def keep(kind: str, customer: Customer, items: list[Resource], now: datetime) -> int:
    """Write one page of a customer's list; return how many items were news. Items without an id are left out."""
    with transaction.atomic():
        customer = statuses.locked(customer)
        return sum(
            _is_news(kind, customer, item, now) for item in items if kept.identifier(item, "depositId")
        )


def keep_fiat(customer: Customer, items: list[Resource], now: datetime) -> int:
    return keep(Kind.FIAT, customer, items, now)


def keep_crypto(customer: Customer, items: list[Resource], now: datetime) -> int:
    return keep(Kind.CRYPTO, customer, items, now)


def match(deposit: Deposit, customer: Customer, *, actor: Actor, now: datetime, **more: Any) -> None:
    """Give a deposit to a customer: what is personal in it goes under their key. Both are locked."""
    private, old_key = _known_private(deposit), deposit.seal_key
    audit.move(
        deposit,
        DepositState.MATCHED,
        machine=DEPOSIT,
        actor=actor,
        now=now,
        verb="deposit.matched",
        facts={"customer": customer.partner_customer_ref},
        customer_key=customer.vault_key,
        note=more.pop("note", ""),
        customer=customer,
        doubt="",
        seal_key=customer.vault_key,
        private_sealed=_sealed(customer.vault_key, private),
        contradicted=False,
        **more,
    )
    vault.destroy_key(old_key, now=now)
    telling.matched(deposit, now=now)
    plan.want(customer, LISTS[Kind(deposit.kind)], "balances", "transactions", now=now)


def customer_known(customer: Customer, now: datetime) -> None:
    """What came before its customer was known to us is matched now. Called with the customer locked."""
    waiting = Deposit.objects.filter(state=DepositState.UNMATCHED, decided_by="", contradicted=False)
    mine = waiting.filter(told_customer_id=str(customer.oceafin_customer_id)) | waiting.filter(
        told_customer_id="", told_customer_ref=customer.partner_customer_ref
    )
    for deposit in mine.select_for_update(no_key=True, of=("self",)).order_by("id"):
        if deposit.told_customer_ref in {"", customer.partner_customer_ref}:
            match(deposit, customer, actor=Actor.oceafin("customer"), now=now)
            _tell(Word(deposit, deposit.status, None, "customer", now))


def locked(pk: int) -> Deposit:
    """The deposit with its customer, locked in this order until the transaction ends."""
    customer_id = Deposit.objects.values_list("customer_id", flat=True).get(pk=pk)
    customer = statuses.locked(customer_id) if customer_id else None
    deposit = Deposit.objects.select_for_update(no_key=True, of=("self",)).get(pk=pk)
    if deposit.customer_id == customer_id:
        deposit.customer = customer
    return deposit


def _found(kind: str, item: Resource, owner: Owner, *, found_by: str, now: datetime) -> tuple[Deposit, bool]:
    deposit_id, customer = kept.identifier(item, "depositId"), owner.customer
    rows = Deposit.objects.select_for_update(no_key=True, of=("self",)).select_related("customer")
    row = rows.filter(kind=kind, deposit_id=deposit_id).first()
    if row is not None:
        return row, False
    key = customer.vault_key if customer else vault.create_key(purpose="deposit").pk
    private, at = _private(item), kept.instant(item, "updatedAt")
    whole: dict[str, Any] = {
        **{name: value for name, value in _fields(kind, item).items() if value is not None},
        "customer": customer,
        "state": DepositState.MATCHED if customer else DepositState.UNMATCHED,
        "state_since": now,
        "doubt": owner.doubt,
        "told_customer_id": owner.told_id,
        "told_customer_ref": owner.told_ref,
        "status_since": at or now,
        "said_at": at,
        "private_sealed": _sealed(key, private),
        "seal_key": key,
        "found_by": found_by,
        "found_at": now,
        "read_at": now,
    }
    row, is_new = Deposit.objects.get_or_create(kind=kind, deposit_id=deposit_id, defaults=whole)
    return (row, True) if is_new else (rows.get(pk=row.pk), False)


def _fields(kind: str, item: Resource) -> dict[str, Any]:
    occurred_at = kept.instant(item, "occurredAt")
    return {
        "currency": kept.text(item, CURRENCIES[Kind(kind)], 16),
        "network": kept.text(item, "network", 40),
        "amount": kept.text(item, "amount"),
        "value": kept.number(item, "amount"),
        "fee_amount": kept.text(item, "feeAmount"),
        "home_id": kept.text(item, HOMES[Kind(kind)]),
        "transaction_hash": kept.text(item, "transactionHash", 128),
        "confirmations": kept.text(item, "confirmations", 16),
        "status": kept.text(item, "status"),
        "failure_code": kept.text(item, "failureCode"),
        "failure_reason": kept.text(item, "failureReason", 300),
        "occurred_at": occurred_at,
        "occurred_text": "" if occurred_at else kept.text(item, "occurredAt"),
    }


def _told(kind: str, item: Resource) -> dict[str, Any]:
    """What the item says. What it leaves out says nothing; an amount brings its number, a date its text."""
    fields = _fields(kind, item)
    together = {"value": fields["amount"], "occurred_at": item.get("occurredAt")}
    together["occurred_text"] = together["occurred_at"]
    return {name: value for name, value in fields.items() if together.get(name, value) not in ("", None)}


def _settle_owner(deposit: Deposit, owner: Owner, *, source: str, now: datetime) -> None:
    """Take up what is said of whose it is. What a person decided stands, and the page shows that it differs."""
    told = {"told_customer_id": owner.told_id, "told_customer_ref": owner.told_ref}
    if owner.told_id or owner.told_ref:
        _set(deposit, **told)
    if deposit.decided_by or (owner.customer is None and not owner.doubt):
        return
    if deposit.state == DepositState.UNMATCHED:
        # Told of two customers in turn: no program knows which is right.
        if deposit.contradicted:
            return
        if owner.customer is not None:
            match(deposit, owner.customer, actor=Actor.oceafin(source), now=now)
        else:
            _set(deposit, doubt=owner.doubt)
    elif owner.customer is None or owner.customer.pk != deposit.customer_id:
        sentence = _("Oceafin told of it for one customer before, and tells of it for another now.")
        _unmatch(deposit, owner.doubt or sentence, source=source, now=now)


def _unmatch(deposit: Deposit, doubt: str, *, source: str, now: datetime) -> None:
    private, customer = _known_private(deposit), deposit.customer
    key = vault.create_key(purpose="deposit").pk
    audit.move(
        deposit,
        DepositState.UNMATCHED,
        machine=DEPOSIT,
        actor=Actor.oceafin(source),
        now=now,
        verb="deposit.doubted",
        facts={"customer": customer.partner_customer_ref if customer else ""},
        customer=None,
        doubt=doubt,
        seal_key=key,
        private_sealed=_sealed(key, private),
        contradicted=True,
    )


def _is_news(kind: str, customer: Customer, item: Resource, now: datetime) -> bool:
    owner = owners.in_list_of(customer, item)
    before = Deposit.objects.filter(kind=kind, deposit_id=kept.identifier(item, "depositId"))
    said = before.values_list("status", "amount", "state").first()
    deposit, _why = hear(kind, item, owner, found_by=FoundBy.READ, source="read", now=now)
    return said != (deposit.status, deposit.amount, deposit.state)


def _private(item: Resource) -> dict[str, str]:
    told = {name: kept.text(item, name, 300) for name in PRIVATE}
    return {name: value for name, value in told.items() if value}


def _known_private(deposit: Deposit) -> dict[str, str]:
    try:
        return deposit.private
    except vault.KeyDestroyed:
        return {}


def _sealed(key: UUID, private: dict[str, str]) -> bytes:
    """Of an erased customer nothing personal is kept any more; that the deposit is there stays."""
    if not private:
        return b""
    try:
        return vault.seal_text(key, json.dumps(private, ensure_ascii=False), context=PRIVATE_CONTEXT)
    except vault.KeyDestroyed:
        return b""


def _set(deposit: Deposit, **columns: Any) -> None:
    changed = {name: value for name, value in columns.items() if getattr(deposit, name) != value}
    for name, value in changed.items():
        setattr(deposit, name, value)
    if changed:
        deposit.save(update_fields=list(changed))


def _record(deposit: Deposit, verb: str, source: str, now: datetime, facts: dict[str, Any]) -> None:
    audit.record(actor=Actor.oceafin(source), verb=verb, subject=deposit, now=now, facts=facts)


def _tell(word: Word) -> None:
    for listener in _listeners:
        listener(word)
