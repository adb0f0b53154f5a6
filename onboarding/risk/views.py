"""The buttons of the risk tab. Each makes one service call; refused, the page comes back with what was typed."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice.audit import Actor
from backoffice.staff.errors import Refusal
from backoffice.staff.models import User
from backoffice.staff.pages import person
from backoffice.staff.roles import Right
from customers.rules import Unfit
from customers.screening import services as screening
from customers.screening.models import Hit, HitDecision
from onboarding import workbench
from onboarding.case_pages import address, case_named, refused
from onboarding.drafts import services as drafts
from onboarding.models import Case
from onboarding.risk import by_hand, screened, services


@require_POST
def decide_hit(request: HttpRequest, case_ref: str, pk: int) -> HttpResponse:
    """Say whether a hit is about the subject. For who has taken the case and so sees what was found."""
    user, case = _taken(request, case_ref)
    hit = get_object_or_404(Hit.objects.select_related("screening"), pk=pk, screening__customer=case.customer)
    decision, reason = request.POST.get("decision", ""), request.POST.get("reason", "")
    if decision not in {HitDecision.DISMISSED, HitDecision.CONFIRMED}:
        raise Http404
    form = f"hit-{pk}"
    try:
        screening.decide_hit(
            hit=hit, decision=decision, reason=reason, actor=Actor.staff(user), now=timezone.now()
        )
    except Refusal as refusal:
        return refused(request, case_ref, user, str(refusal), form, {"reason": reason})
    return _done(request, case, user, form, _("The hit is decided."))


@require_POST
def record_screening(request: HttpRequest, case_ref: str) -> HttpResponse:
    """Write down by hand that somebody of the case was screened, and what was found."""
    user, case = _taken(request, case_ref)
    typed, now = request.POST.dict(), timezone.now()
    try:
        said = by_hand.read(typed, screened.subjects_of(case, case.details), now=now)
        screening.record_screening(
            customer=case.customer,
            screening_ref=f"by-hand-{uuid4().hex}",
            subject_key=said.subject.key,
            subject_name=said.subject.name,
            provider=said.provider,
            list_date=said.list_date,
            screened_at=said.screened_at,
            hits=said.hits,
            actor=Actor.staff(user),
            now=now,
        )
    except Unfit as unfit:
        return refused(
            request, case_ref, user, str(unfit), "screening", typed, **by_hand.marked(typed, unfit)
        )
    except Refusal as refusal:
        rows = by_hand.rows_of(typed)
        return refused(request, case_ref, user, str(refusal), "screening", typed, hit_rows=rows)
    return _done(request, case, user, "screening", _("The screening is kept."))


@require_POST
def override(request: HttpRequest, case_ref: str) -> HttpResponse:
    """A lead decides another level, with text."""
    user = person(request, Right.LEAD_CASES)
    case, typed = case_named(case_ref), {name: request.POST.get(name, "") for name in ("level", "text")}
    try:
        services.override_rating(case=case, actor=Actor.staff(user), now=timezone.now(), **typed)
    except Refusal as refusal:
        return refused(request, case_ref, user, str(refusal), "override", typed)
    return _done(request, case, user, "override", _("The risk is set."))


@require_POST
def rate_again(request: HttpRequest, case_ref: str) -> HttpResponse:
    """Put a case under the matrix in force, and say what came of it."""
    user = person(request, Right.REVIEW_CASES)
    try:
        rated = services.rate_again(case=case_named(case_ref), actor=Actor.staff(user), now=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _result(rated))
    return redirect(address(case_ref, request.POST))


def _result(rated: services.RatedAgain) -> str:
    before, after = rated.before, rated.after
    if after is None:
        return _("There is no risk matrix yet. The case counts as high.")
    words: dict[str, Any] = {"level": after.get_level_display().lower(), "number": after.matrix.version}
    if before is None:
        return _("Rated by version %(number)d: %(level)s.") % words
    words["was"] = before.get_level_display().lower()
    if before.pk == after.pk and after.rated_by is not None:
        words["name"] = after.rated_by.display_name
        return _("Nothing has changed since %(name)s set it: %(level)s.") % words
    if before.pk == after.pk:
        return _("Nothing has changed since it was rated: %(level)s, by version %(number)d.") % words
    if before.level == after.level:
        return _("Rated again by version %(number)d: still %(level)s.") % words
    return _("Rated again by version %(number)d: %(level)s. Before it was %(was)s.") % words


def _taken(request: HttpRequest, case_ref: str) -> tuple[User, Case]:
    user, case = person(request, Right.REVIEW_CASES), case_named(case_ref)
    if not workbench.is_revealed(case, user, timezone.now()):
        raise Http404
    return user, case


def _done(request: HttpRequest, case: Case, user: User, form: str, sentence: str) -> HttpResponse:
    drafts.forget(case=case, user=user, form=form)
    messages.success(request, sentence)
    return redirect(address(case.case_ref, request.POST))
