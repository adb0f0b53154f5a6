"""The contract as data: partner-api.yaml, its operations and paths, and whether a body keeps to it.

What is stated and what is assumed is marked there (`x-oceafin`), so that nothing assumed hides in code.
Sentences about a body name the field and the rule, never the value: values are personal data.
"""

import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlencode

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from backoffice.oceafin import contract_file, signing
from backoffice.oceafin.contract_comparison import Difference, Severity, compare

__all__ = [
    "Difference",
    "Operation",
    "Severity",
    "UnknownOperation",
    "compare",
    "id_field",
    "load",
    "operation",
    "operation_at",
    "operations",
    "path_for",
    "validate_event",
    "validate_request",
    "validate_response",
]

FILE = Path(__file__).with_name("partner-api.yaml")
METHODS = ("get", "post", "put", "patch", "delete")
MOST_SENTENCES = 50


class UnknownOperation(KeyError):
    """No operation of the contract has this id."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: `path` is its template from /partner/v1 on; `mark` is "stated" or "assumed"."""

    operation_id: str
    method: str
    path: str
    mark: str
    summary: str
    spec: Mapping[str, Any]


@cache
def load() -> Mapping[str, Any]:
    """The contract file, read once. Not to be changed by whoever reads it."""
    return MappingProxyType(contract_file.read(FILE))


@cache
def operations() -> Mapping[str, Operation]:
    """All operations by their id, in the order of the file."""
    found = {}
    for path, item in load()["paths"].items():
        for method in METHODS:
            if method in item:
                spec = item[method]
                found[spec["operationId"]] = Operation(
                    spec["operationId"], method.upper(), path, spec["x-oceafin"], spec["summary"], spec
                )
    return MappingProxyType(found)


def operation(operation_id: str) -> Operation:
    """The operation of this id. Raises UnknownOperation."""
    try:
        return operations()[operation_id]
    except KeyError:
        raise UnknownOperation(f"The contract has no operation {operation_id}.") from None


def path_for(operation_id: str, **values: object) -> str:
    """Path and query of one call, ids percent-encoded. Raises ValueError for a missing, empty or unknown id.

    Query parameters that the operation knows (`limit`, `cursor`) may be given too; None leaves one out.
    """
    one = operation(operation_id)
    given = {name: str(value) for name, value in values.items() if value is not None}
    names = re.findall(r"\{(\w+)\}", one.path)
    known = {param["name"] for param in _parameters(one) if param["in"] == "query"}
    extra = set(given) - set(names) - known
    wrong = [name for name in names if given.get(name, "") in {"", ".", ".."}]
    if wrong or extra:
        raise ValueError(
            f"{operation_id} needs {', '.join(names) or 'no id'}; check {', '.join([*wrong, *extra])}."
        )
    path = one.path
    for name in names:
        path = path.replace("{" + name + "}", quote(given[name], safe=""))
    query = urlencode({name: value for name, value in given.items() if name in known})
    return f"{path}?{query}" if query else path


def operation_at(method: str, path_url: str) -> str:
    """The id of the operation that a call belongs to, by its method and path; "" if it is none of the contract's."""
    path = path_url.partition("?")[0]
    return next((name for verb, form, name in _forms() if verb == method and form.fullmatch(path)), "")


@cache
def _forms() -> tuple[tuple[str, re.Pattern[str], str], ...]:
    return tuple(
        (one.method, re.compile(re.sub(r"\{\w+\}", "[^/]+", one.path)), one.operation_id)
        for one in operations().values()
    )


def id_field(operation_id: str) -> str:
    """The name of the field that carries the resource's id in a reply; "" where replies have none (lists)."""
    schema = _resolved(_success(operation(operation_id)))
    return str(schema.get("x-oceafin-id", ""))


def validate_request(operation_id: str, data: object) -> list[str]:
    """What keeps a JSON body from being one of this operation, as sentences; [] if it is right."""
    body = operation(operation_id).spec.get("requestBody")
    if body is None:
        return [] if data in (None, {}, b"", "") else ["This operation takes no body."]
    return _sentences(body["content"]["application/json"]["schema"], data)


def validate_response(operation_id: str, status: int, data: object) -> list[str]:
    """What differs between a reply and the contract, as sentences: for people and tests.

    Lenient where Oceafin may grow: extra fields, missing or null optional fields and unknown words in lists of
    values are no difference.
    """
    responses = operation(operation_id).spec["responses"]
    found = responses.get(str(status)) or responses.get(f"{status // 100}XX")
    if found is None:
        return [f"The contract knows no reply with status {status} here."]
    content = _resolved(found).get("content", {})
    media = content.get("application/json") or content.get("application/problem+json")
    return _sentences(media["schema"], data) if media else []


def validate_event(data: object) -> list[str]:
    """What differs between a webhook's body and the contract, as sentences; lenient likewise."""
    spec = load()["webhooks"]["event"]["post"]
    return _sentences(spec["requestBody"]["content"]["application/json"]["schema"], data)


def _parameters(one: Operation) -> Iterator[Mapping[str, Any]]:
    return (_resolved(param) for param in one.spec.get("parameters", []))


def _success(one: Operation) -> Mapping[str, Any]:
    schema: Mapping[str, Any] = one.spec["responses"]["2XX"]["content"]["application/json"]["schema"]
    return schema


def _resolved(part: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in part:
        target: Any = load()
        for name in part["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        part = target
    return part


# --- Validation ---------------------------------------------------------------------------------------------

_URI = "urn:oceafin:partner-api"
_formats = FormatChecker(formats=())
_WORDS = {
    "string": "a text",
    "object": "an object",
    "array": "a list",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}
_PATTERNS = {"^[A-Z]{2}$": "a country code of two capital letters, such as DE"}
_FORMS = {
    "uuid": "a UUID",
    "date": "a date such as 2026-06-28",
    "date-time": "a date and time with offset such as 2026-06-28T00:00:00Z",
    "decimal": "a decimal number in a text, such as 12.50",
    "sha256-hex": "64 lowercase hexadecimal digits",
}


def _format(name: str, reads: Callable[[str], object]) -> None:
    def holds(value: object) -> bool:
        return not isinstance(value, str) or bool(reads(value))

    _formats.checks(name, raises=(ValueError, InvalidOperation))(holds)


_format("uuid", lambda text: str(uuid.UUID(text)) == text.lower())
_format("date", lambda text: len(text) == 10 and date.fromisoformat(text))
_format("date-time", signing.parse_timestamp)
_format(
    "decimal", lambda text: re.fullmatch(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", text) and Decimal(text).is_finite()
)
_format("sha256-hex", lambda text: re.fullmatch(r"[0-9a-f]{64}", text))


def _enum(
    _validator: Any, allowed: list[Any], value: object, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    # A list that may grow refuses nothing: an unknown word of Oceafin's is kept and shown.
    if not schema.get("x-oceafin-open-enum") and value not in allowed:
        yield ValidationError("enum")


_Validator = extend(Draft202012Validator, {"enum": _enum})


@cache
def _registry() -> Registry[Any]:
    whole: Resource[Any] = Resource.from_contents(dict(load()), default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource(_URI, whole)
    return registry


@cache
def _validator(ref: str) -> Any:
    return _Validator({"$ref": _URI + ref}, registry=_registry(), format_checker=_formats)


def _sentences(schema: Mapping[str, Any], data: object) -> list[str]:
    found: list[str] = []
    for error in _validator(schema["$ref"]).iter_errors(data):
        found.extend(sentence for sentence in _explain(error) if sentence not in found)
        if len(found) >= MOST_SENTENCES:
            break
    return found[:MOST_SENTENCES]


def _explain(error: ValidationError) -> list[str]:
    """One broken rule as sentences: the field and the rule, never the value."""
    field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
    field = field.lstrip(".")
    rule, name = error.validator_value, f"`{field}`" if field else "The body"
    below = f"{field}." if field else ""
    match error.validator:
        case "required":
            return [f"`{below}{one}` is missing." for one in rule if one not in error.instance]
        case "additionalProperties":
            extra = sorted(set(error.instance) - set(error.schema.get("properties", {})))
            return [f"`{below}{one[:60]}` is not a field of the contract." for one in extra]
        case "type":
            kinds = [rule] if isinstance(rule, str) else rule
            return [f"{name} must be {' or '.join(_WORDS[kind] for kind in kinds)}."]
        case "enum":
            return [f"{name} must be one of {', '.join(map(str, rule))}."]
        case "minLength":
            return [f"{name} must not be empty."]
        case "format":
            return [f"{name} must be {_FORMS.get(rule, rule)}."]
        case "anyOf" | "oneOf":
            return _explain_choice(error, name)
        case "not":
            return [f"{name} must not be given here."]
        case "pattern":
            return [f"{name} must be {_PATTERNS.get(rule, f'text of the form {rule}')}."]
    return [f"{name} is not in the form of the contract."]


def _explain_choice(error: ValidationError, name: str) -> list[str]:
    branches = error.validator_value
    wanted = [one for branch in branches for one in branch.get("required", [])]
    if all(set(branch) == {"required"} for branch in branches):
        how = "Exactly one" if error.validator == "oneOf" else "At least one"
        return [f"{how} of {', '.join(f'`{one}`' for one in wanted)} must be given in {name.lower()}."]
    # Of several forms, speak about the one that the body comes nearest to.
    kind = "array" if isinstance(error.instance, list) else "object"
    nearest = [
        inner
        for inner in error.context or ()
        if branches[inner.schema_path[0]].get("type") == kind and (inner.validator != "type" or inner.path)
    ]
    return [sentence for inner in nearest for sentence in _explain(inner)] or [
        f"{name} is in none of the forms of the contract."
    ]
