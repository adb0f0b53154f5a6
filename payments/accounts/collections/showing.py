"""What the pages of wallets and collections are made of."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice import vault
from backoffice.oceafin.models import Submission
from backoffice.staff.admin_base import render_waits
from backoffice.staff.models import User
from backoffice.staff.roles import Right
from customers.models import Customer
from payments.accounts import qr, refundable
from payments.accounts import showing as moved
from payments.accounts.collections import services
from payments.accounts.collections.models import Collection, CollectionWallet
from payments.accounts.models import FoundBy

NEWEST = 25


def wallet_url(wallet: CollectionWallet) -> str:
    return reverse("admin:collections_in_collectionwallet_change", args=[wallet.pk])


def collection_url(collection: Collection) -> str:
    return reverse("admin:collections_in_collection_change", args=[collection.pk])


def rows_for_customer(customer: Customer) -> dict[str, Any]:
    """The newest wallets and collections of a customer, for their page: two queries."""
    return {
        "wallets": list(customer.collection_wallets.order_by("-id")[:NEWEST]),
        "collections": list(customer.collections.select_related("wallet").order_by("-id")[:NEWEST]),
    }


def of_customer(page: Any) -> dict[str, Any]:
    """The tab of a customer's page."""
    return {**rows_for_customer(page.customer), "may_request": page.may(Right.REQUEST_PAYMENTS)}


def wallet_waits(wallet: CollectionWallet) -> str:
    """In one sentence what a wallet waits for; "" where nothing is expected."""
    if wallet.contradiction:
        return render_waits(
            what=wallet.contradiction,
            who=_("An operations lead asks Oceafin. Nobody should pay in meanwhile."),
        )
    if wallet.refusal:
        who = _("Press “Ask again” once it is enabled.") if services.was_denied(wallet) else ""
        return render_waits(what=_("Oceafin did not make it: %(why)s") % {"why": wallet.refusal}, who=who)
    if wallet.wallet_id is None:
        letter = letters_of(wallet).last()
        if letter is None:
            what = wallet.customer.refusal_reason() or _("It is about to be asked for.")
        else:
            what = letter.waits_for or _("It is on its way to Oceafin.")
        return render_waits(what=what, since=wallet.created_at, by_itself=_("It goes on by itself."))
    if wallet.status == "PENDING":
        return render_waits(
            what=_("Oceafin opens the wallet."),
            since=wallet.status_since,
            by_itself=_("It can be paid in to once it is active."),
        )
    return ""


def collection_waits(collection: Collection) -> str:
    if collection.is_doubtful:
        who = _("An operations lead asks Oceafin and decides here. Nothing of it is sent back meanwhile.")
        return render_waits(what=collection.doubt, since=collection.doubted_at, who=who)
    if collection.is_final:
        return ""
    return render_waits(
        what=_("Oceafin has not credited it yet."),
        since=collection.status_since,
        by_itself=_("Its status is read by itself."),
    )


def letters_of(wallet: CollectionWallet) -> QuerySet[Submission]:
    """Every letter that was written for it, oldest first."""
    label = CollectionWallet._meta.label
    return Submission.objects.filter(subject_type=label, subject_id=str(wallet.pk)).order_by("id")


def wallet_context(wallet: CollectionWallet, user: User) -> dict[str, Any]:
    """Where to pay in is made to be handed out; who may not see personal data sees its end."""
    try:
        address = wallet.address
    except vault.KeyDestroyed:
        address = ""
    sees = user.has_right(Right.SEE_PERSONAL_DATA)
    usable = bool(address) and sees and wallet.is_usable
    return {
        "sees_address": sees,
        "address": address if sees else "",
        "masked_address": vault.mask(address) if address else "",
        "groups": qr.groups(address) if sees else [],
        "qr": qr.picture(address) if usable else "",
        "came_in": list(wallet.collections.order_by("-id")[:NEWEST]),
        "only_read": wallet.found_by == FoundBy.READ,
        "letters": letters_of(wallet) if user.has_right(Right.SEE_BORDERS) else [],
    }


def collection_context(collection: Collection, user: User, *, sees_persons: bool) -> dict[str, Any]:
    try:
        sender = collection.sender_address
    except vault.KeyDestroyed:
        sender = ""
    may_refund = user.has_right(Right.REQUEST_PAYMENTS) and collection.status == "COMPLETED"
    may_refund = may_refund and not collection.is_doubtful
    refund_url = refundable.request_url(
        refundable.COLLECTION,
        collection.collection_id,
        customer_ref=collection.customer.partner_customer_ref,
    )
    return {
        "sender": sender if sees_persons else "",
        "masked_sender": vault.mask(sender) if sender else "",
        "only_read": collection.found_by == FoundBy.READ,
        "moved": moved.rows_about("collection", collection.collection_id),
        "refund_url": refund_url if may_refund else "",
    }
