"""A day of one account as a person signed it, line by line, and what changed of that day since."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice import vault
from backoffice.staff.models import User
from customers.models import Customer
from payments.accounts.models import AMOUNT_DIGITS, AMOUNT_PLACES, Transaction

NOTE_CONTEXT = "day_close.note"


def _sum(label: object, **options: object) -> models.DecimalField:  # type: ignore[type-arg]
    return models.DecimalField(label, max_digits=AMOUNT_DIGITS, decimal_places=AMOUNT_PLACES, **options)  # type: ignore[arg-type]


class DayClose(models.Model):
    """Opening + in - out = closing of one business day. Frozen: what comes later is an Adjustment.

    Fees are part of the amounts (see payments/accounts/statements/sums.py), so `fees` is told and not taken off.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="day_closes")
    currency = models.CharField(_("currency"), max_length=16)
    network = models.CharField(_("network"), max_length=40, blank=True)
    day = models.DateField(_("day"))
    # What the day was, by the business clock of then.
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    opening = _sum(_("opening"))
    came_in = _sum(_("came in"))
    went_out = _sum(_("went out"))
    fees = _sum(_("fees"))
    closing = _sum(_("closing"))
    lines = models.PositiveIntegerField(_("lines"))
    # SHA-256 over the account, its sums and each line.
    digest = models.CharField(max_length=64)
    # What Oceafin said the balance was, and how far our lines were from it, when it was signed.
    available = models.CharField(max_length=64, blank=True)
    balance_read_at = models.DateTimeField(null=True)
    difference = _sum(_("difference"), null=True)
    note_sealed = models.BinaryField(default=bytes)
    signed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("signed by")
    )
    signed_at = models.DateTimeField(_("signed"))

    class Meta:
        verbose_name = _("day close")
        verbose_name_plural = _("day closes")
        indexes = [models.Index(fields=["day", "customer"], name="day_close_by_day")]
        constraints = [
            models.UniqueConstraint(fields=["customer", "currency", "network", "day"], name="day_close_once"),
            models.CheckConstraint(
                condition=Q(closing=F("opening") + F("came_in") - F("went_out")), name="day_close_adds_up"
            ),
            models.CheckConstraint(
                condition=Q(difference__isnull=True) | Q(difference=0) | ~Q(note_sealed=b""),
                name="day_close_says_why_it_differs",
            ),
            models.CheckConstraint(condition=Q(signed_at__gte=F("ends_at")), name="day_close_of_a_day_over"),
        ]
        triggers = [pgtrigger.Protect(name="frozen", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.account} {self.day}"

    @property
    def account(self) -> str:
        return f"{self.currency} ({self.network})" if self.network else self.currency

    @property
    def note(self) -> str:
        """Why it was signed although it differs. Raises vault.KeyDestroyed."""
        if not self.note_sealed:
            return ""
        return vault.unseal_text(self.customer.vault_key, self.note_sealed, context=NOTE_CONTEXT)


class ClosedLine(models.Model):
    """One transaction as it stood when its day was signed; what went out has a minus."""

    close = models.ForeignKey(DayClose, on_delete=models.PROTECT, related_name="closed_lines")
    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="+")
    amount = _sum(_("amount"))
    fee = _sum(_("fee"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["close", "transaction"], name="closed_line_once"),
        ]
        triggers = [pgtrigger.Protect(name="frozen", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.transaction_id} of {self.close_id}"


class Adjustment(models.Model):
    """What one line of a signed day differs by from what was known of it before. The close itself stays."""

    close = models.ForeignKey(DayClose, on_delete=models.PROTECT, related_name="adjustments")
    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="+")
    difference = _sum(_("difference"))
    fee_difference = _sum(_("difference of the fee"))
    found_at = models.DateTimeField(_("found"))

    class Meta:
        verbose_name = _("adjustment")
        verbose_name_plural = _("adjustments")
        constraints = [
            models.CheckConstraint(
                condition=~Q(difference=0) | ~Q(fee_difference=0), name="adjustment_adjusts_something"
            )
        ]
        triggers = [pgtrigger.Protect(name="frozen", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"adjustment of {self.close_id}"


class LookedThrough(models.Model):
    """Since when a customer's transactions were not looked through for changes of signed days."""

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, primary_key=True, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.customer_id}"
