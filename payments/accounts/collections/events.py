"""What Oceafin's events mean for wallets and collections: each is a hint, the resource itself is read first
(contract section 5)."""

from datetime import datetime
from functools import partial

from django.utils.translation import gettext as _

from backoffice.oceafin import contract, reads
from backoffice.oceafin.codes import NOT_FOUND
from backoffice.oceafin.kinds import Contradiction, Foreign, Resource
from backoffice.oceafin.wire import Problem
from customers import statuses
from customers.models import Customer
from payments.accounts import kept, owners, plan
from payments.accounts.collections import hearing
from payments.accounts.collections.hearing import Heard
from payments.accounts.collections.models import Collection, CollectionWallet
from payments.accounts.models import FoundBy
from webhooks import inbox
from webhooks.inbox import Applied, Handler, Ignored, Outcome, Parked, Read
from webhooks.models import Event


def register() -> None:
    """Called once in ready(). The public list of types mixes dots and underscores: either is taken."""
    wallet = Handler(read=partial(_read, "getCollectionWallet", "walletId"), apply=apply_wallet)
    collection = Handler(read=partial(_read, "getCollection", "collectionId"), apply=apply_collection)
    for name in ("collection_wallet", "collection.wallet"):
        inbox.register(name, wallet)
    inbox.register("collection", collection)


def apply_wallet(event: Event, resource: Resource | None, now: datetime) -> Outcome:
    """Settle the letter that this proves, then take down what is said of the wallet."""
    if resource is None:
        return Parked(_("Oceafin does not know this wallet (yet)."))
    if not kept.identifier(resource, "walletId"):
        return Parked(_("Its id is too long to be kept whole. Ask Oceafin."))
    wallet_id = kept.identifier(resource, "walletId")
    known = CollectionWallet.objects.filter(wallet_id=wallet_id).select_related("customer").first()
    customer, doubt = _owner(event, resource, known.customer if known else None)
    if customer is None:
        return Parked(doubt)
    if known is None and (doubt := _prove(customer, resource, event, now)):
        return Parked(doubt)
    customer = statuses.locked(customer)
    wallet = hearing.find_wallet(customer, resource, found_by=FoundBy.EVENT, now=now)
    heard = hearing.hear_wallet(wallet, resource, found_by=FoundBy.EVENT, source=event.event_id, now=now)
    plan.want(customer, hearing.WALLETS, now=now)
    return _outcome(wallet, heard, customer)


def apply_collection(event: Event, resource: Resource | None, now: datetime) -> Outcome:
    """Take down what came in, for the customer that is named."""
    if resource is None:
        return Parked(_("Oceafin does not know this collection (yet)."))
    if not kept.identifier(resource, "collectionId"):
        return Parked(_("Its id is too long to be kept whole. Ask Oceafin."))
    collection_id = kept.identifier(resource, "collectionId")
    known = Collection.objects.filter(collection_id=collection_id).select_related("customer").first()
    customer, doubt = _owner(event, resource, known.customer if known else _of_wallet(resource))
    if customer is None and known is not None:
        hearing.doubt(known, doubt, source=event.event_id, now=now)
        return Applied(known, vault_key=known.customer.vault_key)
    if customer is None:
        return Parked(doubt)
    customer = statuses.locked(customer)
    collection, heard = hearing.hear_collection(
        customer, resource, found_by=FoundBy.EVENT, source=event.event_id, now=now
    )
    moved = ("balances", "transactions") if collection.is_final else ()
    plan.want(customer, hearing.COLLECTIONS, *moved, now=now)
    return _outcome(collection, heard, customer)


def _read(operation: str, id_name: str, event: Event, read: Read) -> Resource | None:
    """The resource that the event names; where it is not ours to read, what the event itself says."""
    reply = read(contract.path_for(operation, **{id_name: event.resource_id}))
    if isinstance(reply, Problem) and reply.code == NOT_FOUND:
        return None
    if reads.is_denied(reply):
        occurred_at = event.occurred_at.isoformat() if event.occurred_at else None
        return {**event.data, id_name: event.resource_id, "updatedAt": occurred_at}
    resource = inbox.resource_of(reply)
    if str(resource.get(id_name)).lower() != event.resource_id.lower():
        raise inbox.ReadFailed(_("Oceafin answered about another resource."))
    return resource


def _owner(event: Event, resource: Resource, known: Customer | None) -> tuple[Customer | None, str]:
    """Whose it is, by what we know and what event and resource name; else in a sentence why that is not certain."""
    owner = owners.named_by(event, resource, otherwise=known)
    if known is not None and owner.customer is not None and owner.customer != known:
        return None, _("Oceafin names another customer for it than before. Ask Oceafin whose it is.")
    return owner.customer, owner.doubt


def _prove(customer: Customer, resource: Resource, event: Event, now: datetime) -> str:
    """The event came before the reply: it proves that the wallet was made. Returns a sentence where it cannot be so."""
    ref = kept.text(resource, "collectionWalletRef")
    rows = CollectionWallet.objects.filter(
        customer=customer, collection_wallet_ref=ref, wallet_id__isnull=True
    )
    wallet = rows.first() if ref else None
    if wallet is None:
        return ""
    try:
        hearing.settle_wallet_letter(wallet, resource, source=event.event_id, now=now)
    except (Contradiction, Foreign) as conflict:
        return str(conflict)
    return ""


def _outcome(record: CollectionWallet | Collection, heard: Heard, customer: Customer) -> Outcome:
    key = customer.vault_key
    if heard is Heard.OUTDATED:
        return Ignored(_("It says something older than what we know."), record, vault_key=key)
    return Applied(record, vault_key=key)


def _of_wallet(resource: Resource) -> Customer | None:
    wallet = CollectionWallet.objects.filter(wallet_id=kept.text(resource, "walletId") or None)
    found = wallet.select_related("customer").first()
    return found.customer if found else None
