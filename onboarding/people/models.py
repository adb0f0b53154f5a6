"""The directors and beneficial owners of a company in review, each a person of their own."""

import json
import uuid
from decimal import Decimal
from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice import vault
from backoffice.staff.models import User
from onboarding.details import full_name
from onboarding.models import Case, CaseDocument, Decision

DETAILS_CONTEXT = "person.details"
REASON_CONTEXT = "person.reason"


class Role(models.TextChoices):
    DIRECTOR = "DIRECTOR", _("Director")
    OWNER = "OWNER", _("Owner")


class Person(models.Model):
    """One entry of `directors` or `beneficialOwners` (contract section 3), and what a reviewer decided about it.

    Made from the case's data, and kept as the same person when the data is amended. Who is no longer named is kept.
    Lock order in a transaction: the case, then its people.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="people")
    person_id = models.UUIDField(default=uuid.uuid4, unique=True)
    role = models.CharField(max_length=8, choices=Role.choices)
    # Among those of the same role, in the order of the data, from 1.
    number = models.PositiveSmallIntegerField()
    details_sealed = models.BinaryField()
    # For reading and sorting; what counts is the exact share in the details.
    ownership_percent = models.DecimalField(max_digits=9, decimal_places=6, null=True)

    # `is_required`, as it stood when the case was last about to move on: what the database goes by.
    is_awaited = models.BooleanField(default=True)

    decision = models.CharField(max_length=8, choices=Decision.choices, default=Decision.PENDING)
    reason_sealed = models.BinaryField(default=bytes)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("person of a company")
        verbose_name_plural = _("people of companies")
        indexes = [models.Index(fields=["case", "role", "number"], name="person_by_case")]
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="person_role_known"),
            models.CheckConstraint(
                condition=Q(decision="PENDING", decided_by__isnull=True, decided_at__isnull=True)
                | Q(
                    decision__in=["ACCEPTED", "REJECTED"], decided_by__isnull=False, decided_at__isnull=False
                ),
                name="person_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(ownership_percent__isnull=True)
                | Q(role="OWNER", ownership_percent__gt=0, ownership_percent__lte=100),
                name="person_owns_a_share",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="identity_frozen", fields=["case", "person_id", "role", "added_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.title} of {self.case_id}"

    @property
    def title(self) -> str:
        """`Director 1`: what may be said of somebody without saying who it is."""
        return f"{self.get_role_display()} {self.number}"

    @property
    def details(self) -> dict[str, Any]:
        """The entry as it was handed in. Personal. Raises vault.KeyDestroyed."""
        data: dict[str, Any] = json.loads(
            vault.unseal(self.case.customer.vault_key, self.details_sealed, context=DETAILS_CONTEXT)
        )
        return data

    @property
    def name(self) -> str:
        """First, middle and last name as given. Personal."""
        return full_name(self.details)

    @property
    def reason(self) -> str:
        """The reviewer's own words on the decision."""
        if not self.reason_sealed:
            return ""
        return vault.unseal_text(self.case.customer.vault_key, self.reason_sealed, context=REASON_CONTEXT)

    @property
    def share(self) -> Decimal:
        """What an owner owns, in percent, exactly as given; 0 where nothing was given."""
        return Decimal(str(self.details.get("ownershipPercent", 0)))

    @property
    def is_required(self) -> bool:
        """Whether the company waits for this person: each director, and who owns OWNER_PERCENT or more.

        An owner whose share is not given counts as one who owns much.
        """
        if self.role == Role.DIRECTOR or self.ownership_percent is None:
            return True
        return self.share >= settings.OWNER_PERCENT


class PersonDocument(models.Model):
    """A document of the case that is about this person. Taken away again it is gone; the trail keeps that it was."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="documents")
    case_document = models.ForeignKey(CaseDocument, on_delete=models.PROTECT, related_name="people")
    linked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    linked_at = models.DateTimeField()

    class Meta:
        verbose_name = _("document of a person")
        verbose_name_plural = _("documents of people")
        constraints = [
            models.UniqueConstraint(fields=["person", "case_document"], name="person_document_once"),
        ]

    def __str__(self) -> str:
        return f"document {self.case_document_id} of person {self.person_id}"
