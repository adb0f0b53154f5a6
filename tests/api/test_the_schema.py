import pytest
import yaml
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def schema(client: Client) -> dict:
    answer = client.get("/api/schema/")
    assert answer.status_code == 200
    return yaml.load(answer.content, Loader=yaml.CSafeLoader)


def test_names_every_endpoint_and_how_to_sign_in(schema: dict) -> None:
    assert {"/api/v1/customers", "/api/v1/customers/{partner_customer_ref}"} <= set(schema["paths"])
    assert schema["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_says_of_every_operation_which_problems_may_come(schema: dict) -> None:
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            if method in {"get", "post"}:
                assert "400" in operation["responses"], (path, method)
                assert "application/problem+json" in operation["responses"]["401"]["content"]
                assert operation["operationId"]
                assert operation["summary"]


def test_is_made_without_a_warning() -> None:
    from drf_spectacular.drainage import GENERATOR_STATS, reset_generator_stats
    from drf_spectacular.generators import SchemaGenerator
    from drf_spectacular.validation import validate_schema

    reset_generator_stats()
    validate_schema(SchemaGenerator().get_schema(request=None, public=True))
    assert not GENERATOR_STATS
