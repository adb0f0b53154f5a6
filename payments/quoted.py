"""What Oceafin said a payment costs (Quote), and what was drafted there by it (Draft)."""

from datetime import datetime, timedelta

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from payments import database_rules as rules
from payments.columns import money_column


class QuotePurpose(models.TextChoices):
    SHOWN = "SHOWN", _("To be looked at")
    SENDING = "SENDING", _("To be sent with")


# More than any answer needs to come. One kept for a retry may be older, and is refused at the draft.
OTHER_CLOCK = timedelta(seconds=15)


class Quote(models.Model):
    """One quote of Oceafin's, as it came. It lives minutes; what is approved are the terms."""

    payment = models.ForeignKey(
        "payments.PaymentRequest", on_delete=models.PROTECT, related_name="quotes", db_index=False
    )
    number = models.PositiveSmallIntegerField()
    purpose = models.CharField(max_length=7, choices=QuotePurpose.choices)
    oceafin_quote_id = models.CharField(max_length=64)
    fee = money_column(null=True)
    fee_currency = models.CharField(max_length=16, blank=True)
    receives = money_column(null=True)
    receive_currency = models.CharField(max_length=16, blank=True)
    # What it costs in the other currency, where what arrives is fixed.
    pays = money_column(null=True)
    # Exact text, as many digits as it came with.
    rate = models.CharField(max_length=60, blank=True)
    expires_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()

    class Meta:
        verbose_name = _("quote")
        verbose_name_plural = _("quotes")
        indexes = [models.Index(fields=["expires_at"], condition=Q(purpose="SHOWN"), name="quote_runs_out")]
        constraints = [models.UniqueConstraint(fields=["payment", "number"], name="quote_number_once")]
        triggers = [pgtrigger.Protect(name="kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"quote {self.number} of {self.payment_id}"

    def is_live(self, now: datetime) -> bool:
        """Whether it can be used. Where its end lies well before it came, Oceafin's clock is behind ours and nothing
        here can tell: Oceafin refuses the draft of one that ran out."""
        if self.expires_at is None or self.expires_at < self.received_at - OTHER_CLOCK:
            return True
        return now < self.expires_at


class Draft(models.Model):
    """One draft at Oceafin, under a reference of its own. A new one is made only when the old one is dead."""

    payment = models.ForeignKey(
        "payments.PaymentRequest", on_delete=models.PROTECT, related_name="drafts", db_index=False
    )
    number = models.PositiveSmallIntegerField()
    draft_ref = models.CharField(max_length=80, unique=True)
    # None where Oceafin gives no quotes for the kind.
    quote = models.ForeignKey(Quote, null=True, on_delete=models.PROTECT, related_name="+")
    operation_hash = models.CharField(max_length=64)
    oceafin_id = models.CharField(max_length=64, null=True, unique=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["payment", "number"], name="draft_number_once")]
        triggers = [
            rules.never_deleted,
            rules.frozen("payment", "number", "draft_ref", "quote", "operation_hash", "created_at"),
        ]

    def __str__(self) -> str:
        return self.draft_ref
