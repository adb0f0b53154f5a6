"""Columns that several tables of payments have."""

from typing import Any

from django.db import models

from payments.money import DECIMAL_PLACES, MAX_DIGITS


def money_column(**options: Any) -> models.DecimalField:  # type: ignore[type-arg]
    """An exact amount, as large and as fine as any currency or token needs."""
    return models.DecimalField(max_digits=MAX_DIGITS, decimal_places=DECIMAL_PLACES, **options)


# Of a payment, what was asked for and by whom: it stays.
ASKED_FOR = (
    "scheduled_on",
    "payment_ref",
    "kind",
    "customer_id",
    "amount",
    "currency",
    "network",
    "beneficiary_id",
    "wallet_id",
    "source_type",
    "source_id",
    "source_amount",
    "fixed_side",
    "other_currency",
    "wording_sealed",
    "replaces_id",
    "maker_kind",
    "maker_id",
    "maker_label",
    "maker_token_id",
    "requested_by",
    "maker_user_ids",
    "source",
    "created_at",
)
