"""Looking up what a customer has for money to come in to: accounts, applications for them, collection wallets."""

from django.db.models import Q
from django.urls import reverse

from backoffice import vault
from backoffice.desk.search.source import AT_MOST, Found, Term, beginning, once
from payments.accounts.collections.models import ADDRESS_CONTEXT, Collection, CollectionWallet
from payments.accounts.fiat.models import FiatAccount, FiatAccountApplication
from payments.accounts.fiat.states import APPLICATION


def applications(term: Term) -> list[Found]:
    """By our reference and Oceafin's id."""
    rows = FiatAccountApplication.objects.select_related("customer")
    return once(
        Found(
            reference=row.application_ref,
            url=reverse("admin:fiat_accounts_fiataccountapplication_change", args=[row.pk]),
            state=row.state,
            machine=APPLICATION,
            customer=row.customer,
            note=row.currency,
            is_exact=term.is_exactly(row.application_ref, row.application_id),
        )
        for row in beginning(rows, "application_ref", term, also=Q(application_id=term.id_text))
    )


def accounts(term: Term) -> list[Found]:
    """By Oceafin's id, and by the whole number, as somebody reads it from a statement."""
    number = vault.fingerprint("".join(term.text.split()).upper(), context="fiat_account.number")
    wanted = Q(fiat_account_id=term.id_text) | Q(number_fingerprint=number)
    rows = FiatAccount.objects.filter(wanted).select_related("customer")[: AT_MOST + 1]
    return once(
        Found(
            reference=str(row),
            url=reverse("admin:fiat_accounts_fiataccount_change", args=[row.pk]),
            state=row.status,
            customer=row.customer,
            note=row.currency,
            is_exact=True,
        )
        for row in rows
    )


def wallets(term: Term) -> list[Found]:
    """By our reference, Oceafin's id, and the whole address."""
    rows = CollectionWallet.objects.select_related("customer")
    address = vault.fingerprint(term.text, context=ADDRESS_CONTEXT)
    also = Q(wallet_id=term.id_text) | Q(address_hash=address)
    return once(
        Found(
            reference=str(row),
            url=reverse("admin:collections_in_collectionwallet_change", args=[row.pk]),
            state=row.status,
            customer=row.customer,
            note=f"{row.asset} {row.network}".strip(),
            is_exact=row.address_hash == address or term.is_exactly(row.collection_wallet_ref, row.wallet_id),
        )
        for row in beginning(rows, "collection_wallet_ref", term, also=also)
    )


def collections(term: Term) -> list[Found]:
    """By Oceafin's id and by the hash of the coins' transaction."""
    rows = Collection.objects.select_related("customer")
    return once(
        Found(
            reference=row.collection_id,
            url=reverse("admin:collections_in_collection_change", args=[row.pk]),
            state=row.status,
            customer=row.customer,
            note=f"{row.amount} {row.asset}".strip(),
            is_exact=term.is_exactly(row.collection_id, row.transaction_hash),
        )
        for row in beginning(rows, "collection_id", term, also=Q(transaction_hash__iexact=term.text))
    )
