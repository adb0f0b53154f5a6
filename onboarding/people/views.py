"""The buttons of the People tab. Each makes one service call."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from backoffice.audit import Actor
from backoffice.staff import pages as staff
from backoffice.staff.errors import Refusal
from backoffice.staff.roles import Right
from onboarding.case_pages import seen_revision
from onboarding.drafts import services as drafts
from onboarding.models import CaseDocument, Decision
from onboarding.people import services
from onboarding.people.models import Person


@require_POST
def decide_person(request: HttpRequest, case_ref: str, person_id: UUID) -> HttpResponse:
    """Accept or reject one person, or look at them again."""
    decision = request.POST.get("decision", "")
    if decision not in Decision.values:
        raise Http404
    reason = request.POST.get("reason", "")
    return _done(request, case_ref, person_id, services.decide_person, decision=decision, reason=reason)


@require_POST
def link_document(request: HttpRequest, case_ref: str, person_id: UUID) -> HttpResponse:
    """Say that a document is about this person."""
    row = _document(request, case_ref)
    return _done(request, case_ref, person_id, services.link_document, case_document=row)


@require_POST
def unlink_document(request: HttpRequest, case_ref: str, person_id: UUID) -> HttpResponse:
    """Take a document away from this person."""
    row = _document(request, case_ref)
    return _done(request, case_ref, person_id, services.unlink_document, case_document=row)


def _done(
    request: HttpRequest, case_ref: str, person_id: UUID, service: Callable[..., Any], **arguments: Any
) -> HttpResponse:
    user = staff.person(request, Right.REVIEW_CASES)
    people = Person.objects.select_related("case__customer")
    person = get_object_or_404(people, person_id=person_id, case__case_ref=case_ref)
    if service is services.decide_person:
        person.case.revision = seen_revision(request)
    try:
        service(person=person, actor=Actor.staff(user), now=timezone.now(), **arguments)
    except Refusal as refusal:
        # What was typed is kept as a draft, and comes back with the page.
        messages.error(request, str(refusal))
    else:
        for form in ("accept-person", "reject-person"):
            drafts.forget(case=person.case, user=user, form=f"{form}-{person.pk}")
    open_document = request.POST.get("document", "")
    parts = {"document": open_document if open_document.isdecimal() else "", "tab": "people"}
    query = urlencode({name: value for name, value in parts.items() if value})
    return redirect(f"{reverse('onboarding:case', args=[case_ref])}?{query}#person-{person_id}")


def _document(request: HttpRequest, case_ref: str) -> CaseDocument:
    number = request.POST.get("case_document", "")
    if not number.isdecimal() or len(number) > 18:
        raise Http404
    return get_object_or_404(CaseDocument, pk=int(number), case__case_ref=case_ref)
