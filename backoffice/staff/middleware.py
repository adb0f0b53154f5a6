"""Deny by default: without a second factor in this session, nothing of the site is shown."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django_structlog.middlewares import RequestMiddleware

from backoffice import vault
from backoffice.staff import stepup, uploads

SIGNED_IN_FOR = timedelta(hours=10)


class SecondFactorRequired:
    """Lets a request pass if its view says that it is for everybody, or if the person showed a second factor.

    A view opens itself with Django's `login_not_required`; views of the API do so too and ask for a token.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        uploads.watch(request)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if not getattr(view, "login_required", True):
            return None
        if request.user.is_authenticated and stepup.proved_at(request) is not None:
            if not self._too_old(request):
                _refuse_unreadable(request)
                if uploads.is_broken(request):
                    return render(request, "400.html", {"sentence": uploads.broke_off()}, status=400)
                if request.method in {"GET", "HEAD"}:
                    request.user.remember_roles()
                return None
            logout(request)
        return redirect_to_login(stepup.page_of(request))

    @staticmethod
    def _too_old(request: HttpRequest) -> bool:
        records = get_authentication_records(request, request.user)  # type: ignore[arg-type]
        began = min(float(record["at"]) for record in records)
        return timezone.now().timestamp() - began > SIGNED_IN_FOR.total_seconds()


def _refuse_unreadable(request: HttpRequest) -> None:
    """No text column takes a NUL, so no page has to be ready for one in its address."""
    if any("\x00" in value for values in request.GET.lists() for value in (values[0], *values[1])):
        raise BadRequest("The address holds a character that cannot be read.")


class ErasedData:
    """A page of a customer whose data was erased says so, wherever in it the data was asked for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return render(request, "410.html", status=410) if isinstance(exception, vault.KeyDestroyed) else None


class RequestLog(RequestMiddleware):
    """The log of requests, without the token of an enrolment link, and without what was searched for: names."""

    def format_request(self, request: HttpRequest) -> str:
        if request.path.startswith("/enrol/"):
            return f"{request.method} /enrol/…"
        if "q" in request.GET:
            return f"{request.method} {request.path}?q=…"
        return str(super().format_request(request))
