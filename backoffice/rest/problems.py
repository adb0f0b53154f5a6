"""Every error of the API as `application/problem+json`: type, title, status, code, detail, requestId, errors."""

import re
from collections.abc import Iterator
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.utils.translation import gettext as _
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response

from backoffice.references import NoReference, ReferenceTaken
from backoffice.staff.errors import NotAllowed, Refusal

CONTENT_TYPE = "application/problem+json"
TRY_AGAIN_SECONDS = 10
TITLES = {
    400: "The request cannot be taken as it is",
    401: "The token is missing or not valid",
    403: "This token may not do that",
    404: "There is no such thing here",
    405: "This cannot be done here",
    406: "The answer cannot be given in that form",
    409: "It conflicts with what is there",
    413: "The request is too large",
    415: "The body has a type that is not read here",
    429: "Too many requests",
    500: "Something went wrong on our side",
    503: "Something that is needed is away for the moment",
}
CODES = {
    400: "MALFORMED_REQUEST",
    401: "TOKEN_INVALID",
    403: "SCOPE_MISSING",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    406: "NOT_ACCEPTABLE",
    413: "TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    429: "TOO_MANY_REQUESTS",
    500: "INTERNAL_ERROR",
    503: "TEMPORARILY_UNAVAILABLE",
}

log = structlog.get_logger(__name__)

_REFUSALS: dict[type[Refusal], tuple[int, str]] = {}


def answers(refusal: type[Refusal], *, status: int, field: str = "") -> None:
    """Say once, in an app's api.py, with which status a refusal is answered and which field it is about."""
    _REFUSALS[refusal] = (status, field)


answers(Refusal, status=409)
answers(NotAllowed, status=403)
answers(ReferenceTaken, status=409)
answers(NoReference, status=400)


def problem(
    status: int, *, detail: str, code: str = "", errors: list[dict[str, str]] | None = None
) -> dict[str, Any]:
    """The body of a problem (RFC 9457)."""
    code = code or CODES.get(status, "REFUSED")
    body: dict[str, Any] = {
        "type": f"urn:backoffice:problem:{code.lower().replace('_', '-')}",
        "title": TITLES.get(status, "The request was refused"),
        "status": status,
        "code": code,
        "detail": detail,
    }
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    if request_id:
        body["requestId"] = str(request_id)
    if errors:
        body["errors"] = errors
    return body


def handle(error: Exception, context: dict[str, Any]) -> Response:
    """DRF's exception handler. What nobody foresaw is logged and answered without a word of what it was."""
    headers = _headers(error)
    body = _body(error)
    if body["status"] == 500:
        log.error("api.unforeseen", exc_info=error, view=type(context.get("view")).__name__)
    return Response(body, status=body["status"], headers=headers, content_type=CONTENT_TYPE)


def _body(error: Exception) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        errors = [{"field": field, "message": message} for field, message in _flat(error.detail)]
        detail = _("Some fields need to be mended; see errors.")
        return problem(400, detail=detail, code="VALIDATION_FAILED", errors=errors)
    if isinstance(error, Refusal):
        return _refusal(error)
    if isinstance(error, exceptions.APIException):
        if error.status_code == 403:
            return problem(403, detail=_("The token lacks the scope that this needs. Ask for another token."))
        return problem(error.status_code, detail=str(error.detail))
    if isinstance(error, Http404):
        return problem(404, detail=_("There is nothing under this address or reference."))
    if isinstance(error, RequestDataTooBig):
        return problem(413, detail=_("The request is too large. Send less at once."))
    if isinstance(error, SuspiciousOperation | UnreadablePostError | PermissionDenied):
        return problem(400, detail=_("The request could not be read to its end. Send it again."))
    if isinstance(error, OperationalError):
        log.warning("api.database_away", error=type(error).__name__)
        return problem(503, detail=_("Nothing was saved. Send the same request again in a moment."))
    return problem(
        500, detail=_("Nothing is lost: send the same request again. If it stays, tell us the requestId.")
    )


def _refusal(error: Refusal) -> dict[str, Any]:
    status, field = next(_REFUSALS[kind] for kind in type(error).__mro__ if kind in _REFUSALS)
    code = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__).upper()
    field = field or getattr(error, "field", "")
    errors = [{"field": field, "message": str(error)}] if field else None
    return problem(status, detail=str(error), code=code, errors=errors)


def _headers(error: Exception) -> dict[str, str]:
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
    if isinstance(error, exceptions.Throttled) and error.wait:
        headers["Retry-After"] = str(int(error.wait))
    away = isinstance(error, OperationalError) or (
        isinstance(error, Refusal) and _refusal(error)["status"] == 503
    )
    if away:
        headers["Retry-After"] = str(TRY_AGAIN_SECONDS)
    return headers


def _flat(detail: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Each message with the path of its field, such as `personalDetails.residentialAddress.city`."""
    if isinstance(detail, dict):
        for name, below in detail.items():
            here = path if name == "non_field_errors" else f"{path}.{name}".lstrip(".")
            yield from _flat(below, here)
    elif isinstance(detail, list | tuple):
        for below in detail:
            yield from _flat(below, path)
    else:
        yield path, str(detail)


# --- What fails before or outside of DRF ------------------------------------------------------------------------


def _outside(request: HttpRequest, status: int) -> JsonResponse | None:
    if not request.path.startswith("/api/"):
        return None
    details = {
        400: _("The request could not be read. Check its address and headers."),
        404: _("There is nothing under this address."),
        500: _("Nothing is lost: send the same request again."),
    }
    return JsonResponse(problem(status, detail=details[status]), status=status, content_type=CONTENT_TYPE)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _outside(request, 400) or defaults.bad_request(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _outside(request, 404) or defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    return _outside(request, 500) or defaults.server_error(request)
