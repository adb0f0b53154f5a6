"""What a maker fills in for a wallet and for a crypto payout."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from payments.accounts.deposits import coins
from payments.forms import (
    CHOOSE,
    MOST_TO_CHOOSE,
    beneficiaries_to_replace,
    leaves_on_field,
    reference_field,
    takes_the_place_of_field,
)
from payments.models import Custody, HolderType, WalletAddress
from payments.requesting import LONGEST
from payments.wallets import LONGEST as LONGEST_OF_WALLETS


class WalletForm(forms.Form):
    """A wallet, with what the Travel Rule asks of who receives."""

    wallet_address_ref = reference_field(_("Your reference"))
    token = forms.ChoiceField(label=_("Takes"), choices=coins.pairs)
    address = forms.CharField(
        label=_("Address"),
        max_length=200,
        help_text=_("Copy it, never type it. Its checksum is compared."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    memo = forms.CharField(
        label=_("Memo or destination tag"),
        max_length=LONGEST_OF_WALLETS["memo"],
        required=False,
        help_text=_("Only if the one who receives gave one with the address. Copy it, too."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    holder_type = forms.ChoiceField(label=_("Whose wallet"), choices=[CHOOSE, *HolderType.choices])
    holderName = forms.CharField(label=_("Who receives"), max_length=LONGEST_OF_WALLETS["holderName"])
    custody = forms.ChoiceField(label=_("Who holds its key"), choices=[CHOOSE, *Custody.choices])
    vaspName = forms.CharField(
        label=_("Provider"),
        max_length=LONGEST_OF_WALLETS["vaspName"],
        required=False,
        help_text=_("The exchange or wallet provider, if one holds the key. Not sent to Oceafin."),
    )
    walletOwnershipProof = forms.CharField(
        label=_("Proof of who owns it"),
        max_length=LONGEST_OF_WALLETS["walletOwnershipProof"],
        required=False,
        help_text=_("Of a self-hosted wallet: a signed message, a test transfer. Not sent to Oceafin."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    label = forms.CharField(
        label=_("Label"),
        max_length=LONGEST_OF_WALLETS["label"],
        required=False,
        help_text=_("What you call this wallet. Oceafin sees it."),
    )
    replaces = takes_the_place_of_field()

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wallets = customer.wallet_addresses.order_by("-id")[:MOST_TO_CHOOSE]
        self.fields["replaces"].choices = beneficiaries_to_replace(wallets)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        asked = super().clean() or {}
        if asked.get("custody") == Custody.PROVIDER and not asked.get("vaspName"):
            self.add_error("vaspName", _("Name the provider: without it nothing is paid to this wallet."))
        if asked.get("custody") == Custody.SELF_HOSTED and not asked.get("walletOwnershipProof"):
            words = _("Write how it is known whose it is: without that nothing is paid to this wallet.")
            self.add_error("walletOwnershipProof", words)
        return asked


class CryptoPayoutForm(forms.Form):
    """How much a maker asks for. Asset and network are the wallet's own."""

    payment_ref = reference_field(_("Your reference"))
    amount = forms.CharField(
        label=_("Amount"),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    purpose = forms.CharField(label=_("Purpose"), max_length=LONGEST["purpose"])
    payment_reference = forms.CharField(
        label=_("Payment reference"), max_length=LONGEST["paymentReference"], required=False
    )
    scheduled_on = leaves_on_field()

    def __init__(self, *args: Any, wallet: WalletAddress, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].help_text = _("In %(asset)s, with a point: 12.50") % {"asset": wallet.asset}
