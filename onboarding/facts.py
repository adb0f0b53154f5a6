"""What the document that is open says, read off by who decides about it: the panel, its form, its button."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from backoffice import vault
from backoffice.audit import Actor
from backoffice.staff.errors import Refusal
from backoffice.staff.pages import person
from backoffice.staff.roles import Right
from customers.facts import services as facts
from customers.facts.models import DocumentFacts, facts_of
from onboarding import guards, panels
from onboarding.case_pages import address, refused, revealed_document
from onboarding.countries import COUNTRIES
from onboarding.models import CaseDocument
from onboarding.states import CaseState


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
    issued_on = forms.DateField(
        label=_("Issued on"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    expires_on = forms.DateField(
        label=_("Expires on"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )


def panel(seen: panels.Bench) -> dict[str, Any]:
    """For who has taken the case, beside the document that is open."""
    if not seen.revealed or seen.current is None:
        return {"facts_form": None}
    known = facts_of(seen.current.document)
    try:
        number = known.number if known else ""
    except vault.KeyDestroyed:
        return {"facts_form": None}
    standing = {"number": number} | {
        name: getattr(known, name, None) for name in ("issuing_country", "issued_on", "expires_on")
    }
    return {
        "facts": known,
        "facts_expired": known is not None and known.has_expired(seen.now.date()),
        "facts_form": FactsForm(initial=standing),
        "facts_open": seen.case.state == CaseState.IN_REVIEW,
    }


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


@require_POST
def keep_facts(request: HttpRequest, case_ref: str, pk: int) -> HttpResponse:
    """Keep what was read off one document."""
    user = person(request, Right.REVIEW_CASES)
    row = revealed_document(case_ref, pk, user)
    form = FactsForm(request.POST)
    actor, now = Actor.staff(user), timezone.now()
    try:
        if not form.is_valid():
            raise facts.ImpossibleFacts(" ".join(str(each) for each in form.errors.values()))
        keep(row, **form.cleaned_data, actor=actor, now=now)
    except Refusal as refusal:
        return refused(request, case_ref, user, str(refusal), "facts", {"facts_form": form}, document=pk)
    messages.success(request, _("Kept."))
    return redirect(address(case_ref, request.POST, document=str(pk)))


def register() -> None:
    panels.register("data", "onboarding/panels/facts.html", panel, order=5)
