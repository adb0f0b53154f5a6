"""What the document that is open says, read off by who decides about it: what the page shows, and keeping it."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice import vault
from backoffice.audit import Actor
from customers.facts import services as facts
from customers.facts.models import DocumentFacts, facts_of
from onboarding import guards, panels
from onboarding.countries import COUNTRIES
from onboarding.models import CaseDocument
from onboarding.plausibility import must_say_expiry
from onboarding.states import CaseState


def _day(label: Any) -> forms.DateField:
    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget)


class ExpiryForm(forms.Form):
    """Until when a document is good, or that it bears no such day."""

    expires_on = _day(_("Expires on"))
    never_expires = forms.BooleanField(label=_("It has no expiry date"), required=False)


class FactsForm(forms.Form):
    """What does not stand on the document is left empty."""

    number = forms.CharField(
        label=_("Number"),
        required=False,
        max_length=facts.LONGEST_NUMBER,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    issuing_country = forms.ChoiceField(
        label=_("Issued by"),
        required=False,
        choices=[("", "–"), *sorted(COUNTRIES.items(), key=lambda each: each[1])],
    )
    issued_on = _day(_("Issued on"))
    expires_on = _day(_("Expires on"))
    never_expires = forms.BooleanField(label=_("It has no expiry date"), required=False)


def beside_the_viewer(seen: panels.Bench) -> dict[str, Any]:
    """For who has taken the case, below the document that is open. Asks nothing: the facts came with it."""
    if not seen.revealed or seen.current is None:
        return {"facts_form": None}
    document = seen.current.document
    known = facts_of(document)
    try:
        number = known.number if known else ""
    except vault.KeyDestroyed:
        return {"facts_form": None}
    names = ("issuing_country", "issued_on", "expires_on", "never_expires")
    standing = {"number": number} | {name: getattr(known, name, None) for name in names}
    return {
        "facts": known,
        "facts_country": COUNTRIES.get(known.issuing_country, "") if known else "",
        "facts_expired": known is not None and known.has_expired(seen.now.date()),
        "facts_form": FactsForm(initial=standing),
        "facts_open": seen.case.state == CaseState.IN_REVIEW,
        "asks_expiry": must_say_expiry(document),
    }


def expiry_in(typed: Any) -> dict[str, date | bool | None]:
    """What was said with an acceptance, as decide_document takes it. Raises ImpossibleFacts for what is no date."""
    form = ExpiryForm(typed)
    if not form.is_valid():
        raise facts.ImpossibleFacts(" ".join(str(each) for errors in form.errors.values() for each in errors))
    return form.cleaned_data


@transaction.atomic
def keep(row: CaseDocument, *, actor: Actor, now: datetime, **read: Any) -> DocumentFacts:
    """Keep what was read off a document of a case, by who has taken it; `read` as customers.facts takes it.

    Only while the case is in review: what was accepted was accepted over what the document said then.

    Raises ImpossibleFacts, CannotBeDone, NotClaimed, ClaimedByAnother, NotAllowed.
    """
    case, _customer = guards.locked(row.case)
    guards.decider(case, actor, now)
    guards.expect(case, (CaseState.IN_REVIEW,), gettext("Take it back to review first."))
    return facts.read_document(row.document, **read, actor=actor, now=now)
