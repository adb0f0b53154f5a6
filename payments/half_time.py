"""When half of the time is gone that a payment has to be approved: asked so that an index answers it.

Half of the time from `state_since` to `approval_deadline_at` is gone once the two together are at most twice now. The
seconds are those of UTC, for an index takes nothing that depends on a time zone.
"""

from datetime import datetime
from decimal import Decimal

from django.db.models import DecimalField, F, Func
from django.db.models.expressions import CombinedExpression
from django.db.models.lookups import LessThanOrEqual

_SECONDS = DecimalField(max_digits=20, decimal_places=6)


def _seconds(field: str) -> Func:
    template = "EXTRACT(epoch FROM timezone('UTC', %(expressions)s))"
    return Func(F(field), template=template, output_field=_SECONDS)


def twice_half_time() -> CombinedExpression:
    """Twice the instant at which half of it is gone, in seconds."""
    return _seconds("state_since") + _seconds("approval_deadline_at")


def is_over(now: datetime) -> LessThanOrEqual:
    """The condition that half of the time is gone."""
    return LessThanOrEqual(twice_half_time(), 2 * Decimal(str(now.timestamp())))
