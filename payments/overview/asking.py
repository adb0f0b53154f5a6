"""Which days, kind and currency the overview is of: all of it in the address."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments import money
from payments.accounts.statements.forms import DaysForm
from payments.accounts.statements.spans import Span
from payments.models import Kind

QUICK = (7, 30, 90)
# More days than these are asked of the books, not of a page.
LONGEST = 366
ALL = ("", gettext_lazy("All"))


@dataclass(frozen=True)
class Asked:
    """Whole days of the business clock; "" for every kind, every currency."""

    span: Span
    kind: str = ""
    currency: str = ""

    @property
    def query(self) -> str:
        """As it stands in an address."""
        given = {"first": self.span.first, "last": self.span.last}
        return urlencode(given | {"kind": self.kind, "currency": self.currency})

    @property
    def days(self) -> int:
        return (self.span.last - self.span.first).days + 1


class AskForm(DaysForm):
    """From a day to a day, or the last so many; nothing said means the last 7 days."""

    days = forms.TypedChoiceField(
        choices=[(days, days) for days in QUICK], coerce=int, empty_value=None, required=False
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), required=False, choices=[ALL, *Kind.choices])
    currency = forms.CharField(
        label=gettext_lazy("Currency"), required=False, max_length=16, widget=forms.Select
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._today = now.astimezone(settings.BUSINESS_TIME_ZONE).date()
        for name in ("first", "last"):
            self.fields[name].required = False

    def clean_currency(self) -> str:
        currency: str = self.cleaned_data["currency"]
        if currency and currency not in money.EXPONENTS and currency not in money.TOKENS:
            raise forms.ValidationError(_("Choose a currency or token of the list."))
        return currency

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        days = given.get("days")
        if days or not (given.get("first") or given.get("last") or self.errors):
            given["span"] = last_days(days or QUICK[0], self._today)
        elif bool(given.get("first")) != bool(given.get("last")) and not self.errors:
            self.add_error("last" if given.get("first") else "first", _("Name both days."))
        span = given.get("span")
        if span and (span.last - span.first).days >= LONGEST:
            self.add_error("last", _("Choose at most %(days)d days.") % {"days": LONGEST})
        return given

    @property
    def asked(self) -> Asked:
        """What was asked for; the last 7 days of everything where that cannot be."""
        if not self.is_valid():
            return Asked(last_days(QUICK[0], self._today))
        given = self.cleaned_data
        return Asked(given["span"], given["kind"], given["currency"])


def last_days(days: int, today: Any) -> Span:
    return Span(today - timedelta(days=days - 1), today)
