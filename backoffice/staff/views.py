"""The pages of one's own access: enrolling, signing out, one's account."""

import base64
from io import BytesIO
from typing import Any

import qrcode
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from qrcode.image.svg import SvgPathImage

from backoffice.audit import Actor, record
from backoffice.staff import navigation, second_factor, services, stepup
from backoffice.staff.errors import Refusal
from backoffice.staff.forms import EnrolCodeForm, NewPasswordForm
from backoffice.staff.models import Enrolment, User
from backoffice.staff.site import site

ENROLLING = "staff_enrolling"
CODES = "staff_recovery_codes"


@login_not_required
@never_cache
@require_GET
def enrol_link(request: HttpRequest, token: str) -> HttpResponse:
    """The address in the link: notes whom it is for and goes on, so that the token leaves the address bar."""
    if request.user.is_authenticated:
        return _link_page(request, _("You are signed in. Sign out first, then open the link again."))
    try:
        enrolment = services.usable_enrolment(token, now=timezone.now())
    except Refusal as refusal:
        return _link_page(request, str(refusal))
    request.session.cycle_key()
    request.session[ENROLLING] = {"id": enrolment.pk}
    return redirect("staff:enrol")


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """Password first, then the authenticator app; both take effect together with the first right code."""
    state = request.session.get(ENROLLING)
    enrolment = Enrolment.objects.select_related("user").filter(pk=(state or {}).get("id")).first()
    if state is None or enrolment is None or not enrolment.usable(timezone.now()):
        return _link_page(
            request, _("Open your enrolment link again, or ask an administrator for a new one.")
        )
    if "password" not in state:
        return _enrol_password(request, enrolment, state)
    return _enrol_code(request, enrolment, state)


def _enrol_password(request: HttpRequest, enrolment: Enrolment, state: dict[str, Any]) -> HttpResponse:
    form = NewPasswordForm(request.POST or None, user=enrolment.user)
    if request.method == "POST" and form.is_valid():
        secret = second_factor.new_secret()
        request.session[ENROLLING] = state | {
            "password": make_password(form.cleaned_data["password1"]),
            "secret": second_factor.seal_for(enrolment.user, secret),
        }
        return redirect("staff:enrol")
    return render(request, "account/enrol_password.html", {"form": form, "person": enrolment.user})


def _enrol_code(request: HttpRequest, enrolment: Enrolment, state: dict[str, Any]) -> HttpResponse:
    secret = second_factor.unseal(state["secret"])
    form = EnrolCodeForm(request.POST if "code" in request.POST else None)
    if form.is_bound and form.is_valid():
        try:
            codes = services.enrol(
                enrolment=enrolment,
                password_hash=state["password"],
                secret=secret,
                code=form.cleaned_data["code"],
                now=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error("code", str(refusal))
        else:
            _sign_in_enrolled(request, enrolment.user_id, codes)
            return redirect("staff:recovery_codes")
    context = {
        "form": form,
        "person": enrolment.user,
        "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        "picture": _qr_code(_otpauth(enrolment.user, secret)),
    }
    return render(request, "account/enrol_code.html", context)


def _sign_in_enrolled(request: HttpRequest, user_id: int, codes: list[str]) -> None:
    """The person has just shown password and code; it counts as signing in."""
    from allauth.mfa.base.internal.flows import post_authentication
    from allauth.mfa.models import Authenticator

    request.session.pop(ENROLLING, None)
    user = User.objects.get(pk=user_id)
    login(request, user, backend="backoffice.staff.backend.StaffBackend")
    post_authentication(request, Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP))
    _keep_codes(request, user, codes)


def _keep_codes(request: HttpRequest, user: User, codes: list[str]) -> None:
    request.session[CODES] = second_factor.seal_for(user, " ".join(codes))


@never_cache
@require_http_methods(["GET", "POST"])
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Shows new recovery codes until the person says that they are kept; never again after that."""
    sealed = request.session.get(CODES)
    if sealed is None:
        return redirect("admin:index")
    if request.method == "POST":
        del request.session[CODES]
        messages.success(request, _("Welcome. Your second factor is set up."))
        return redirect("admin:index")
    return render(request, "account/recovery_codes.html", {"codes": second_factor.unseal(sealed).split()})


@never_cache
@require_GET
def account(request: HttpRequest) -> HttpResponse:
    """One's own roles, what they allow, and the ways to change password and recovery codes."""
    user: User = request.user  # type: ignore[assignment]
    from backoffice.staff.roles import ROLE_RIGHTS

    context = {
        **site.each_context(request),
        "title": _("Your account"),
        "held": [
            {"role": role, "rights": sorted(str(right.label) for right in ROLE_RIGHTS[role])}
            for role in sorted(user.roles)
        ],
        "own_links": navigation.own_links_of(user),
    }
    return TemplateResponse(request, "account/account.html", context)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@stepup.required
def change_password(request: HttpRequest) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    form = NewPasswordForm(request.POST if "password1" in request.POST else None, user=user)
    if form.is_bound and form.is_valid():
        with transaction.atomic():
            user.set_password(form.cleaned_data["password1"])
            user.save(update_fields=["password"])
            record(actor=Actor.staff(user), verb="password changed", subject=user, now=timezone.now())
        update_session_auth_hash(request, user)
        messages.success(request, _("Your password is changed. Other sessions of yours have ended."))
        return redirect("staff:account")
    context = {**site.each_context(request), "title": _("Change your password"), "form": form}
    return TemplateResponse(request, "account/change_password.html", context)


@never_cache
@require_POST
@stepup.required
def new_recovery_codes(request: HttpRequest) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    with transaction.atomic():
        codes = second_factor.renew_recovery_codes(user)
        record(actor=Actor.staff(user), verb="recovery codes renewed", subject=user, now=timezone.now())
    _keep_codes(request, user, codes)
    return redirect("staff:recovery_codes")


def _link_page(request: HttpRequest, sentence: str) -> HttpResponse:
    return render(request, "account/enrol_refused.html", {"sentence": sentence}, status=410)


def _otpauth(user: User, secret: str) -> str:
    issuer = f"Back office {settings.ENVIRONMENT_NAME}"
    return f"otpauth://totp/{user.email}?" + urlencode({"secret": secret, "issuer": issuer})


def _qr_code(text: str) -> str:
    picture = BytesIO()
    qrcode.make(text, image_factory=SvgPathImage, box_size=12).save(picture)
    return "data:image/svg+xml;base64," + base64.b64encode(picture.getvalue()).decode()
