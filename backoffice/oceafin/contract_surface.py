"""What an OpenAPI document promises, flattened: operations with their parameters and fields. Pure.

Made for documents of strangers: every part may be missing or of a wrong type, $refs may run in circles, and
nothing outside the document is read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

METHODS = ("get", "post", "put", "patch", "delete")
PREFIX = "/partner/v1"
DEEPEST_FIELD = 8
MOST_FIELDS = 2000


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a body, by its dotted name; items of a list are `name[]`."""

    name: str
    types: frozenset[str]
    values: tuple[str, ...]
    is_required: bool
    mark: str = ""


@dataclass(slots=True)
class Body:
    """The fields of one body; `is_closed` when unknown ones are refused; `media` are its content types."""

    fields: dict[str, Field] = field(default_factory=dict)
    media: tuple[str, ...] = ()
    is_closed: bool = False
    is_required: bool = False


@dataclass(slots=True)
class Call:
    """One operation or webhook."""

    operation_id: str
    method: str
    path: str
    tag: str
    mark: str
    parameters: dict[tuple[str, str], Field]
    request: Body
    reply: Body
    codes: frozenset[str]


class Surface:
    """A document's calls by method and path shape, its webhooks by name, and what could not be read."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self.unread: set[str] = set()
        self._always = list(self._security_headers())
        self.calls: dict[tuple[str, str], Call] = {}
        base = self._base_path()
        for path, item in mapping(document.get("paths")).items():
            whole = path if str(path).startswith(PREFIX) else base + str(path)
            for method, call in self._calls(whole, item):
                self.calls[method, shape(whole)] = call
        hooks = mapping(document.get("webhooks")) or mapping(document.get("x-webhooks"))
        self.webhooks = {
            str(name): call for name, item in hooks.items() for _, call in self._calls(str(name), item)
        }

    def _base_path(self) -> str:
        for server in sequence(self._document.get("servers")):
            path = urlsplit(str(mapping(server).get("url", ""))).path.rstrip("/")
            if path:
                return path
        return ""

    def _calls(self, path: str, item: Any) -> Iterator[tuple[str, Call]]:
        item = self.resolve(item)
        for method in METHODS:
            spec = mapping(item.get(method))
            if not spec:
                continue
            parameters = dict(self._always)
            for part in (*sequence(item.get("parameters")), *sequence(spec.get("parameters"))):
                parameters.update(self._parameter(self.resolve(part)))
            # YAML reads an unquoted 200 as a number.
            responses = {str(status): one for status, one in mapping(spec.get("responses")).items()}
            yield (
                method,
                Call(
                    operation_id=str(spec.get("operationId") or f"{method.upper()} {path}"),
                    method=method.upper(),
                    path=path,
                    tag=str(next(iter(sequence(spec.get("tags"))), "")),
                    mark=str(spec.get("x-oceafin", "")),
                    parameters=parameters,
                    request=self._body(spec.get("requestBody")),
                    reply=self._body(_success(responses)),
                    codes=frozenset(self._codes(responses)),
                ),
            )

    def _security_headers(self) -> Iterator[tuple[tuple[str, str], Field]]:
        """Headers that every call needs, where the document declares them as security and not as parameters."""
        schemes = mapping(mapping(self._document.get("components")).get("securitySchemes"))
        for name in {
            str(name) for entry in sequence(self._document.get("security")) for name in mapping(entry)
        }:
            scheme = self.resolve(schemes.get(name))
            if scheme.get("type") == "apiKey" and scheme.get("in") == "header":
                header = str(scheme.get("name"))
                yield ("header", header.lower()), Field(header, frozenset({"string"}), (), True)

    def _parameter(self, part: dict[str, Any]) -> dict[tuple[str, str], Field]:
        place, name = str(part.get("in", "")), str(part.get("name", ""))
        if place not in {"header", "query"} or not name:
            return {}
        schema = self.resolve(part.get("schema"))
        found = Field(
            name,
            types_of(schema),
            values_of(schema),
            part.get("required") is True,
            str(part.get("x-oceafin", "")),
        )
        return {(place, name.lower() if place == "header" else name): found}

    def _body(self, part: Any) -> Body:
        part = self.resolve(part)
        content = mapping(part.get("content"))
        media = content.get("application/json") or next(
            (value for name, value in content.items() if "json" in str(name)),
            next(iter(content.values()), None),
        )
        body = Body(media=tuple(map(str, content)), is_required=part.get("required") is True)
        schema = self.resolve(mapping(media).get("schema"))
        body.is_closed = schema.get("additionalProperties") is False
        self._flatten(schema, "", True, body.fields, ())
        return body

    def _codes(self, responses: dict[str, Any]) -> Iterator[str]:
        for status, response in responses.items():
            if str(status)[:1] in {"4", "5"} or str(status) == "default":
                code = self._body(response).fields.get("code")
                if code is not None:
                    yield from code.values

    def _flatten(
        self, schema: Any, prefix: str, required: bool, found: dict[str, Field], above: tuple[int, ...]
    ) -> None:
        """Adds the fields below `schema`; a schema inside itself, or too deep, ends there."""
        schema = self.resolve(schema)
        if id(schema) in above or len(above) > DEEPEST_FIELD * 4 or prefix.count(".") >= DEEPEST_FIELD:
            return
        above = (*above, id(schema))
        for part in sequence(schema.get("allOf")):
            self._flatten(part, prefix, required, found, above)
        for part in (*sequence(schema.get("anyOf")), *sequence(schema.get("oneOf"))):
            self._flatten(part, prefix, False, found, above)
        if prefix == "" and "items" in schema:
            # A bare array is the same as the page around it, for a reader of its items.
            self._flatten(schema["items"], "items[]", required, found, above)
        demanded = {str(name) for name in sequence(schema.get("required"))}
        for name, raw in mapping(schema.get("properties")).items():
            if len(found) >= MOST_FIELDS:
                self.unread.add(f"more than {MOST_FIELDS} fields of one body")
                return
            whole = f"{prefix}.{name}" if prefix else str(name)
            inner = self.resolve(raw)
            is_required = required and str(name) in demanded
            mark = str(mapping(raw).get("x-oceafin", ""))
            found[whole] = Field(whole, self._types(inner), values_of(inner), is_required, mark)
            self._flatten(inner, whole, is_required, found, above)
            if "items" in inner:
                items = self.resolve(inner["items"])
                found[whole + "[]"] = Field(whole + "[]", self._types(items), values_of(items), False, mark)
                self._flatten(items, whole + "[]", is_required, found, above)

    def _types(self, schema: dict[str, Any]) -> frozenset[str]:
        types = set(types_of(schema))
        for part in (
            *sequence(schema.get("allOf")),
            *sequence(schema.get("anyOf")),
            *sequence(schema.get("oneOf")),
        ):
            types |= types_of(self.resolve(part))
        return frozenset(types)

    def resolve(self, part: Any) -> dict[str, Any]:
        """The part itself, or what its $ref leads to inside this document; {} where that is nothing."""
        for _ in range(20):
            here = mapping(part)
            ref = here.get("$ref")
            if not isinstance(ref, str):
                return here
            if not ref.startswith("#"):
                self.unread.add(f"`{ref[:100]}`, which lies outside the file")
                return {}
            part = self._at(ref)
        self.unread.add("a $ref that leads to itself")
        return {}

    def _at(self, ref: str) -> Any:
        target: Any = self._document
        for name in ref.lstrip("#").strip("/").split("/"):
            target = mapping(target).get(unquote(name).replace("~1", "/").replace("~0", "~"))
        if target is None:
            self.unread.add(f"`{ref[:100]}`, which the file does not contain")
        return target


def mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def sequence(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def shape(path: str) -> str:
    """A path without the names of its ids: `/a/{x}` and `/a/{y}` are the same on the wire."""
    return re.sub(r"\{[^}]*\}", "{}", path.rstrip("/"))


def types_of(schema: dict[str, Any]) -> frozenset[str]:
    """The JSON types that a schema allows, null left out; empty where it does not say."""
    given = schema.get("type")
    types = {str(one) for one in (given if isinstance(given, list) else [given]) if one}
    if not types and "properties" in schema:
        types = {"object"}
    if not types and values_of(schema):
        types = {"string"}
    return frozenset(types - {"null"})


def values_of(schema: dict[str, Any]) -> tuple[str, ...]:
    listed = sequence(schema.get("enum")) or ([schema["const"]] if "const" in schema else [])
    return tuple(str(value) for value in listed if value is not None)


def _success(responses: dict[str, Any]) -> Any:
    for status in sorted(responses):
        if status.startswith("2"):
            return responses[status]
    return responses.get("default")
