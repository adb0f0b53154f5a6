"""Acts that move money or attest ask for the second factor again after 15 minutes.

The page that asks carries the act's own form fields on: typing the code carries the act out, through the
same view and the same checks. Nothing of it is stored meanwhile.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.base.internal.flows import post_authentication
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from backoffice.staff.errors import Refusal

FRESH_FOR = timedelta(minutes=15)
CODE_FIELD = "step_up_code"
BACK_FIELD = "step_up_back"


def proved_at(request: HttpRequest) -> float | None:
    """When this session last showed a second factor, as a Unix time."""
    records = get_authentication_records(request, request.user)  # type: ignore[arg-type]
    return max((record["at"] for record in records if record.get("method") == "mfa"), default=None)


def proved(request: HttpRequest) -> datetime | None:
    """The same as an instant, to keep with what was decided by it."""
    at = proved_at(request)
    return None if at is None else datetime.fromtimestamp(at, UTC)


def fresh(request: HttpRequest, now: datetime, within: timedelta = FRESH_FOR) -> bool:
    """Was the second factor shown in this session within the last minutes, 15 if nothing else is said?

    Signing in counts.

    A code that came with the request (from the page that `ask` shows) is taken here and used up, however recent the
    last one was: that one may have covered all that it may, and the page that asked for this one comes back else.
    """
    if getattr(request, "step_up_taken", False):
        return True
    if request.method != "POST" or CODE_FIELD not in request.POST:
        at = proved_at(request)
        return at is not None and now.timestamp() - at < within.total_seconds()
    from backoffice.staff import second_factor

    try:
        used = second_factor.check(
            user=request.user,  # type: ignore[arg-type]
            code=request.POST[CODE_FIELD],
            now=now,
        )
    except Refusal as refusal:
        request.step_up_error = str(refusal)  # type: ignore[attr-defined]
        return False
    post_authentication(request, used, reauthenticated=True)
    request.step_up_taken = True  # type: ignore[attr-defined]
    return True


def ask(request: HttpRequest, because: str = "") -> HttpResponse:
    """The page that asks for a code and then carries the same POST out. Files have to be chosen again.

    `because` says why it is asked for although one was typed a moment ago.
    """
    from backoffice.staff.site import site

    carried = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in {CODE_FIELD, BACK_FIELD, "csrfmiddlewaretoken"}
        for value in values
    ]
    context = {
        **site.each_context(request),
        "title": "",
        "carried": carried,
        "code_field": CODE_FIELD,
        "back_field": BACK_FIELD,
        "back": page_of(request),
        "error": getattr(request, "step_up_error", ""),
        "because": because,
    }
    return TemplateResponse(request, "staff/step_up.html", context)


def page_of(request: HttpRequest) -> str:
    """The page of this site that a request came from, to go back to: an act itself cannot be opened as a page."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    came_from = request.POST.get(BACK_FIELD) or request.headers.get("Referer", "")
    hosts, secure = {request.get_host()}, request.is_secure()
    if not url_has_allowed_host_and_scheme(came_from, allowed_hosts=hosts, require_https=secure):
        return "/"
    parts = urlsplit(came_from)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path or "/"


def required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Decorate a view whose POST needs a fresh second factor; reading needs none."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST" and not fresh(request, timezone.now()):
            return ask(request)
        return view(request, *args, **kwargs)

    return wrapper
