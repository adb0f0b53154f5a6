"""The sign-in page of local mode: the demo people with their password and current codes.

The button signs in through the very form that people type into: same password check, same code check,
same lock-out. It only saves the typing.
"""

from allauth.account.forms import LoginForm
from allauth.account.stages import LoginStageController
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from backoffice.local import ownership
from backoffice.local.landing import work_of
from backoffice.local.people import DOMAIN, demo_people
from backoffice.staff import second_factor
from backoffice.staff.forms import CodeForm
from backoffice.staff.models import User


def _demo_only() -> None:
    try:
        ownership.require_demo(connection, allowed=settings.DEMO_ALLOWED)
    except ownership.WrongInstallation:
        raise Http404 from None


@login_not_required
@never_cache
@require_GET
def sign_in(request: HttpRequest) -> HttpResponse:
    _demo_only()
    if request.user.is_authenticated:
        return redirect("admin:index")
    return render(request, "local/sign_in.html", _shown())


@login_not_required
@never_cache
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """The list alone; the page asks for it every few seconds, because codes change."""
    _demo_only()
    return render(request, "local/people.html", _shown())


@login_not_required
@never_cache
@require_POST
def sign_in_as(request: HttpRequest, user_id: int) -> HttpResponse:
    """Password, then code, each through its ordinary form."""
    _demo_only()
    user = get_object_or_404(User, pk=user_id, email__endswith=f"@{DOMAIN}", is_active=True)
    if request.user.is_authenticated:
        return redirect("admin:index")
    code = second_factor.usable_code(user, now=timezone.now())
    if code is None:
        messages.warning(
            request,
            _("Both codes of this moment were used. Try again in %(seconds)s seconds.")
            % {"seconds": second_factor.seconds_left()},
        )
        return redirect("local:sign_in")
    password = LoginForm({"login": user.email, "password": settings.DEMO_PASSWORD}, request=request)
    if not password.is_valid():
        messages.error(request, password.errors.as_text())
        return redirect("local:sign_in")
    answer: HttpResponse = password.login(request)
    stage = LoginStageController.enter(request, "mfa_authenticate")
    if stage is None:
        return answer
    second = CodeForm({"code": code}, user=user)
    if not second.is_valid():
        messages.error(request, str(second.errors["code"][0]))
        return redirect("local:sign_in")
    second.save()
    signed_in: HttpResponse = stage.exit()
    # The session is in: a demo person goes on to their work, whatever page signing in would have opened.
    return redirect(work_of(user, now=timezone.now())) if request.user.is_authenticated else signed_in


def _shown() -> dict[str, object]:
    return {"people": demo_people(now=timezone.now()), "password": settings.DEMO_PASSWORD}
