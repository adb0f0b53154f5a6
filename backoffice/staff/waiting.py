"""What waits for a second administrator: the administrators' own queue, on their home and as a page."""

from itertools import chain
from typing import Any

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


def rows(user: User) -> list[dict[str, Any]]:
    """Oldest first; `mine` marks what this person asked for and so cannot confirm."""
    grants = RoleGrant.objects.waiting().select_related("user", "asked_by").order_by("asked_at")
    resets = _open(SecondFactorReset).select_related("user", "asked_by")
    clients = _open(ApiClient).select_related("asked_by")
    found = chain(
        (
            _row(
                g,
                user,
                _("Role"),
                _("%(role)s for %(name)s") % {"role": Role(g.role).label, "name": g.user.display_name},
            )
            for g in grants[:SHOWN_AT_MOST]
        ),
        (_row(r, user, _("Second factor"), r.user.display_name) for r in resets[:SHOWN_AT_MOST]),
        (
            _row(c, user, _("API client"), f"{c.name} ({', '.join(c.scopes)})")
            for c in clients[:SHOWN_AT_MOST]
        ),
    )
    return sorted(found, key=lambda row: row["asked_at"])[:SHOWN_AT_MOST]


def count(user: User) -> int:
    """How many of them this person may confirm."""
    return sum(not row["mine"] for row in rows(user))


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


def _row(record: Any, user: User, kind: str, what: str) -> dict[str, Any]:
    name = f"admin:staff_{record._meta.model_name}"
    return {
        "kind": kind,
        "what": what,
        "asked_by": record.asked_by.display_name,
        "asked_at": record.asked_at,
        "mine": user.pk in {record.asked_by_id, getattr(record, "user_id", None)},
        "url": reverse(f"{name}_change", args=[record.pk]),
        "confirm_url": reverse(f"{name}_do", args=[record.pk, "confirm"]),
    }
