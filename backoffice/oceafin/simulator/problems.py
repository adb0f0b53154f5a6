"""Oceafin's errors, contract section 2."""

import json
from dataclasses import dataclass, field
from typing import Any

STATUS_OF = {
    "PARTNER_AUTH_FAILED": 401,
    "PARTNER_SIGNATURE_INVALID": 401,
    "PARTNER_SIGNATURE_EXPIRED": 401,
    "PARTNER_NONCE_REPLAYED": 401,
    "PARTNER_SCOPE_DENIED": 403,
    "PARTNER_PRODUCT_DISABLED": 403,
    "PARTNER_CUSTOMER_NOT_FOUND": 404,
    "PARTNER_RESOURCE_NOT_FOUND": 404,
    "PARTNER_RESOURCE_STATE_INVALID": 409,
    "PARTNER_IDEMPOTENCY_CONFLICT": 409,
    "PARTNER_OPERATION_NOT_APPROVED": 403,
    "PARTNER_QUOTE_EXPIRED": 409,
    "PARTNER_TRAVEL_RULE_REQUIRED": 409,
    "PARTNER_PROCESSING_UNAVAILABLE": 503,
    "PARTNER_VALIDATION_FAILED": 400,
}


class Problem(Exception):
    """A refusal: one of Oceafin's codes and a sentence that is safe to show."""

    def __init__(
        self, code: str, detail: str, *, errors: list[dict[str, str]] | None = None, status: int | None = None
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.errors = errors or []
        self.status = status or STATUS_OF.get(code, 400)


def invalid(field_name: str, message: str) -> Problem:
    """One malformed field."""
    errors = [{"field": field_name, "message": message}]
    return Problem("PARTNER_VALIDATION_FAILED", "The request is not valid.", errors=errors)


@dataclass(frozen=True)
class Answer:
    """What goes back, byte for byte."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    code: str = ""

    @property
    def data(self) -> Any:
        return json.loads(self.body)


def answer(status: int, data: Any) -> Answer:
    return Answer(status, to_json(data))


def problem_answer(problem: Problem, request_id: str) -> Answer:
    data: dict[str, Any] = {
        "type": "https://api.oceafin.com/problems/" + problem.code.lower().replace("_", "-"),
        "title": problem.code.removeprefix("PARTNER_").replace("_", " ").capitalize(),
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        "requestId": request_id,
    }
    if problem.errors:
        data["errors"] = problem.errors
    return Answer(problem.status, to_json(data), "application/problem+json", code=problem.code)


def to_json(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
