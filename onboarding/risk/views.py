"""The buttons of the risk tab. Each makes one service call."""

from datetime import date
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice.audit import Actor
from backoffice.staff.errors import Refusal
from backoffice.staff.models import User
from backoffice.staff.roles import Right
from customers.screening import services as screening
from customers.screening.models import Hit, HitDecision
from onboarding import workbench
from onboarding.models import Case
from onboarding.risk import screened, services


@require_POST
def decide_hit(request: HttpRequest, case_ref: str, pk: int) -> HttpResponse:
    """Say whether a hit is about the subject. For who has taken the case and so sees what was found."""
    user, case = _taken(request, case_ref)
    hit = get_object_or_404(Hit.objects.select_related("screening"), pk=pk, screening__customer=case.customer)
    decision, reason = request.POST.get("decision", ""), request.POST.get("reason", "")
    if decision not in {HitDecision.DISMISSED, HitDecision.CONFIRMED}:
        raise Http404
    try:
        screening.decide_hit(
            hit=hit, decision=decision, reason=reason, actor=Actor.staff(user), now=timezone.now()
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The hit is decided."))
    return _back(case_ref)


@require_POST
def record_screening(request: HttpRequest, case_ref: str) -> HttpResponse:
    """Take down by hand that somebody of the case was screened now, with at most one hit."""
    user, case = _taken(request, case_ref)
    subjects = {each.key: each for each in screened.subjects_of(case, case.details)}
    subject = subjects.get(request.POST.get("subject", ""))
    list_date = _day(request.POST.get("list_date", ""))
    if subject is None or list_date is None:
        messages.error(request, _("Choose who was screened, and give the day of the lists."))
        return _back(case_ref)
    name = request.POST.get("hit_name", "").strip()
    found = screening.Found(
        kind=request.POST.get("hit_kind", ""), name=name, note=request.POST.get("hit_note", "")
    )
    now = timezone.now()
    try:
        screening.record_screening(
            customer=case.customer,
            screening_ref=f"by-hand-{uuid4().hex}",
            subject_key=subject.key,
            subject_name=subject.name,
            provider=request.POST.get("provider", ""),
            list_date=list_date,
            screened_at=now,
            hits=[found] if name else [],
            actor=Actor.staff(user),
            now=now,
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The screening is taken down."))
    return _back(case_ref)


@require_POST
def override(request: HttpRequest, case_ref: str) -> HttpResponse:
    """A lead decides another level, with text."""
    user, case = _person_and_case(request, case_ref, Right.LEAD_CASES)
    try:
        services.override_rating(
            case=case,
            level=request.POST.get("level", ""),
            text=request.POST.get("text", ""),
            actor=Actor.staff(user),
            now=timezone.now(),
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The risk is set."))
    return _back(case_ref)


def _person_and_case(request: HttpRequest, case_ref: str, right: Right) -> tuple[User, Case]:
    user = request.user
    if not isinstance(user, User) or not user.has_right(right):
        raise Http404
    return user, get_object_or_404(Case.objects.select_related("customer"), case_ref=case_ref)


def _taken(request: HttpRequest, case_ref: str) -> tuple[User, Case]:
    user, case = _person_and_case(request, case_ref, Right.REVIEW_CASES)
    if not workbench.is_revealed(case, user, timezone.now()):
        raise Http404
    return user, case


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _back(case_ref: str) -> HttpResponse:
    return redirect(reverse("onboarding:case", args=[case_ref]) + "?tab=risk")
