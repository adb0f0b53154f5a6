"""The button that keeps what was read off a document."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice.audit import Actor
from backoffice.staff.errors import Refusal
from backoffice.staff.pages import person
from backoffice.staff.roles import Right
from customers.facts.services import ImpossibleFacts
from onboarding import facts
from onboarding.case_pages import address, refused, revealed_document


@require_POST
def keep_facts(request: HttpRequest, case_ref: str, pk: int) -> HttpResponse:
    """Keep what was read off one document. If it is refused, the page comes back with what was typed."""
    user = person(request, Right.REVIEW_CASES)
    row = revealed_document(case_ref, pk, user)
    form = facts.FactsForm(request.POST)
    actor, now = Actor.staff(user), timezone.now()
    try:
        if not form.is_valid():
            raise ImpossibleFacts(" ".join(str(each) for errors in form.errors.values() for each in errors))
        facts.keep(row, **form.cleaned_data, actor=actor, now=now)
    except Refusal as refusal:
        return refused(request, case_ref, user, str(refusal), "facts", {"facts_form": form}, document=pk)
    messages.success(request, _("Kept."))
    return redirect(address(case_ref, request.POST, document=str(pk)))
