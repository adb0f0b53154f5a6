"""What every page of one case begins and ends with: the case by its reference, the workbench, the way back."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from backoffice.staff.models import User
from backoffice.staff.site import site
from customers.likeness import services as likeness
from onboarding import workbench
from onboarding.models import Case, CaseDocument
from onboarding.requested.models import count_collected

PRIVATE = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}


def case_named(case_ref: str) -> Case:
    """The case with what its page counts. Raises Http404."""
    cases = Case.objects.select_related("customer", "claimed_by", "attested_by")
    cases = cases.annotate(likely_duplicates=likeness.count_of_open("customer"))
    return get_object_or_404(cases.annotate(collected=count_collected()), case_ref=case_ref)


def document_in(case_ref: str, pk: int) -> CaseDocument:
    """One document of a case. Raises Http404."""
    rows = CaseDocument.objects.select_related("case__customer", "document__customer")
    return get_object_or_404(rows, pk=pk, case__case_ref=case_ref)


def revealed_document(case_ref: str, pk: int, user: User) -> CaseDocument:
    """The same, for who has taken the case. Raises Http404 for everybody else."""
    row = document_in(case_ref, pk)
    if not workbench.is_revealed(row.case, user, timezone.now()):
        raise Http404
    return row


def seen_revision(request: HttpRequest) -> int:
    """The revision of the page that the button was on; one that no case has where the form tells none."""
    told = request.POST.get("revision", "")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 9 else -1


def show(
    request: HttpRequest, case: Case, user: User, *, status: int = 200, document: str = "", **more: Any
) -> HttpResponse:
    """The workbench of a case, as this person has it before them."""
    asked = request.GET.dict() | ({"document": document} if document else {})
    if request.POST.get("tab"):
        asked["tab"] = request.POST["tab"]
    seen = workbench.bench(case, user, now=timezone.now(), asked=asked)
    context = {**site.each_context(request), "title": case.case_ref, **workbench.context(seen), **more}
    return TemplateResponse(request, "onboarding/case.html", context, status=status)


def refused(
    request: HttpRequest,
    case_ref: str,
    user: User,
    sentence: str,
    act: str,
    typed: dict[str, Any],
    document: int | None = None,
    **more: Any,
) -> HttpResponse:
    """The workbench again, with why not and with what was typed."""
    messages.error(request, sentence)
    shown = str(document or request.POST.get("document", ""))
    return show(
        request, case_named(case_ref), user, status=409, document=shown, refused_act=act, typed=typed, **more
    )


def address(case_ref: str, typed: Mapping[str, Any], document: str = "") -> str:
    """The page of a case with the document and the tab open that were open when the button was pressed."""
    document = document or typed.get("document", "")
    open_parts = {"document": document if document.isdecimal() else "", "tab": typed.get("tab", "")}
    query = urlencode({name: value for name, value in open_parts.items() if value})
    return reverse("onboarding:case", args=[case_ref]) + (f"?{query}" if query else "")
