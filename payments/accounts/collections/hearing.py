"""What Oceafin says of wallets and collections, whoever brings it: an event, a reading, a reply. The newest counts."""

from datetime import datetime
from enum import Enum
from typing import Any

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from backoffice import audit, vault
from backoffice.audit import Actor
from backoffice.oceafin import outbox
from backoffice.oceafin.kinds import Contradiction, Foreign, Resource
from backoffice.oceafin.models import Submission
from customers import statuses
from customers.models import Customer
from payments.accounts import kept, owners, plan
from payments.accounts.collections import telling
from payments.accounts.collections.models import (
    ADDRESS_CONTEXT,
    SENDER_CONTEXT,
    Collection,
    CollectionWallet,
)
from payments.accounts.models import FoundBy

WALLETS, COLLECTIONS = "collection_wallets", "collections"
CREATE = "collection_wallet.create"
LONGEST_ADDRESS = 200

log = structlog.get_logger(__name__)


class Heard(Enum):
    """What a word about a record made of it."""

    NEWS = "news"
    SAME = "nothing new"
    OUTDATED = "older than what we know"


def locked_wallet(pk: int) -> CollectionWallet:
    """The customer's row and the wallet's, locked in this order until the transaction ends."""
    customer_id = CollectionWallet.objects.values_list("customer_id", flat=True).get(pk=pk)
    customer = statuses.locked(customer_id)
    wallet = CollectionWallet.objects.select_for_update(no_key=True, of=("self",)).get(pk=pk)
    wallet.customer = customer
    return wallet


# --- Wallets --------------------------------------------------------------------------------------------------------


def hear_wallet(
    wallet: CollectionWallet, item: Resource, *, found_by: str, source: str, now: datetime
) -> Heard:
    """Take down what is said of a wallet.

    What is absent from `item` says nothing: a field that was known stays. Call with customer and wallet locked;
    `item` has a walletId.
    """
    at = kept.instant(item, "updatedAt")
    if kept.is_outdated(at, now, said_at=wallet.said_at, read_at=wallet.read_at):
        return Heard.OUTDATED
    old = wallet.status
    changes = _wallet_words(wallet, item)
    if found_by == FoundBy.EVENT and wallet.found_by == FoundBy.READ:
        changes["found_by"] = FoundBy.EVENT
    changes |= _address_words(wallet, item)
    if changes.get("status", old) != old:
        changes["status_since"] = at or now
    known_now = wallet.wallet_id is None and "wallet_id" in changes
    _set(wallet, **changes, said_at=at or wallet.said_at, read_at=now)
    if known_now:
        _adopt(wallet)
    if wallet.status != old:
        facts = {"from": old, "to": wallet.status, "walletId": wallet.wallet_id}
        _record(wallet, "collection_wallet.status", source, facts, now)
        telling.wallet_changed(wallet, old, now=now)
    return Heard.NEWS if changes else Heard.SAME


def find_wallet(customer: Customer, item: Resource, *, found_by: str, now: datetime) -> CollectionWallet:
    """The wallet that an item is about, by Oceafin's id, else by our reference; a new one if it is neither.

    Call with the customer locked.
    """
    rows = CollectionWallet.objects.select_for_update(no_key=True, of=("self",)).filter(customer=customer)
    ref = kept.text(item, "collectionWalletRef") or None
    wallet = rows.filter(wallet_id=kept.identifier(item, "walletId")).first()
    if wallet is None and ref:
        wallet = rows.filter(collection_wallet_ref=ref, wallet_id__isnull=True).first()
    if wallet is None:
        taken = ref is not None and rows.filter(collection_wallet_ref=ref).exists()
        wallet = CollectionWallet(
            customer=customer,
            collection_wallet_ref=None if taken else ref,
            found_by=found_by,
            status_since=now,
            created_at=now,
            created_by=str(_("Oceafin")),
        )
        wallet.save(force_insert=True)
        _record(wallet, "collection_wallet.found", str(found_by), {"known from": str(found_by)}, now)
    wallet.customer = customer
    return wallet


def keep_wallets(customer: Customer, items: list[Resource], now: datetime) -> int:
    """Write one page of a customer's wallets; return how many say something new."""
    told = _by_id(items, "walletId")
    for item in told.values():
        _settle_letter(customer, item, now=now)
    with transaction.atomic():
        customer = statuses.locked(customer)
        news = 0
        for wallet_id, item in told.items():
            if _is_elsewhere(CollectionWallet.objects.filter(wallet_id=wallet_id), customer, item):
                continue
            wallet = find_wallet(customer, item, found_by=FoundBy.READ, now=now)
            heard = hear_wallet(wallet, item, found_by=FoundBy.READ, source="read", now=now)
            news += heard is Heard.NEWS
        return news


def settle_wallet_letter(wallet: CollectionWallet, item: Resource, *, source: str, now: datetime) -> None:
    """What is shown at Oceafin proves that the letter arrived. Call before customer and wallet are locked.

    Raises Contradiction.
    """
    letters = Submission.objects.filter(
        kind=CREATE, subject_type=CollectionWallet._meta.label, subject_id=str(wallet.pk)
    )
    letter = letters.order_by("-id").first()
    if letter is not None and not letter.is_final:
        outbox.settle_from_evidence(letter, item, source=source, now=now)


def _settle_letter(customer: Customer, item: Resource, *, now: datetime) -> None:
    ref = kept.text(item, "collectionWalletRef")
    wallet = (
        ref
        and CollectionWallet.objects.filter(
            customer=customer, collection_wallet_ref=ref, wallet_id__isnull=True
        ).first()
    )
    if not wallet:
        return
    try:
        with transaction.atomic():
            settle_wallet_letter(wallet, item, source="read", now=now)
    except (Contradiction, Foreign) as conflict:
        # The letter itself is looked for, and held with this reason.
        log.warning("collections.reading_contradicts", wallet=wallet.pk, why=type(conflict).__name__)


def _wallet_words(wallet: CollectionWallet, item: Resource) -> dict[str, Any]:
    told = {
        "wallet_id": kept.identifier(item, "walletId") if wallet.wallet_id is None else "",
        "status": kept.text(item, "status"),
        "asset": "" if wallet.asset else kept.text(item, "asset", 16),
        "network": "" if wallet.network else kept.text(item, "network", 40),
        "label": "" if wallet.label else kept.text(item, "label"),
    }
    changes: dict[str, Any] = {
        name: value for name, value in told.items() if value and getattr(wallet, name) != value
    }
    if wallet.refusal and told["wallet_id"]:
        changes |= {"refusal": "", "refusal_code": ""}
    return changes


def _address_words(wallet: CollectionWallet, item: Resource) -> dict[str, Any]:
    address = kept.text(item, "address", LONGEST_ADDRESS)
    if not address:
        return {}
    fingerprint = vault.fingerprint(address, context=ADDRESS_CONTEXT)
    if not wallet.address_hash:
        sealed = vault.seal_text(wallet.customer.vault_key, address, context=ADDRESS_CONTEXT)
        return {"address_hash": fingerprint, "address_sealed": sealed}
    if wallet.address_hash != fingerprint and not wallet.contradiction:
        sentence = _("Oceafin names another address for this wallet than before. Ask Oceafin which is right.")
        return {"contradiction": sentence}
    return {}


def _adopt(wallet: CollectionWallet) -> None:
    """What came in before the wallet was known belongs to it."""
    Collection.objects.filter(
        customer_id=wallet.customer_id, wallet__isnull=True, wallet_id_told=wallet.wallet_id
    ).update(wallet=wallet)


# --- Collections ----------------------------------------------------------------------------------------------------


def keep_collections(customer: Customer, items: list[Resource], now: datetime) -> int:
    """Write one page of what came in for a customer; return how many say something new."""
    told = _by_id(items, "collectionId")
    with transaction.atomic():
        customer = statuses.locked(customer)
        news = 0
        for collection_id, item in told.items():
            known = Collection.objects.filter(collection_id=collection_id).first()
            if sentence := _doubt_about(known, customer, item):
                if known is not None:
                    doubt(known, sentence, source="read", now=now)
                continue
            heard = hear_collection(customer, item, found_by=FoundBy.READ, source="read", now=now)[1]
            news += heard is Heard.NEWS
        return news


def doubt(collection: Collection, sentence: str, *, source: str, now: datetime) -> None:
    """It is not certain any more whose it is: it stays, is sent back by nobody, and a lead decides.

    What was decided about the same doubt stands. Call in a transaction.
    """
    row = Collection.objects.select_for_update(no_key=True, of=("self",)).get(pk=collection.pk)
    if row.doubt != sentence[:300]:
        _set(row, doubt=sentence[:300], doubted_at=now, doubt_settled_by="")
        _record(row, "collection.doubted", source, {}, now)


def _doubt_about(known: Collection | None, customer: Customer, item: Resource) -> str:
    """Why it is not certain that an item of this customer's list is theirs; "" where it is."""
    if known is not None and known.customer_id != customer.pk:
        sentence = _("Oceafin lists it for %(ref)s, too. Ask Oceafin whose it is.")
        return sentence % {"ref": customer.partner_customer_ref}
    return owners.in_list_of(customer, item).doubt


def hear_collection(
    customer: Customer, item: Resource, *, found_by: str, source: str, now: datetime
) -> tuple[Collection, Heard]:
    """Take down what is said of one collection, and return it, locked.

    Call with the customer locked; `item` has a collectionId and is this customer's.
    """
    at = kept.instant(item, "updatedAt")
    rows = Collection.objects.select_for_update(no_key=True, of=("self",))
    row = rows.filter(collection_id=kept.identifier(item, "collectionId")).first()
    is_new = row is None
    if row is None:
        row = Collection(
            collection_id=kept.identifier(item, "collectionId"),
            found_by=found_by,
            found_at=now,
            status_since=at or now,
            read_at=now,
        )
    row.customer = customer
    if not is_new and kept.is_outdated(at, now, said_at=row.said_at, read_at=row.read_at):
        return row, Heard.OUTDATED
    old = row.status
    changes = _collection_words(row, item)
    if found_by == FoundBy.EVENT and row.found_by == FoundBy.READ:
        changes["found_by"] = FoundBy.EVENT
    if changes.get("status", old) != old:
        changes["status_since"] = at or now
    _set(row, **changes, said_at=at or row.said_at, read_at=now)
    if is_new or row.status != old:
        facts = {"from": old, "to": row.status, "amount": row.amount, "asset": row.asset}
        verb = "collection.found" if is_new else "collection.status"
        _record(row, verb, source, facts | ({"known from": str(found_by)} if is_new else {}), now)
        telling.collection_changed(row, None if is_new else old, now=now)
    if row.wallet_id is None and row.wallet_id_told:
        plan.want(customer, WALLETS, now=now)
    return row, Heard.NEWS if is_new or changes else Heard.SAME


def _collection_words(row: Collection, item: Resource) -> dict[str, Any]:
    occurred_at = kept.instant(item, "occurredAt")
    told: dict[str, Any] = {
        "wallet_id_told": kept.text(item, "walletId"),
        "asset": kept.text(item, "asset", 16),
        "network": kept.text(item, "network", 40),
        "amount": kept.text(item, "amount"),
        "fee_amount": kept.text(item, "feeAmount"),
        "transaction_hash": kept.text(item, "transactionHash", 128),
        "confirmations": kept.text(item, "confirmations", 16),
        "status": kept.text(item, "status"),
        "failure_code": kept.text(item, "failureCode"),
        "failure_reason": kept.text(item, "failureReason", 300),
        "occurred_at": occurred_at,
        "occurred_text": "" if occurred_at else kept.text(item, "occurredAt"),
    }
    changes = {name: value for name, value in told.items() if value and getattr(row, name) != value}
    if "amount" in changes:
        changes["value"] = kept.number(item, "amount")
    if changes.get("occurred_at"):
        changes["occurred_text"] = ""
    sender = kept.text(item, "senderAddress", LONGEST_ADDRESS)
    if sender and not row.sender_sealed:
        key = row.customer.vault_key
        changes["sender_sealed"] = vault.seal_text(key, sender, context=SENDER_CONTEXT)
    if row.wallet_id is None and told["wallet_id_told"]:
        wallet = CollectionWallet.objects.filter(
            customer=row.customer, wallet_id=told["wallet_id_told"]
        ).first()
        changes |= {"wallet": wallet} if wallet else {}
    return changes


# --- Both -----------------------------------------------------------------------------------------------------------


def _by_id(items: list[Resource], name: str) -> dict[str, Resource]:
    """Items by Oceafin's id; without one they are left out, of one twice in a page the later counts."""
    return {kept.identifier(item, name): item for item in items if kept.identifier(item, name)}


def _is_elsewhere(rows: Any, customer: Customer, item: Resource) -> bool:
    """What stands for another customer, or names another, is not moved by a list."""
    elsewhere = bool(owners.in_list_of(customer, item).doubt) or rows.exclude(customer=customer).exists()
    if elsewhere:
        log.warning("collections.of_another_customer", customer=customer.pk)
    return elsewhere


def _set(row: CollectionWallet | Collection, **columns: Any) -> None:
    for name, value in columns.items():
        setattr(row, name, value)
    row.save(update_fields=list(columns) if row.pk else None)


def _record(row: Any, verb: str, source: str, facts: dict[str, Any], now: datetime) -> None:
    audit.record(actor=Actor.oceafin(source), verb=verb, subject=row, now=now, facts=facts)
