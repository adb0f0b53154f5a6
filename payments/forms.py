from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from backoffice.references import LENGTH, PATTERN
from customers.models import Customer
from payments.accounts.models import Balance
from payments.models import BankAccount, FixedSide, HolderType, SourceType, WalletAddress
from payments.money import CURRENCIES, TOKENS
from payments.requesting import LONGEST

MOST_TO_CHOOSE = 200
REFERENCE_HELP = _("Letters, digits, dots, underscores, colons and hyphens. It stays for ever.")
# The first answer of a question that nobody answers for a person.
CHOOSE = ("", _("Choose"))
REFERENCE_ERRORS = {"invalid": _("Use letters, digits, dots, underscores, colons and hyphens only.")}


def reference_field(label: Any) -> forms.RegexField:
    return forms.RegexField(
        rf"^{PATTERN}\Z",
        label=label,
        max_length=LENGTH,
        help_text=REFERENCE_HELP,
        error_messages=REFERENCE_ERRORS,
    )


def leaves_on_field() -> forms.DateField:
    return forms.DateField(
        label=_("Leaves on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Left empty: as soon as it is approved, in the sending hours of its currency."),
    )


def _currencies() -> list[tuple[str, str]]:
    return [(code, code) for code in CURRENCIES]


class ChooseCustomerForm(forms.Form):
    customer = forms.CharField(label=_("Customer"), max_length=LENGTH, help_text=_("Your reference of it."))


class PayoutForm(forms.Form):
    """What a maker asks for. The currency is the bank account's own."""

    payment_ref = reference_field(_("Your reference"))
    bank_account_ref = forms.ChoiceField(label=_("To the bank account"))
    amount = forms.CharField(
        label=_("Amount"),
        max_length=40,
        help_text=_("In the currency of the bank account, with a point: 1250.00"),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    purpose = forms.CharField(label=_("Purpose"), max_length=LONGEST["purpose"])
    payment_reference = forms.CharField(
        label=_("Payment reference"),
        max_length=LONGEST["paymentReference"],
        required=False,
        help_text=_("What the beneficiary reads on their statement."),
    )
    scheduled_on = leaves_on_field()

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        accounts = [
            each for each in customer.bank_accounts.order_by("-id")[:MOST_TO_CHOOSE] if not each.is_refused
        ]
        self.accounts = {each.bank_account_ref: each for each in accounts}
        self.fields["bank_account_ref"].choices = [  # type: ignore[attr-defined]
            (each.bank_account_ref, f"{each.bank_account_ref} · {each.masked_number} · {each.currency}")
            for each in accounts
        ]

    @property
    def account(self) -> BankAccount:
        return self.accounts[self.cleaned_data["bank_account_ref"]]


class RefundForm(forms.Form):
    """What a maker asks to be sent back of the source that was chosen before. The currency is the source's."""

    payment_ref = reference_field(_("Your reference"))
    source_type = forms.ChoiceField(choices=SourceType.choices, widget=forms.HiddenInput)
    source_id = forms.CharField(max_length=LONGEST["sourceId"], widget=forms.HiddenInput)
    amount = forms.CharField(
        label=_("Amount"),
        max_length=40,
        help_text=_("In what it came in, with a point: 12.50"),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=LONGEST["reason"], help_text=_("Oceafin is told. In one line.")
    )
    scheduled_on = leaves_on_field()


class ConversionForm(forms.Form):
    """What a maker asks to be converted: one amount, of the one side or the other."""

    payment_ref = reference_field(_("Your reference"))
    sell_currency = forms.ChoiceField(label=_("Sell"))
    buy_currency = forms.ChoiceField(label=_("Buy"))
    fixed_side = forms.ChoiceField(
        label=_("The amount is"), choices=FixedSide.choices, widget=forms.RadioSelect, initial=FixedSide.SELL
    )
    amount = forms.CharField(
        label=_("Amount"),
        max_length=40,
        help_text=_(
            "Exactly so much is sold, or bought, with a point: 1250.00. Oceafin says what it comes to."
        ),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    scheduled_on = leaves_on_field()

    def __init__(self, *args: Any, held: Sequence[str], **kwargs: Any) -> None:
        """`held` is what the customer has: it comes first."""
        super().__init__(*args, **kwargs)
        choices = _held_first(_currencies_and_tokens(), held)
        for name in ("sell_currency", "buy_currency"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]


def _held_first(known: list[tuple[str, str]], held: Collection[str]) -> list[Any]:
    """What the customer has comes before the long list of all others."""
    mine = [each for each in known if each[0] in held]
    others = [each for each in known if each not in mine]
    groups: list[Any] = [(_("What the customer has"), mine), (_("Others"), others)] if mine else others
    return [CHOOSE, *groups]


def takes_the_place_of_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("Takes the place of"),
        required=False,
        help_text=_("If somebody told you of a change. Approvers are warned of it for a week."),
    )


def beneficiaries_to_replace(payees: Iterable[BankAccount | WalletAddress]) -> list[tuple[str, Any]]:
    return [("", _("None: it is an additional one")), *((each.ref, str(each)) for each in payees)]


class BankAccountForm(forms.Form):
    """Either an IBAN or an account number."""

    bank_account_ref = reference_field(_("Your reference"))
    accountHolderName = forms.CharField(label=_("Holder"), max_length=140)
    iban = forms.CharField(label=_("IBAN"), max_length=60, required=False)
    accountNumber = forms.CharField(
        label=_("Account number"), max_length=60, required=False, help_text=_("Where there is no IBAN.")
    )
    bankName = forms.CharField(label=_("Bank"), max_length=140, required=False)
    swiftCode = forms.CharField(label=_("SWIFT code"), max_length=20, required=False)
    routingNumber = forms.CharField(label=_("Routing number"), max_length=34, required=False)
    country = forms.RegexField(
        r"^[A-Z]{2}\Z", label=_("Country"), max_length=2, help_text=_("Two capital letters, such as DE.")
    )
    currency = forms.ChoiceField(label=_("Currency"))
    holder_type = forms.ChoiceField(label=_("Whose account"), choices=[CHOOSE, *HolderType.choices])
    replaces = takes_the_place_of_field()

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        accounts = customer.bank_accounts.order_by("-id")[:MOST_TO_CHOOSE]
        self.fields["replaces"].choices = beneficiaries_to_replace(accounts)  # type: ignore[attr-defined]
        held = Balance.objects.filter(customer=customer).values_list("currency", flat=True)
        self.fields["currency"].choices = _held_first(_currencies(), set(held))  # type: ignore[attr-defined]


def _currencies_and_tokens() -> list[tuple[str, str]]:
    return [*_currencies(), *((code, code) for code in TOKENS)]


class RateForm(forms.Form):
    currency = forms.ChoiceField(
        label=_("Currency or token"), choices=lambda: [CHOOSE, *_currencies_and_tokens()]
    )
    rate = forms.DecimalField(label=_("Rate"), max_digits=23, decimal_places=12, min_value=0, localize=False)
    source = forms.CharField(label=_("Source"), max_length=120, help_text=_("Who says so, such as ECB."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rate"].help_text = _("What one unit is worth in %(base)s.") % {
            "base": settings.BASE_CURRENCY
        }


class StopForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
