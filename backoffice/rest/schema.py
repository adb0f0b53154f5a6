"""What the OpenAPI schema says of every operation: how to sign in, and which problems may come."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.views import SpectacularAPIView
from rest_framework.negotiation import DefaultContentNegotiation

from backoffice.rest.problems import CONTENT_TYPE, TITLES, problem

ALWAYS = (400, 401, 403, 404, 405, 429, 500, 503)
WITH_BODY = (409, 413, 415)

PROBLEM_SCHEMA = {
    "type": "object",
    "description": "An error (RFC 9457). `detail` is a sentence for people, `code` a word for programs.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "requestId": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}


class BearerToken(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "backoffice.staff.tokens.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "description": "A token made by two administrators."}


class SchemaView(SpectacularAPIView):
    """The schema as YAML, or as JSON where that is asked for."""

    content_negotiation_class = DefaultContentNegotiation


def add_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Every operation may answer with a problem."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    for operations in result["paths"].values():
        for method, operation in operations.items():
            if "responses" not in operation:
                continue
            statuses = ALWAYS + (WITH_BODY if method in {"post", "put", "patch"} else ())
            for status in statuses:
                operation["responses"].setdefault(str(status), _response(status))
    return result


def _response(status: int) -> dict[str, Any]:
    content = {
        "schema": {"$ref": "#/components/schemas/Problem"},
        "example": problem(status, detail=TITLES[status] + "."),
    }
    return {"description": TITLES[status], "content": {CONTENT_TYPE: content}}
