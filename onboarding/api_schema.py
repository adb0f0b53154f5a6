"""The data of a case as a JSON schema, made from the same table that checks it."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from onboarding import rules
from onboarding.details import KYB, KYC, Field, Group

_SCHEMAS: dict[Any, dict[str, Any]] = {
    rules.text: {"type": "string", "maxLength": rules.LONGEST},
    rules.long_text: {"type": "string", "maxLength": 1000},
    rules.texts: {"type": "array", "items": {"type": "string"}, "maxItems": rules.MOST_ITEMS},
    rules.country: {"type": "string", "pattern": "^[A-Z]{2}$", "description": "ISO 3166-1 alpha-2."},
    rules.email: {"type": "string", "format": "email"},
    rules.birth_date: {"type": "string", "format": "date"},
    rules.past_date: {"type": "string", "format": "date"},
    rules.instant: {"type": "string", "format": "date-time"},
    rules.sha256: {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    rules.percent: {"type": ["string", "number"]},
}


class Section(serializers.Field):
    """One section of the data, as it came: `onboarding.details` checks it."""

    def to_internal_value(self, data: Any) -> Any:
        return data

    def to_representation(self, value: Any) -> Any:
        return value


def section(name: str) -> Section:
    """The field of one section, with its schema."""
    group = {**KYC, **KYB}[name]
    described = extend_schema_field(_schema(group))(type(f"{name}Section", (Section,), {}))
    return described(required=False, allow_null=True)


def _schema(expected: Field | Group) -> dict[str, Any]:
    if isinstance(expected, Field):
        return _SCHEMAS[expected.rule]
    properties = {name: _schema(below) for name, below in expected.fields.items()}
    one = {"type": "object", "properties": properties, "additionalProperties": False}
    return {"type": "array", "items": one, "maxItems": rules.MOST_ITEMS} if expected.many else one
