"""What is asked on the pages of transactions and statements."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.reveals.desk import RevealForm
from payments.accounts.statements.listing import TYPES
from payments.accounts.statements.spans import EARLIEST, LATEST, Span

DIRECTIONS = (("CREDIT", gettext_lazy("Came in")), ("DEBIT", gettext_lazy("Went out")))
ALL = ("", gettext_lazy("All"))


class DaysForm(forms.Form):
    """From which day to which, both included, by the business clock."""

    first = forms.DateField(label=gettext_lazy("From"), widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=gettext_lazy("To"), widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        first, last = given.get("first"), given.get("last")
        if first and last:
            if first > last:
                self.add_error("last", _("The first day must not be after the last one."))
            elif first < EARLIEST or last > LATEST:
                self.add_error("first", _("Choose days of this age."))
            else:
                given["span"] = Span(first, last)
        return given


class FilterForm(DaysForm):
    """Which transactions; nothing chosen shows all."""

    direction = forms.ChoiceField(label=gettext_lazy("Direction"), required=False, choices=[ALL, *DIRECTIONS])
    transaction_type = forms.ChoiceField(label=gettext_lazy("Type"), required=False)
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), required=False)

    field_order = ("direction", "transaction_type", "currency", "first", "last")

    def __init__(self, *args: Any, currencies: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("transaction_type", TYPES), ("currency", currencies)):
            self.fields[name].choices = [ALL, *((each, each) for each in choices)]  # type: ignore[attr-defined]
        for name in ("first", "last"):
            self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if bool(given.get("first")) != bool(given.get("last")) and not self.errors:
            self.add_error("last" if given.get("first") else "first", _("Name both days, or none."))
        return given


class ExportForm(RevealForm):
    """A statement to take along: as what, and what for."""

    form = forms.ChoiceField(
        label=gettext_lazy("File"), choices=[("pdf", gettext_lazy("PDF")), ("csv", gettext_lazy("CSV"))]
    )
    field_order = ("form", "purpose", "words")


class ExplainForm(forms.Form):
    """What a person knows of a transaction."""

    words = forms.CharField(
        label=gettext_lazy("What it is"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("What happened, and how you know. Name no account numbers."),
    )
