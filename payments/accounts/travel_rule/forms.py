from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from payments.accounts.travel_rule.answers import LONGEST_LINE, LONGEST_NAME, LONGEST_PROOF
from payments.accounts.travel_rule.models import OriginatorType, ProofKind

PROVIDER, WALLET = "provider", "wallet"
COUNTRY = _("Two capital letters, such as DE.")


def _line(label: Any, longest: int = LONGEST_LINE, *, required: bool = False, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=longest, required=required, **more)


class OriginatorForm(forms.Form):
    """Who sent the coins."""

    originatorType = forms.ChoiceField(label=_("Who sent it"), choices=OriginatorType.choices)
    originatorName = _line(_("Full name"), LONGEST_NAME, required=True)
    line1 = _line(_("Street and number"), required=True)
    line2 = _line(_("More of the address"))
    postcode = _line(_("Postcode"))
    city = _line(_("City"), required=True)
    state = _line(_("State or region"))
    country = _line(_("Country"), 2, required=True, help_text=COUNTRY)
    source = forms.ChoiceField(
        label=_("Where it was sent from"),
        choices=[
            (PROVIDER, _("A provider: an exchange or a company that keeps wallets")),
            (WALLET, _("The sender's own wallet")),
        ],
        widget=forms.RadioSelect,
    )


class ProviderForm(forms.Form):
    vasp_name = _line(_("Name of the provider"), LONGEST_NAME, required=True)
    vasp_country = _line(_("Country of the provider"), 2, required=True, help_text=COUNTRY)
    vasp_lei = _line(_("LEI of the provider"), 40, help_text=_("Twenty letters and digits, if it has one."))


class WalletForm(forms.Form):
    proof_kind = forms.ChoiceField(
        label=_("How the sender proved it"), choices=[("", _("Choose")), *ProofKind.choices]
    )
    proof = forms.CharField(
        label=_("What the proof says"),
        max_length=LONGEST_PROOF,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "The signed message and its signature, the amount and the hash of the small payment, or the like."
        ),
    )
    document = forms.FileField(
        label=_("Document"), required=False, help_text=_("PDF, JPEG, PNG or HEIC. It goes to Oceafin, too.")
    )


def given_by(who: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """The answer in the contract's names. `part` is of the provider or of the wallet, whichever was chosen."""
    address = {name: who[name] for name in ("line1", "line2", "city", "state", "postcode", "country")}
    given = {
        "originatorType": who["originatorType"],
        "originatorName": who["originatorName"],
        "originatorAddress": address,
    }
    if who["source"] == WALLET:
        return {**given, "selfHosted": True, "walletOwnershipProof": part["proof"]}
    vasp = {"name": part["vasp_name"], "country": part["vasp_country"], "lei": part["vasp_lei"]}
    return {**given, "originatingVasp": vasp}
