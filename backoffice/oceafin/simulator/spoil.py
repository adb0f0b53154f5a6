"""What a fault does to an answer that is ready to go."""

import json
from dataclasses import replace
from typing import Any

from .faults import Fault
from .problems import Answer, Problem, answer, problem_answer

PAGE = b"<!doctype html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1><hr>edge-proxy"
FOREIGN = {"service": "edge", "message": "Hello.", "items": 3}
UNKNOWN = "AWAITING_ORACLE"


def spoilt(good: Answer, fault: Fault, request_id: str) -> Answer:
    """The answer as the fault wants it; faults of the connection itself leave it as it is."""
    if fault.name == "status":
        return _status(fault, request_id)
    if fault.name == "html":
        return Answer(int(fault.options.get("status", 200)), PAGE, "text/html; charset=utf-8")
    if fault.name == "foreign":
        return answer(int(fault.options.get("status", 200)), fault.options.get("data", FOREIGN))
    if fault.name in {"auth_failed", "signature_invalid"}:
        return problem_answer(Problem("PARTNER_" + fault.name.upper(), "Refused by a fault."), request_id)
    if fault.name == "extra_fields":
        return _changed(good, _with_extra_fields)
    if fault.name == "nulls":
        return _changed(good, _with_nulls)
    if fault.name == "unknown_enum":
        return _changed(good, lambda data: _with_status(data, fault.options.get("value", UNKNOWN)))
    return good


def _status(fault: Fault, request_id: str) -> Answer:
    status = int(fault.options.get("status", 503))
    code = fault.options.get("code", "PARTNER_PROCESSING_UNAVAILABLE" if status == 503 else "")
    headers = {"Retry-After": str(fault.options["retryAfter"])} if "retryAfter" in fault.options else {}
    if not code:
        return Answer(status, b"upstream error", "text/plain", headers)
    made = problem_answer(
        Problem(code, fault.options.get("detail", "Made by a fault."), status=status), request_id
    )
    return replace(made, headers=headers)


def _changed(good: Answer, change: Any) -> Answer:
    return replace(good, body=json.dumps(change(good.data)).encode())


def _with_extra_fields(data: Any) -> Any:
    if isinstance(data, list):
        return [_with_extra_fields(item) for item in data]
    if isinstance(data, dict):
        inside = {name: _with_extra_fields(value) for name, value in data.items()}
        return inside | {"futureField": {"nested": [1, None, "new"]}}
    return data


def _with_nulls(data: Any) -> Any:
    """Every field of a resource but its first, which is its id, and its status."""
    if "items" in data:
        return data | {"items": [_with_nulls(item) for item in data["items"]]}
    kept = {next(iter(data)), "status"}
    return {name: value if name in kept else None for name, value in data.items()}


def _with_status(data: Any, status: str) -> Any:
    if "items" in data:
        return data | {"items": [_with_status(item, status) for item in data["items"]]}
    return data | {"status": status}
