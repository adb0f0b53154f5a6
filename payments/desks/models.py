"""What people found out about a payment that nobody else could say."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice import vault
from backoffice.staff.models import User
from customers.models import Document
from payments import database_rules as rules
from payments.models import PaymentRequest

EVIDENCE_CONTEXT = "finding.evidence"


class FindingKind(models.TextChoices):
    """Of an unknown outcome: it did not happen. Of a contradiction: there is none any more."""

    DID_NOT_HAPPEN = "DID_NOT_HAPPEN", _("It did not happen")
    NO_CONTRADICTION = "NO_CONTRADICTION", _("What Oceafin says agrees with what we know")


class Finding(models.Model):
    """One person's evidence, and another's agreement to it. Only both together count."""

    payment = models.ForeignKey(PaymentRequest, on_delete=models.PROTECT, related_name="findings")
    kind = models.CharField(_("what was found"), max_length=16, choices=FindingKind.choices)
    # What Oceafin's support said, in the words of who asked it.
    evidence_sealed = models.BinaryField()
    support_reference = models.CharField(_("Oceafin's reference"), max_length=120, blank=True)
    document = models.ForeignKey(Document, null=True, on_delete=models.PROTECT, related_name="+")
    # The letter of which it is said that it did not arrive, by its idempotency key.
    letter_key = models.CharField(max_length=255, blank=True)
    # What it clears, word for word; and what Oceafin showed when it was read for this.
    contradiction = models.CharField(max_length=300, blank=True)
    oceafin_says = models.CharField(_("Oceafin says"), max_length=300, blank=True)

    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("proposed"))
    confirmed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    withdrawn_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(_("taken back"), null=True)

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=FindingKind.values), name="finding_kind_known"),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("proposed_by")),
                name="finding_needs_two_people",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False, withdrawn_at__isnull=True),
                name="finding_confirmed_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["payment"],
                condition=Q(confirmed_at__isnull=True, withdrawn_at__isnull=True),
                name="finding_open_once",
            ),
        ]
        triggers = [
            rules.never_deleted,
            rules.frozen(
                "payment",
                "kind",
                "evidence_sealed",
                "support_reference",
                "document",
                "contradiction",
                "letter_key",
                "proposed_by",
                "proposed_at",
            ),
            pgtrigger.Protect(
                name="decided_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.confirmed_at IS NOT NULL OR OLD.withdrawn_at IS NOT NULL"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.payment_id}"

    @property
    def evidence(self) -> str:
        """Free text; may name people. Raises vault.KeyDestroyed when the customer was erased."""
        return vault.unseal_text(
            self.payment.customer.vault_key, self.evidence_sealed, context=EVIDENCE_CONTEXT
        )

    @property
    def is_open(self) -> bool:
        return self.confirmed_at is None and self.withdrawn_at is None
