from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.references import LENGTH, PATTERN
from payments.accounts.collections.services import LONGEST_LABEL


class ChooseCustomerForm(forms.Form):
    customer = forms.CharField(label=_("Customer"), max_length=LENGTH, help_text=_("Your reference of it."))


class WalletForm(forms.Form):
    """What a wallet takes in. Oceafin says whether it offers that."""

    collection_wallet_ref = forms.RegexField(
        rf"^{PATTERN}\Z",
        label=_("Your reference"),
        max_length=LENGTH,
        help_text=_("Letters, digits, dots, underscores, colons and hyphens. It stays for ever."),
        error_messages={"invalid": _("Use letters, digits, dots, underscores, colons and hyphens only.")},
    )
    asset = forms.RegexField(
        r"^[A-Za-z0-9]{1,16}\Z",
        label=_("Asset"),
        max_length=16,
        help_text=_("The token's symbol, such as USDC."),
        error_messages={"invalid": _("Give the asset by its symbol, such as USDC.")},
    )
    network = forms.RegexField(
        r"^[A-Za-z0-9_-]{1,40}\Z",
        label=_("Network"),
        max_length=40,
        help_text=_("Its name at Oceafin, such as ETHEREUM or POLYGON."),
        error_messages={"invalid": _("Give the network by its name at Oceafin, such as ETHEREUM.")},
    )
    label = forms.CharField(
        label=_("Label"),
        max_length=LONGEST_LABEL,
        required=False,
        help_text=_("What it is for, such as the name of a shop. Oceafin reads it."),
    )

    def clean_asset(self) -> str:
        return str(self.cleaned_data["asset"]).upper()

    def clean_network(self) -> str:
        return str(self.cleaned_data["network"]).upper()

    def asked(self) -> dict[str, Any]:
        """The words that the service takes."""
        return dict(self.cleaned_data)
