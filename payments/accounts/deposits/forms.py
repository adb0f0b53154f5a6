from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.references import LENGTH, PATTERN
from payments.accounts.deposits import coins
from payments.accounts.deposits.addresses import LONGEST_LABEL


class MatchForm(forms.Form):
    """Whose deposit it is, and why."""

    customer = forms.CharField(label=_("Customer"), max_length=LENGTH, help_text=_("Your reference of it."))
    reason = forms.CharField(label=_("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


def _coins() -> list[tuple[str, str]]:
    return [("", str(_("Choose"))), *coins.pairs()]


class AddressForm(forms.Form):
    """What may be paid in, and over which network."""

    coin = forms.ChoiceField(label=_("Coins and network"), choices=_coins)
    address_ref = forms.RegexField(
        rf"^{PATTERN}\Z",
        label=_("Your reference"),
        max_length=LENGTH,
        help_text=_("Letters, digits, dots, underscores, colons and hyphens. It stays for ever."),
        error_messages={"invalid": _("Use letters, digits, dots, underscores, colons and hyphens only.")},
    )
    label = forms.CharField(
        label=_("Label"), max_length=LONGEST_LABEL, required=False, help_text=_("For yourself. No names.")
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        given["asset"], _colon, given["network"] = given.get("coin", "").partition(":")
        return given
