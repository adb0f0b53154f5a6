"""Columns that several tables of payments have."""

from typing import Any

from django.db import models

from payments.money import DECIMAL_PLACES, MAX_DIGITS


def money_column(**options: Any) -> models.DecimalField:  # type: ignore[type-arg]
    """An exact amount, as large and as fine as any currency or token needs."""
    return models.DecimalField(max_digits=MAX_DIGITS, decimal_places=DECIMAL_PLACES, **options)
