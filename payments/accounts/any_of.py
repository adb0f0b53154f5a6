"""A look-up in one parameter and so one form of statement, however many values: field = ANY(...)."""

from collections.abc import Iterable
from typing import Any

from django.db.models import BooleanField, F, Func, Value
from django.db.models.expressions import Combinable


class AnyOf(Func):
    """A condition for `filter`: this text field is one of these values."""

    template = "(%(expressions)s::text[]))"
    arg_joiner = " = ANY("
    arity = 2
    output_field: Any = BooleanField()

    def __init__(self, field: str, values: Iterable[str]) -> None:
        both: list[Combinable] = [F(field), Value(list(values))]
        super().__init__(*both)
