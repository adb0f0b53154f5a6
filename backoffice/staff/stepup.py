"""Acts that move money or attest ask for the second factor again after 15 minutes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import suspend_request
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

FRESH_FOR = timedelta(minutes=15)


def proved_at(request: HttpRequest) -> float | None:
    """When this session last showed a second factor, as a Unix time."""
    records = get_authentication_records(request, request.user)  # type: ignore[arg-type]
    return max((record["at"] for record in records if record.get("method") == "mfa"), default=None)


def fresh(request: HttpRequest, now: datetime) -> bool:
    """Was the second factor shown in this session within the last 15 minutes? Signing in counts."""
    at = proved_at(request)
    return at is not None and now.timestamp() - at < FRESH_FOR.total_seconds()


def ask(request: HttpRequest) -> HttpResponse:
    """Send the person to the code page. A POST is kept and carried out when the code was right."""
    return suspend_request(request, reverse("mfa_reauthenticate"))


def required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Decorate a view whose POST needs a fresh second factor; reading needs none."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST" and not fresh(request, timezone.now()):
            return ask(request)
        return view(request, *args, **kwargs)

    return wrapper
