"""Who agreed to a payment."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.staff.models import User
from payments import database_rules as rules
from payments.columns import money_column


class Approval(models.Model):
    """One person's yes to exactly these terms. Written once; voided when the terms no longer hold."""

    payment = models.ForeignKey("payments.PaymentRequest", on_delete=models.PROTECT, related_name="approvals")
    approver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="approvals")
    # In which stage of the payment's rule it counts, from 0, and as what.
    stage = models.PositiveSmallIntegerField()
    role = models.CharField(max_length=32)
    terms_digest = models.CharField(max_length=64)
    approved_at = models.DateTimeField()
    method = models.CharField(max_length=10)
    # When the second factor was shown that this rests on; `reviewed` together with others, listed on one page.
    proved_at = models.DateTimeField()
    reviewed = models.BooleanField(default=False)
    # What it counts against the approver's limit, in the base currency, and by which rate.
    base_amount = money_column()
    base_currency = models.CharField(max_length=3)
    rate = models.CharField(max_length=60)
    rate_source = models.CharField(max_length=120)
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        indexes = [models.Index(fields=["approver", "-approved_at"], name="approval_by_approver")]
        constraints = [
            models.UniqueConstraint(
                fields=["payment", "approver"],
                condition=Q(voided_at__isnull=True),
                name="approval_once_per_person",
            ),
            models.CheckConstraint(
                condition=Q(voided_at__isnull=True) | ~Q(void_reason=""), name="approval_voided_for_a_reason"
            ),
        ]
        triggers = [rules.four_eyes, rules.only_voided]

    def __str__(self) -> str:
        return f"approval of {self.payment_id} by {self.approver_id}"
