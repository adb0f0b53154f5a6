"""Who may open a page, and two small pages that several administrators' acts end in or begin with."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.staff.links import enrolment_url
from backoffice.staff.models import User
from backoffice.staff.roles import Right
from backoffice.staff.site import site


def person(request: HttpRequest, right: Right) -> User:
    """Who is signed in, with this right. Raises Http404 for anybody else: a page one may not open is not there."""
    user = request.user
    if not isinstance(user, User) or not user.has_right(right):
        raise Http404
    return user


def show_secret(request: HttpRequest, *, title: str, intro: str, secret: str, back_url: str) -> HttpResponse:
    """A page that shows something once: a link or a token."""
    context = {
        "title": title,
        "intro": intro,
        "secret": secret,
        "warning": _("It is shown only now. Hand it over in person or by a channel that you trust."),
        "back_url": back_url,
    }
    response = site_page(request, "staff/secret.html", context)
    response["Cache-Control"] = "no-store"
    return response


def show_link(request: HttpRequest, person: User, token: str) -> HttpResponse:
    return show_secret(
        request,
        title=_("Enrolment link"),
        intro=_("Give this link to %(name)s. It works once, within 24 hours.")
        % {"name": person.display_name},
        secret=enrolment_url(token, request),
        back_url=reverse("admin:staff_user_change", args=[person.pk]),
    )


def site_page(request: HttpRequest, template: str, context: dict[str, Any]) -> TemplateResponse:
    """A page of the site, with what the frame around it needs."""
    return TemplateResponse(request, template, {**site.each_context(request), **context})


def form_page(request: HttpRequest, **context: Any) -> HttpResponse:
    return site_page(request, "staff/form.html", context)
