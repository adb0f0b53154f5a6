"""What the whole installation's payments hang on: the money-out switch, and the rates that limits compare by."""

from decimal import ROUND_CEILING, Decimal

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice.staff.models import User
from payments import database_rules as rules
from payments.money import EXACT


class MoneyOutSwitch(models.Model):
    """One row: whether money may leave. Closed until two administrators open it; any one person closes it."""

    is_open = models.BooleanField(default=False)
    asked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("money-out switch")
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="one_money_out_switch"),
            models.CheckConstraint(
                condition=Q(is_open=False)
                | Q(asked_by__isnull=False, confirmed_by__isnull=False) & ~Q(asked_by=F("confirmed_by")),
                name="money_out_opened_by_two",
            ),
        ]
        triggers = [rules.never_deleted]

    def __str__(self) -> str:
        return "money out is open" if self.is_open else "money out is closed"


class ExchangeRate(models.Model):
    """What one unit of a currency is worth in the base currency, who says so, and since when. Appended only."""

    # A token by its symbol: it is worth the same on each of its networks.
    currency = models.CharField(_("currency"), max_length=16)
    base_currency = models.CharField(_("base currency"), max_length=3)
    rate = models.DecimalField(_("rate"), max_digits=24, decimal_places=12)
    source = models.CharField(_("source"), max_length=120)
    at = models.DateTimeField(_("as of"))
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(_("entered by"), max_length=120)

    class Meta:
        verbose_name = _("exchange rate")
        verbose_name_plural = _("exchange rates")
        indexes = [models.Index(fields=["currency", "base_currency", "-at", "-id"], name="rate_newest")]
        constraints = [models.CheckConstraint(condition=Q(rate__gt=0), name="rate_above_zero")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.currency}/{self.base_currency} {self.rate.normalize():f}"

    def applied_to(self, amount: Decimal) -> Decimal:
        """The amount in the base currency, to four digits, rounded up: a limit is never passed by rounding."""
        worth = EXACT.multiply(amount, self.rate)
        return worth.quantize(Decimal("0.0001"), rounding=ROUND_CEILING, context=EXACT)
