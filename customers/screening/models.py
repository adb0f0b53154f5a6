"""What screening found: each run as it came, each hit with what a person decided about it."""

import json
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice import references, vault
from backoffice.staff.models import User
from customers.models import Customer
from customers.screening.subjects import KEY_LENGTH

NAME_CONTEXT = "screening.name"
HIT_CONTEXT = "screening_hit.found"
REASON_CONTEXT = "screening_hit.reason"


class HitKind(models.TextChoices):
    SANCTIONS = "SANCTIONS", _("Sanctions list")
    PEP = "PEP", _("Politically exposed person")
    ADVERSE_MEDIA = "ADVERSE_MEDIA", _("Bad news")
    OTHER = "OTHER", _("Another list")


class HitDecision(models.TextChoices):
    OPEN = "OPEN", _("To decide")
    DISMISSED = "DISMISSED", _("Somebody else")
    CONFIRMED = "CONFIRMED", _("The same person")


class Screening(models.Model):
    """One comparison of one subject with a provider's lists, as it came."""

    screening_ref = models.CharField(_("screening"), max_length=references.LENGTH, unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="screenings")
    # `customer`, `person:<fingerprint>` or `payee:<reference>`, see customers/screening/subjects.py.
    subject_key = models.CharField(max_length=KEY_LENGTH)
    subject_name_sealed = models.BinaryField(default=bytes)
    provider = models.CharField(_("provider"), max_length=80)
    list_date = models.DateField(_("lists of"))
    screened_at = models.DateTimeField(_("screened"))
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=120)
    request_digest = models.CharField(max_length=64)
    # What was screened has changed since: it counts no longer, its hits still do.
    outdated_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("screening")
        verbose_name_plural = _("screenings")
        indexes = [
            models.Index(fields=["customer", "-screened_at"], name="screening_by_customer"),
            models.Index(fields=["-recorded_at", "-id"], name="screening_newest"),
        ]
        constraints = [references.constraint("screening_ref", name="screening_reference_form")]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="as_it_came",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["outdated_at"]),
            ),
        ]

    def __str__(self) -> str:
        return self.screening_ref

    @property
    def subject_name(self) -> str:
        """The name that was screened. Personal."""
        if not self.subject_name_sealed:
            return ""
        return vault.unseal_text(self.customer.vault_key, self.subject_name_sealed, context=NAME_CONTEXT)


class Hit(models.Model):
    """One entry of a list that resembles the subject, and what a person decided about it."""

    screening = models.ForeignKey(Screening, on_delete=models.PROTECT, related_name="hits")
    kind = models.CharField(max_length=13, choices=HitKind.choices)
    found_sealed = models.BinaryField()
    decision = models.CharField(max_length=9, choices=HitDecision.choices, default=HitDecision.OPEN)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason_sealed = models.BinaryField(default=bytes)

    class Meta:
        verbose_name = _("screening hit")
        verbose_name_plural = _("screening hits")
        indexes = [models.Index(fields=["id"], condition=Q(decision="OPEN"), name="hit_open")]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=HitKind.values), name="hit_kind_known"),
            models.CheckConstraint(
                condition=Q(decision="OPEN", decided_by__isnull=True, decided_at__isnull=True)
                | Q(
                    decision__in=["DISMISSED", "CONFIRMED"],
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                )
                & ~Q(reason_sealed=b""),
                name="hit_decided_with_reason",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="found_stays", fields=["screening", "kind", "found_sealed"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} in {self.screening_id}"

    @property
    def found(self) -> dict[str, Any]:
        """What the provider said: `name`, `list`, `note`, `hitRef`, `score`. Personal, and untrusted text."""
        key = self.screening.customer.vault_key
        found: dict[str, Any] = json.loads(vault.unseal(key, self.found_sealed, context=HIT_CONTEXT))
        return found

    @property
    def reason(self) -> str:
        """Why it was decided so, in the words of who decided."""
        if not self.reason_sealed:
            return ""
        return vault.unseal_text(
            self.screening.customer.vault_key, self.reason_sealed, context=REASON_CONTEXT
        )
