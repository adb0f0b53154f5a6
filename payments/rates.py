"""Exchange rates into the base currency: by these, limits are compared."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from backoffice.audit import Actor, record
from backoffice.staff.roles import Right
from payments import errors, guards, money
from payments.models import ExchangeRate, PaymentRequest
from payments.policies import reading
from payments.states import OPEN_STATES, PaymentState

# What was paid so lately is likely to be paid again.
LATELY = timedelta(days=30)


@dataclass(frozen=True)
class Lack:
    """A currency in use whose rate does not count: `at` is as of when the newest was; None if there is none."""

    currency: str
    at: datetime | None


def lacking(now: datetime) -> list[Lack]:
    """Currencies of payments that are open or settled of late, without a rate that counts now. Two queries.

    Their payments stand in the strictest band of the policy until somebody enters a rate.
    """
    used = Q(state__in=OPEN_STATES) | Q(state=PaymentState.SETTLED, state_since__gt=now - LATELY)
    found = PaymentRequest.objects.filter(used).exclude(currency=settings.BASE_CURRENCY)
    currencies = sorted(found.order_by().values_list("currency", flat=True).distinct())
    newest = dict(
        ExchangeRate.objects.filter(currency__in=currencies, base_currency=settings.BASE_CURRENCY)
        .order_by("currency", "-at", "-id")
        .distinct("currency")
        .values_list("currency", "at")
    )
    oldest = now - reading.in_force().rate_lives
    lacks = [Lack(currency, newest.get(currency)) for currency in currencies]
    return [lack for lack in lacks if lack.at is None or lack.at < oldest]


@transaction.atomic
def enter_rate(
    *, currency: str, rate: Decimal, source: str, at: datetime, actor: Actor, now: datetime
) -> ExchangeRate:
    """Say what one unit of `currency` is worth in the base currency, as of `at`. Raises NotAllowed, Unfit."""
    guards.allow(actor, Right.LEAD_PAYMENTS, now)
    known = currency in money.EXPONENTS or currency in money.TOKENS
    if not known or currency == settings.BASE_CURRENCY:
        raise errors.Unfit(
            "currency", _("Give a currency or token other than the base currency, such as USD.")
        )
    if not rate.is_finite() or not 0 < rate < 10**11 or -int(rate.as_tuple().exponent) > 12:
        raise errors.Unfit(
            "rate", _("The rate must be more than 0 and have at most 12 digits after the point.")
        )
    if at > now:
        raise errors.Unfit("at", _("A rate cannot be of the future."))
    if not source.strip():
        raise errors.Unfit("source", _("Say where the rate comes from."))
    entered = ExchangeRate.objects.create(
        currency=currency,
        base_currency=settings.BASE_CURRENCY,
        rate=rate,
        source=source.strip()[:120],
        at=at,
        recorded_at=now,
        recorded_by=actor.label,
    )
    facts = {"currency": currency, "rate": f"{rate:f}", "source": entered.source, "at": at.isoformat()}
    record(actor=actor, verb="rate.entered", subject=entered, now=now, facts=facts)
    return entered
