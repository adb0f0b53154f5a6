"""What is done with the cases that were chosen in a queue: hand over, remind, export."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from backoffice.audit import Actor
from backoffice.reveals.models import STATED
from backoffice.staff import stepup
from backoffice.staff.errors import Refusal
from backoffice.staff.roles import Right
from backoffice.staff.site import site
from onboarding import bulk
from onboarding.queue_views import HandOverForm, seen_by


class ExportForm(forms.Form):
    """What the file is needed for."""

    purpose = forms.ChoiceField(
        label=gettext_lazy("What for"), choices=[("", gettext_lazy("Choose")), *STATED]
    )
    words = forms.CharField(
        label=gettext_lazy("In your own words"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@require_POST
def chosen(request: HttpRequest) -> HttpResponse:
    """The buttons below a queue: ask what is still to be known, or remind at once."""
    user, _rights = seen_by(request, Right.REVIEW_CASES)
    refs, act = request.POST.getlist("case"), request.POST.get("act", "")
    if act not in {"reassign", "remind", "export"}:
        raise Http404
    if not refs:
        messages.error(request, _("Choose at least one case first."))
        return redirect(_back(request))
    if act == "remind":
        try:
            outcomes = bulk.remind_many(case_refs=refs, actor=Actor.staff(user), now=timezone.now())
        except Refusal as refusal:
            messages.error(request, str(refusal))
            return redirect(_back(request))
        return _told(request, _("Remind the customers"), outcomes)
    form: forms.Form = HandOverForm(right=Right.REVIEW_CASES) if act == "reassign" else ExportForm()
    return _ask(request, act, form)


@require_POST
def reassign(request: HttpRequest) -> HttpResponse:
    """Hand the chosen cases over to one colleague."""
    user, _rights = seen_by(request, Right.REVIEW_CASES)
    form = HandOverForm(request.POST, right=Right.REVIEW_CASES)
    if not form.is_valid():
        return _ask(request, "reassign", form)
    try:
        outcomes = bulk.hand_over_many(
            case_refs=request.POST.getlist("case"),
            actor=Actor.staff(user),
            now=timezone.now(),
            **form.cleaned_data,
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return _ask(request, "reassign", form)
    return _told(request, _("Hand over"), outcomes)


@require_POST
@stepup.required
def export(request: HttpRequest) -> HttpResponse:
    """The chosen cases as a file, with a fresh second factor."""
    user, _rights = seen_by(request, Right.REVIEW_CASES)
    form = ExportForm(request.POST)
    if not form.is_valid():
        return _ask(request, "export", form)
    try:
        text = bulk.export_cases(
            case_refs=request.POST.getlist("case"),
            actor=Actor.staff(user),
            now=timezone.now(),
            **form.cleaned_data,
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return _ask(request, "export", form)
    headers = {
        "Content-Disposition": 'attachment; filename="onboarding-cases.csv"',
        "Cache-Control": "no-store",
    }
    # The mark at the beginning tells a spreadsheet that names are UTF-8.
    return HttpResponse("﻿" + text, content_type="text/csv; charset=utf-8", headers=headers)


TITLES = {
    "reassign": (
        gettext_lazy("Hand over the chosen cases"),
        gettext_lazy("Hand over"),
        "onboarding:bulk_reassign",
    ),
    "export": (
        gettext_lazy("Export the chosen cases"),
        gettext_lazy("Make the file"),
        "onboarding:bulk_export",
    ),
}


def _ask(request: HttpRequest, act: str, form: forms.Form) -> HttpResponse:
    title, submit, address = TITLES[act]
    refs = request.POST.getlist("case")
    return _page(
        request,
        title=title,
        submit=submit,
        form=form,
        action=reverse(address),
        refs=refs,
        is_export=act == "export",
    )


def _told(request: HttpRequest, title: str, outcomes: list[bulk.Outcome]) -> HttpResponse:
    done = sum(outcome.is_done for outcome in outcomes)
    return _page(request, title=title, outcomes=outcomes, done=done, others=len(outcomes) - done)


def _page(request: HttpRequest, **context: Any) -> HttpResponse:
    context = {**site.each_context(request), "back": _back(request), **context}
    return TemplateResponse(request, "onboarding/bulk.html", context)


def _back(request: HttpRequest) -> str:
    queue = request.POST.get("queue", "")
    return reverse("onboarding:queue") + (f"?queue={queue}" if queue.isalpha() and queue.isascii() else "")
