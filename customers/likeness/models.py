"""What customers are compared by, and the pairs that were found alike.

Only keyed hashes of personal data stand here; the one readable thing is a form of the display name, which is
readable at the customer as well.
"""

import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice import vault
from backoffice.staff.models import User
from customers.likeness.states import PAIR, PairState
from customers.models import Customer

REASON_CONTEXT = "likeness.reason"


class Kind(models.TextChoices):
    """What two customers may have in common. A pair's reasons are told in this order."""

    DOCUMENT_NUMBER = "DOCUMENT_NUMBER", _("Same document number")
    REGISTRATION = "REGISTRATION", _("Same registration number")
    PERSON = "PERSON", _("Same name and date of birth")
    COMPANY = "COMPANY", _("Same legal name")
    FILE = "FILE", _("Same file handed in")
    NAME = "NAME", _("Similar name")
    CONTACT = "CONTACT", _("Same email or phone")
    ADDRESS = "ADDRESS", _("Same address")
    # Compared together with the name, never shown alone.
    BIRTH_DATE = "BIRTH_DATE", _("Same date of birth")


class Trait(models.Model):
    """One thing that is known of a customer, as a keyed hash: equal traits are found, none can be read."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    value = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "kind", "value"], name="trait_once"),
        ]
        indexes = [models.Index(fields=["value", "kind", "customer"], name="trait_lookup")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.customer_id}"


class Name(models.Model):
    """A customer's name in plain letters, for finding similar ones; and whether it is still to be compared."""

    customer = models.OneToOneField(Customer, on_delete=models.PROTECT, primary_key=True, related_name="+")
    is_company = models.BooleanField()
    plain = models.CharField(max_length=400)
    # Something new was learnt since the customer was last compared with all others.
    due_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # Without its waiting list: a look-up must not pay for what others wrote a moment ago.
            GinIndex(
                fields=["plain"],
                opclasses=["gin_trgm_ops"],
                condition=Q(is_company=True),
                fastupdate=False,
                name="likeness_company_names",
            ),
            GinIndex(
                fields=["plain"],
                opclasses=["gin_trgm_ops"],
                condition=Q(is_company=False),
                fastupdate=False,
                name="likeness_person_names",
            ),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="likeness_due"),
        ]

    def __str__(self) -> str:
        return f"name of {self.customer_id}"


class Pair(models.Model):
    """Two customers who look alike, and what a person decided: asked once, remembered for ever."""

    low = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    high = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    # Codes of Kind, the weightiest first.
    reasons = models.JSONField()
    state = models.CharField(max_length=8, choices=PairState.choices(), default=PairState.OPEN)
    state_since = models.DateTimeField()
    found_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason_sealed = models.BinaryField(default=bytes)

    class Meta:
        verbose_name = _("likely duplicate")
        verbose_name_plural = _("likely duplicates")
        indexes = [models.Index(fields=["id"], condition=Q(state="OPEN"), name="pair_open")]
        constraints = [
            models.UniqueConstraint(fields=["low", "high"], name="pair_once"),
            models.CheckConstraint(condition=Q(low__lt=F("high")), name="pair_in_order"),
            models.CheckConstraint(
                condition=Q(state="OPEN", decided_by__isnull=True, decided_at__isnull=True)
                | Q(state__in=["SAME", "NOT_SAME"], decided_by__isnull=False, decided_at__isnull=False),
                name="pair_decided_by_somebody",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="moves", field="state", transitions=PAIR.transitions()),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="who_stays", fields=["low", "high", "found_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.low} and {self.high}"

    @property
    def reason_labels(self) -> list[str]:
        return [str(Kind(code).label) for code in self.reasons]

    @property
    def reason(self) -> str:
        """Why it was decided so, in the person's words."""
        if not self.reason_sealed:
            return ""
        return vault.unseal_text(self.low.vault_key, self.reason_sealed, context=REASON_CONTEXT)
