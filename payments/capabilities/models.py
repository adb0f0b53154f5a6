"""What Oceafin lets a customer pay out, currency by currency."""

import json
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice import vault
from customers.models import Customer

MISSING_CONTEXT = "withdrawal_capability.missing"
ACTIVE, AVAILABLE, PENDING = "ACTIVE", "AVAILABLE", "PENDING"
NEEDS_INFO, REJECTED = "MISSING_INFO_REQUIRED", "REJECTED"
# Words that say that nothing can be paid out. Any other word, also one that nobody knows, keeps nothing back.
INACTIVE = (AVAILABLE, PENDING, NEEDS_INFO, REJECTED)


class WithdrawalCapability(models.Model):
    """One capability to pay out, as Oceafin said it last (contract section 4)."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="withdrawal_capabilities")
    capability_id = models.CharField(_("capability"), max_length=64)
    currency = models.CharField(_("currency"), max_length=16, blank=True)
    # Empty: for every bank account.
    bank_account_id = models.CharField(max_length=64, blank=True)
    status = models.CharField(_("status"), max_length=64, blank=True)
    status_since = models.DateTimeField(_("since"))
    updated_at = models.DateTimeField(_("changed at Oceafin"), null=True)
    read_at = models.DateTimeField(_("read"))
    # What Oceafin asks for before it activates it, in its words: free text about people.
    missing_sealed = models.BinaryField(default=bytes)
    # When its activation was written, once; and why Oceafin would not take it.
    asked_at = models.DateTimeField(_("activation asked for"), null=True)
    refusal = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("capability to pay out")
        verbose_name_plural = _("capabilities to pay out")
        constraints = [
            models.UniqueConstraint(fields=["customer", "capability_id"], name="withdrawal_capability_once"),
        ]
        indexes = [
            models.Index(
                fields=["status", "status_since", "id"],
                condition=Q(status__in=INACTIVE),
                name="withdrawal_capability_waits",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="identity_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("customer", "capability_id"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.capability_id}"

    @property
    def missing(self) -> list[dict[str, str]]:
        """What Oceafin asks for: {"code", "message", "documentType"}, "" where it said nothing."""
        if not self.missing_sealed:
            return []
        key = self.customer.vault_key
        found: list[dict[str, Any]] = json.loads(
            vault.unseal_text(key, self.missing_sealed, context=MISSING_CONTEXT)
        )
        return found
