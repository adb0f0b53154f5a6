"""A NUL character in any text of a request is answered 400, whichever endpoint and field it stands in."""

import json
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

from backoffice.rest.reading import MAX_JSON_BYTES
from tests.api.conftest import Client, problem

pytestmark = pytest.mark.django_db
NUL = "a\x00b"


def bodies(schema: dict[str, Any], asked: dict[str, Any], depth: int = 0) -> list[Any]:
    """A value of this schema for each text in it, with NUL in that text and nothing else in it."""
    if "$ref" in asked:
        return bodies(schema, schema["components"]["schemas"][asked["$ref"].rsplit("/", 1)[1]], depth)
    for several in ("oneOf", "anyOf", "allOf"):
        if several in asked:
            return [body for one in asked[several] for body in bodies(schema, one, depth)]
    if "properties" in asked and depth < 8:
        parts = {name: bodies(schema, part, depth + 1) for name, part in asked["properties"].items()}
        return [{name: body} for name, found in parts.items() for body in found] or [{NUL: 1}]
    if asked.get("type") == "array":
        return [[body] for body in bodies(schema, asked["items"], depth + 1)]
    return [NUL]


def test_is_refused_in_every_field_of_every_request(client_with: Client) -> None:
    api = client_with("customers", "onboarding", "payments")
    schema = SchemaGenerator().get_schema(request=None, public=True)
    posted, tried = set(), 0
    for path, operations in schema["paths"].items():
        address = path.replace("{", "").replace("}", "")
        content = operations.get("post", {}).get("requestBody", {}).get("content", {})
        for body in (
            bodies(schema, content["application/json"]["schema"]) if "application/json" in content else ()
        ):
            answer = api.post(address, json.dumps(body), content_type="application/json")
            # Where the address names a record, that is looked for first.
            assert answer.status_code in ({400, 404} if "{" in path else {400}), (path, body, answer.content)
            problem(answer)
            posted.add(path)
            tried += 1
        for asked in operations.get("get", {}).get("parameters", ()):
            if asked["in"] == "query":
                answer = api.get(address, {asked["name"]: NUL})
                assert answer.status_code in {400, 404}, (path, asked["name"])
    assert {"/api/v1/customers", "/api/v1/payment-requests"} <= posted
    assert tried > 60


def test_is_refused_before_anything_is_read_of_a_body_that_is_too_long(client_with: Client) -> None:
    body = json.dumps({"displayName": "a" * 10 * MAX_JSON_BYTES})
    answer = client_with("customers").post("/api/v1/customers", body, content_type="application/json")
    assert answer.status_code == 413
