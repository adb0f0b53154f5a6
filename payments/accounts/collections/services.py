"""What a person or the partner's system can do with collection wallets."""

import re
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from backoffice import references
from backoffice.audit import Actor, record
from backoffice.oceafin import permits
from backoffice.staff import rights
from backoffice.staff.reasons import reason_given
from backoffice.staff.roles import Right
from customers import statuses
from customers.models import Customer
from customers.states import Standing
from payments.accounts.collections import errors, hearing, submission
from payments.accounts.collections.models import Collection, CollectionWallet
from payments.accounts.models import FoundBy

LONGEST_LABEL = 64
_ASSET = re.compile(r"[A-Za-z0-9]{1,16}")
_NETWORK = re.compile(r"[A-Za-z0-9_-]{1,40}")


def create_wallet(
    *,
    customer: Customer,
    collection_wallet_ref: str,
    asset: str,
    network: str,
    label: str,
    actor: Actor,
    now: datetime,
) -> tuple[CollectionWallet, bool]:
    """Ask for a wallet; return it and whether it is new. It goes to Oceafin by itself.

    The same again under the same reference gives what stands. Raises NoReference, Unfit, ReferenceTaken,
    CustomerRestricted, NotAllowed.
    """
    references.check(collection_wallet_ref)
    asked = _checked(asset, network, label)
    digest = references.request_digest({"collectionWalletRef": collection_wallet_ref, **asked})
    try:
        with transaction.atomic():
            return _created(customer, collection_wallet_ref, asked, digest, actor=actor, now=now)
    except IntegrityError:
        # Of two at once the database let one through.
        existing = CollectionWallet.objects.filter(
            customer=customer, collection_wallet_ref=collection_wallet_ref
        ).first()
        if existing is None:
            raise
        return _same(existing, digest), False


@transaction.atomic
def ask_again(wallet: CollectionWallet, *, actor: Actor, now: datetime) -> CollectionWallet:
    """Ask anew for a wallet that was refused because the product was switched off. Raises NotDenied, NotAllowed."""
    row = hearing.locked_wallet(wallet.pk)
    rights.require(actor, Right.REQUEST_PAYMENTS, now)
    if not was_denied(row):
        raise errors.NotDenied(
            _("It was not refused for being switched off. Ask for another wallet instead.")
        )
    row.refusal = row.refusal_code = ""
    row.save(update_fields=["refusal", "refusal_code"])
    record(actor=actor, verb="collection_wallet.asked_again", subject=row, now=now)
    submission.ask(row, now=now)
    return row


@transaction.atomic
def settle_doubt(collection: Collection, *, reason: str, actor: Actor, now: datetime) -> Collection:
    """A lead asked Oceafin, and says why it is this customer's. Raises ReasonNeeded, NotAllowed, NothingToDecide."""
    words = reason_given(reason)
    customer = statuses.locked(collection.customer_id)
    row = Collection.objects.select_for_update(no_key=True, of=("self",)).get(pk=collection.pk)
    rights.require(actor, Right.LEAD_PAYMENTS, now)
    if not row.is_doubtful:
        raise errors.NothingToDecide(_("Somebody decided this meanwhile. Open it again to see how."))
    row.customer, row.doubt_settled_by = customer, actor.label
    row.save(update_fields=["doubt_settled_by"])
    verb, key = "collection.doubt_settled", customer.vault_key
    record(actor=actor, verb=verb, subject=row, now=now, note=words, customer_key=key)
    return row


def was_denied(wallet: CollectionWallet) -> bool:
    """Whether Oceafin refused it only because this is not enabled for us."""
    return wallet.wallet_id is None and wallet.refusal_code in permits.CODES


def _created(
    customer: Customer, ref: str, asked: dict[str, str], digest: str, *, actor: Actor, now: datetime
) -> tuple[CollectionWallet, bool]:
    customer = statuses.locked(customer)
    if actor.kind == "STAFF":
        rights.require(actor, Right.REQUEST_PAYMENTS, now)
    existing = CollectionWallet.objects.filter(customer=customer, collection_wallet_ref=ref).first()
    if existing is not None:
        return _same(existing, digest), False
    if customer.standing != Standing.ACTIVE:
        raise errors.CustomerRestricted(customer.refusal_reason())
    wallet = CollectionWallet(
        collection_wallet_ref=ref,
        customer=customer,
        request_digest=digest,
        found_by=FoundBy.REPLY,
        status_since=now,
        created_at=now,
        created_by=actor.label,
        **asked,
    )
    wallet.save(force_insert=True)
    facts = {"ref": ref, "asset": wallet.asset, "network": wallet.network}
    record(actor=actor, verb="collection_wallet.requested", subject=wallet, now=now, facts=facts)
    submission.ask(wallet, now=now)
    return wallet, True


def _checked(asset: str, network: str, label: str) -> dict[str, str]:
    if not _ASSET.fullmatch(asset):
        raise errors.Unfit("asset", _("Give the asset by its symbol, such as USDC."))
    if not _NETWORK.fullmatch(network):
        raise errors.Unfit("network", _("Give the network by its name at Oceafin, such as ETHEREUM."))
    words = label.strip()
    if len(words) > LONGEST_LABEL or not words.isprintable():
        sentence = _("Give at most %(count)d characters, in one line.")
        raise errors.Unfit("label", sentence % {"count": LONGEST_LABEL})
    return {"asset": asset, "network": network, "label": words}


def _same(existing: CollectionWallet, digest: str) -> CollectionWallet:
    if existing.request_digest != digest:
        raise references.ReferenceTaken(existing, str(existing.collection_wallet_ref))
    return existing
