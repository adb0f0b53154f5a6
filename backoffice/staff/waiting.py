"""What waits for a second administrator: the administrators' own queue, on their home and as a page."""

from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from backoffice.staff.models import ApiClient, RoleGrant, SecondFactorReset, User
from backoffice.staff.roles import Right, Role
from backoffice.staff.site import site

SHOWN_AT_MOST = 50
Source = Callable[[User], Iterable[dict[str, Any]]]
_sources: list[Source] = []
# What waits for a second administrator: each is asked for by one and confirmed or revoked by another.
_models: list[Any] = [RoleGrant, SecondFactorReset, ApiClient]


def register(source: Source, model: Any) -> None:
    """Called in another app's ready(): what of its own waits for a second administrator, as `row` makes it."""
    if source not in _sources:
        _sources.append(source)
        _models.append(model)


def rows(user: User) -> list[dict[str, Any]]:
    """Oldest first; `mine` marks what this person asked for and so cannot confirm."""
    grants = RoleGrant.objects.waiting().select_related("user", "asked_by").order_by("asked_at")
    resets = _open(SecondFactorReset).select_related("user", "asked_by")
    clients = _open(ApiClient).select_related("asked_by")
    found = chain(
        (
            row(
                g,
                user,
                _("Role"),
                _("%(role)s for %(name)s") % {"role": Role(g.role).label, "name": g.user.display_name},
            )
            for g in grants[:SHOWN_AT_MOST]
        ),
        (row(r, user, _("Second factor"), r.user.display_name) for r in resets[:SHOWN_AT_MOST]),
        (row(c, user, _("API client"), f"{c.name} ({', '.join(c.scopes)})") for c in clients[:SHOWN_AT_MOST]),
        *(source(user) for source in _sources),
    )
    return sorted(found, key=lambda each: each["asked_at"])[:SHOWN_AT_MOST]


def to_confirm(user: User, rights: frozenset[Right]) -> list[QuerySet[Any]]:
    """For the sidebar: what this person may confirm, being neither who asked nor whom it is about."""
    return [_not_mine(model, user) for model in _models]


def _not_mine(model: Any, user: User) -> Any:
    found = _open(model).exclude(asked_by=user)
    about = any(field.name == "user" for field in model._meta.concrete_fields)
    return found.exclude(user=user) if about else found


def block(request: HttpRequest) -> str:
    """The same queue on the administrators' home."""
    return render_to_string("staff/waiting_rows.html", _context(request), request=request)


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    if not request.user.has_right(Right.MANAGE_STAFF):  # type: ignore[union-attr]
        raise Http404
    context = {**site.each_context(request), "title": _("Waiting for a second administrator")}
    return TemplateResponse(request, "staff/waiting.html", context | _context(request))


def _context(request: HttpRequest) -> dict[str, Any]:
    return {"rows": rows(request.user), "back": request.path}  # type: ignore[arg-type]


def _open(model: Any) -> Any:
    return model.objects.filter(confirmed_at=None, revoked_at=None).order_by("asked_at")


def row(record: Any, user: User, kind: str, what: str) -> dict[str, Any]:
    """One line of the queue; its page has an action named `confirm`."""
    name = f"admin:{record._meta.app_label}_{record._meta.model_name}"
    return {
        "kind": kind,
        "what": what,
        "asked_by": record.asked_by.display_name,
        "asked_at": record.asked_at,
        "mine": user.pk in {record.asked_by_id, getattr(record, "user_id", None)},
        "url": reverse(f"{name}_change", args=[record.pk]),
        "confirm_url": reverse(f"{name}_do", args=[record.pk, "confirm"]),
    }
