from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.reveals.desk import RevealForm
from payments.accounts.statements.forms import DaysForm
from payments.reconciliation.exporting import LONGEST
from payments.reconciliation.models import BreakKind

ALL = ("", gettext_lazy("All"))
MINE, NOBODY = "mine", "nobody"


class FilterForm(forms.Form):
    """Which breaks; nothing chosen shows all that stand."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), required=False, choices=[ALL, *BreakKind.choices])
    customer = forms.CharField(label=gettext_lazy("Customer"), required=False, max_length=64)
    owner = forms.ChoiceField(
        label=gettext_lazy("Owner"),
        required=False,
        choices=[ALL, (MINE, gettext_lazy("Mine")), (NOBODY, gettext_lazy("Nobody"))],
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why both sides differ"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("What happened, and how you know. Name no account numbers."),
    )


class BookingsForm(RevealForm, DaysForm):
    """Which days, and what the file is for."""

    field_order = ("first", "last", "purpose", "words")

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        span = given.get("span")
        if span and (span.last - span.first).days >= LONGEST:
            self.add_error("last", _("Choose at most %(days)d days.") % {"days": LONGEST})
        return given
