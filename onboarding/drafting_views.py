"""The two addresses behind forms that keep what is typed: read one's own drafts of a case, and keep one."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from backoffice.audit import Actor
from backoffice.staff.errors import Refusal
from backoffice.staff.pages import person
from backoffice.staff.roles import Right
from onboarding.case_pages import case_named
from onboarding.drafts import services

_PRIVATE = {"Cache-Control": "private, no-store"}


@require_safe
def drafts(request: HttpRequest, case_ref: str) -> HttpResponse:
    """One's own drafts of this case, and a token for a page that was open while one signed in again."""
    user = person(request, Right.REVIEW_CASES)
    found = services.drafts_of(case_named(case_ref), user)
    told = {
        form: {"fields": kept.fields, "revision": kept.revision, "savedAt": kept.saved_at.isoformat()}
        for form, kept in found.items()
    }
    return JsonResponse({"token": get_token(request), "drafts": told}, headers=_PRIVATE)


@require_POST
def save_draft(request: HttpRequest, case_ref: str, form: str) -> HttpResponse:
    """Keep what is typed in one form; with nothing typed, forget it."""
    user = person(request, Right.REVIEW_CASES)
    fields = {name: str(value) for name, value in request.POST.items() if name.startswith("field.")}
    revision = request.POST.get("revision", "")
    try:
        services.keep(
            case=case_named(case_ref),
            form=form[:40],
            fields={name.removeprefix("field."): value for name, value in fields.items()},
            revision=int(revision)
            if revision.isascii() and revision.isdecimal() and len(revision) < 9
            else 0,
            actor=Actor.staff(user),
            now=timezone.now(),
        )
    except Refusal as refusal:
        return JsonResponse({"sentence": str(refusal)}, status=409, headers=_PRIVATE)
    return HttpResponse(status=204, headers=_PRIVATE)
