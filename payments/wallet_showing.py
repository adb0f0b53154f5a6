"""What the pages of wallets and crypto payouts are made of."""

from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments import crypto_withdrawal, terms
from payments.accounts.deposits import coins
from payments.models import Kind, PaymentRequest, WalletAddress
from payments.wallets import NOT_SENT

LABELS: dict[str, Promise] = {
    "address": gettext_lazy("Address"),
    "memo": gettext_lazy("Memo or destination tag"),
    "label": gettext_lazy("Label"),
    "holderName": gettext_lazy("Who receives"),
    "vaspName": gettext_lazy("Provider"),
    "vaspCountry": gettext_lazy("Country of the provider"),
    "vaspLei": gettext_lazy("LEI of the provider"),
    "walletOwnershipProof": gettext_lazy("Proof of who owns it"),
}


def label_of(name: str) -> str:
    """What a page calls a detail of a wallet, and whether it stays here."""
    label = str(LABELS[name])
    return _("%(label)s (not sent to Oceafin)") % {"label": label} if name in NOT_SENT else label


def row_of(wallet: WalletAddress, tail: str = "") -> dict[str, Any]:
    """One wallet of those that can be chosen; `tail` is what else the address says."""
    ref = wallet.customer.partner_customer_ref
    url = reverse("payments:request")
    query = f"kind={Kind.CRYPTO_WITHDRAWAL}&customer={ref}&wallet={wallet.wallet_address_ref}"
    return {
        "wallet": wallet,
        "network": coins.name_of(wallet.network),
        "missing": missing_in_words(wallet),
        "url": f"{url}?{query}{tail}",
    }


def wallet_context(wallet: WalletAddress) -> dict[str, Any]:
    """A wallet and what is known of it, without opening anything."""
    return {
        "wallet": wallet,
        "network_name": coins.name_of(wallet.network),
        "lacking": missing_in_words(wallet),
        "told": [{"label": str(LABELS[name]), "is_sent": name not in NOT_SENT} for name in wallet.told],
    }


def missing_in_words(wallet: WalletAddress) -> str:
    """What must be known of it before anything is paid to it, and is not; empty if nothing."""
    return ", ".join(str(crypto_withdrawal.MISSING[name]) for name in crypto_withdrawal.lacks(wallet))


def preview_context(payment: PaymentRequest) -> dict[str, Any]:
    """What is asked for, to be looked over."""
    return {
        "amount": terms.digits(payment.amount, payment.currency, payment.network),
        "warning": coins.warning(payment.currency, payment.network),
    }
