"""What the partner's systems are told of wallets and collections: what the API shows, safe for the customer."""

from datetime import datetime

from payments.accounts.collections.models import Collection, CollectionWallet
from webhooks import outgoing

WALLET_CHANGED = "collection_wallet.status_changed"
COLLECTION_CHANGED = "collection.status_changed"


def wallet_changed(wallet: CollectionWallet, old: str, *, now: datetime) -> None:
    """Tell of a new status, in the transaction that takes it down."""
    customer = wallet.customer
    body = {
        "collectionWalletRef": wallet.collection_wallet_ref,
        "walletId": wallet.wallet_id,
        "partnerCustomerRef": customer.partner_customer_ref,
        "asset": wallet.asset or None,
        "network": wallet.network or None,
        "status": status_of(wallet),
        "previousStatus": old or None,
    }
    outgoing.announce(WALLET_CHANGED, customer.vault_key, body, now)


def collection_changed(collection: Collection, old: str | None, *, now: datetime) -> None:
    """Tell of what came in, and of each new status of it."""
    customer, wallet = collection.customer, collection.wallet
    body = {
        "collectionId": collection.collection_id,
        "partnerCustomerRef": customer.partner_customer_ref,
        "collectionWalletRef": wallet.collection_wallet_ref if wallet else None,
        "walletId": collection.wallet_id_told or None,
        "asset": collection.asset or None,
        "network": collection.network or None,
        "amount": collection.amount or None,
        "status": collection.status or None,
        "previousStatus": old or None,
    }
    outgoing.announce(COLLECTION_CHANGED, customer.vault_key, body, now)


def status_of(wallet: CollectionWallet) -> str | None:
    """Oceafin's status as it came; REJECTED where it refused the wallet; None until anything is known."""
    return wallet.status or ("REJECTED" if wallet.refusal else None)
