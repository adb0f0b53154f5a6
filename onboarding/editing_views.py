"""The pages on which a reviewer corrects a case's data and adds a document to it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from backoffice.audit import Actor, MovedMeanwhile
from backoffice.staff.errors import Refusal
from backoffice.staff.pages import person
from backoffice.staff.roles import Right
from backoffice.staff.site import site
from backoffice.states import IllegalMove
from customers.forms import UploadForm
from onboarding import editing, errors, services, workbench
from onboarding.case_pages import case_named
from onboarding.drafts import services as drafts
from onboarding.models import Case


@require_http_methods(["GET", "POST"])
def edit_data(request: HttpRequest, case_ref: str) -> HttpResponse:
    """The data of a case as a form, for who has taken the case. Nobody saves over what somebody else changed."""
    user = person(request, Right.REVIEW_CASES)
    case = case_named(case_ref)
    may_see = workbench.is_revealed(case, user, timezone.now())
    if request.method == "GET":
        if not may_see:
            messages.error(
                request, _("Take this case first, so that nobody else decides it at the same time.")
            )
            return redirect("onboarding:case", case_ref)
        values = editing.values_of(case.details, submission_type=case.submission_type)
        return _form(request, case, values, revision=case.revision)
    typed = {name: value for name, value in request.POST.items() if isinstance(value, str)}
    seen = _number(typed.get("revision", ""))
    try:
        details = editing.details_of(typed, case.details, submission_type=case.submission_type)
        services.edit_case(
            case=case, details=details, seen_revision=seen, actor=Actor.staff(user), now=timezone.now()
        )
    except errors.BadDetails as bad:
        sentence = _("Nothing was saved. Look at the fields that are marked.")
        return _form(request, case, typed, revision=seen, refusal=sentence, wrong=bad.errors)
    except errors.ChangedMeanwhile as changed:
        return _changed(request, case_named(case_ref), typed, seen, changed)
    except (Refusal, IllegalMove, MovedMeanwhile) as refusal:
        return _form(request, case, typed, revision=seen, refusal=str(refusal))
    drafts.forget(case=case, user=user, form="edit")
    messages.success(request, _("The data is saved."))
    return redirect("onboarding:case", case_ref)


@require_http_methods(["GET", "POST"])
def add_document(request: HttpRequest, case_ref: str) -> HttpResponse:
    """A document that reached us another way: brought into the storage, and into the case to be looked at."""
    user = person(request, Right.REVIEW_CASES)
    case = case_named(case_ref)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = services.bring_document(
                case=case,
                document_type=form.cleaned_data["document_type"],
                file=form.cleaned_data["file"],
                file_name=form.cleaned_data["file"].name,
                actor=Actor.staff(user),
                now=timezone.now(),
            )
        except (Refusal, IllegalMove, MovedMeanwhile) as refusal:
            form.add_error("file", str(refusal))
        else:
            messages.success(request, _("The document is in the case, to be looked at."))
            return redirect(f"{reverse('onboarding:case', args=[case_ref])}?document={row.pk}")
    context = {
        **site.each_context(request),
        "title": _("Add a document to %(case)s") % {"case": case_ref},
        "form": form,
        "submit": _("Add document"),
        "intro": _("For what reached you by post or email. Say under History how it came."),
        "back_url": reverse("onboarding:case", args=[case_ref]),
    }
    return TemplateResponse(request, "staff/form.html", context, status=422 if form.errors else 200)


def _changed(
    request: HttpRequest, case: Case, typed: dict[str, str], seen: int, changed: errors.ChangedMeanwhile
) -> HttpResponse:
    """What I typed over what somebody else saved: what both of us changed is shown with both."""
    kind = case.submission_type
    began = case.revisions.filter(number=seen).first()
    before = {}
    if began is not None:
        began.case = case
        before = editing.values_of(began.details, submission_type=kind)
    stands = editing.values_of(case.details, submission_type=kind)
    mine = {name: value.replace("\r\n", "\n") for name, value in typed.items() if "." in name}
    values, both = editing.merged(mine, before, stands)
    return _form(
        request,
        case,
        values,
        revision=case.revision,
        refusal=str(changed),
        differences=changed.differences,
        both=both,
    )


def _form(
    request: HttpRequest,
    case: Case,
    values: dict[str, str],
    *,
    revision: int,
    refusal: str = "",
    wrong: list[tuple[str, str]] | None = None,
    differences: list[Any] | None = None,
    both: dict[str, str] | None = None,
) -> HttpResponse:
    fieldsets = editing.form_of(values, submission_type=case.submission_type, errors=wrong)
    for entry in (each for fieldset in fieldsets for each in fieldset.inputs):
        if both and entry.name in both:
            entry.theirs = both[entry.name] or _("(empty)")
    context = {
        **site.each_context(request),
        "title": _("Data of %(case)s") % {"case": case.case_ref},
        "case": case,
        "fieldsets": fieldsets,
        "countries": editing.countries(),
        "revision": revision,
        "refusal": refusal,
        "differences": differences or [],
    }
    return TemplateResponse(request, "onboarding/edit.html", context, status=409 if refusal else 200)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0
