"""What is asked for in a case, and the words that a lead wrote for it."""

import json
import uuid
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from backoffice import vault
from backoffice.staff.models import User
from customers.files import DocumentType
from customers.models import Document
from onboarding.models import Case, CaseDocument, InfoRequest
from onboarding.requested.texts import AskCode, pick

TEXTS_CONTEXT = "requested.texts"


class Origin(models.TextChoices):
    US = "US", _("We ask")
    OCEAFIN = "OCEAFIN", _("Oceafin asks")


class ItemQuerySet(models.QuerySet["RequestedItem"]):
    def collected(self) -> "ItemQuerySet":
        """Not sent yet."""
        return self.filter(asked_at__isnull=True, dropped_at__isnull=True)

    def waiting(self) -> "ItemQuerySet":
        """Sent, and still waited for."""
        return self.filter(asked_at__isnull=False, closed_at__isnull=True, answered_at__isnull=True)


class RequestedItem(models.Model):
    """One thing that the customer should send: collected, then asked, then answered or no longer waited for."""

    item_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="requested_items")
    # The letter it went in; Oceafin's items have none.
    request = models.ForeignKey(InfoRequest, null=True, on_delete=models.PROTECT, related_name="items")
    origin = models.CharField(max_length=7, choices=Origin.choices, default=Origin.US)
    # One of AskCode, or Oceafin's own.
    code = models.CharField(max_length=64, blank=True)
    document_type = models.CharField(max_length=32, blank=True)
    # The document whose rejection asks for another.
    about = models.ForeignKey(CaseDocument, null=True, on_delete=models.PROTECT, related_name="+")
    # What the customer reads, by language, under the customer's key. Internal notes are in the trail alone.
    texts_sealed = models.BinaryField()
    wanted_language = models.CharField(max_length=8)

    added_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    dropped_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(Document, null=True, on_delete=models.PROTECT, related_name="+")
    # The case went back to review: nobody waits for it any more, answered or not.
    closed_at = models.DateTimeField(null=True)

    objects = ItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("requested item")
        verbose_name_plural = _("requested items")
        indexes = [models.Index(fields=["case", "-id"], name="requested_by_case")]
        constraints = [
            models.CheckConstraint(
                condition=Q(dropped_at__isnull=True) | Q(asked_at__isnull=True),
                name="requested_dropped_or_asked",
            ),
            models.CheckConstraint(
                condition=Q(asked_at__isnull=False) | Q(answered_at__isnull=True, closed_at__isnull=True),
                name="requested_answered_after_asking",
            ),
            models.CheckConstraint(
                condition=Q(origin="OCEAFIN", request__isnull=True)
                | Q(origin="US", added_by__isnull=False, request__isnull=True, asked_at__isnull=True)
                | Q(origin="US", added_by__isnull=False, request__isnull=False, asked_at__isnull=False),
                name="requested_by_us_in_a_letter",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="words_stay",
                fields=["case", "origin", "code", "document_type", "about", "texts_sealed", "added_at"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code or 'item'} in {self.case_id}"

    @property
    def texts(self) -> dict[str, str]:
        """What the customer reads, by language. Raises vault.KeyDestroyed when the customer was erased."""
        sealed = bytes(self.texts_sealed)
        found: dict[str, str] = json.loads(
            vault.unseal(self.case.customer.vault_key, sealed, context=TEXTS_CONTEXT)
        )
        return found

    @property
    def message(self) -> str:
        return pick(self.texts, self.wanted_language)[1]

    @property
    def label(self) -> str:
        """What it is, for staff."""
        known = dict(AskCode.choices())
        return str(known.get(self.code, self.code))

    @property
    def document_label(self) -> str:
        known = dict(DocumentType.choices())
        return known.get(self.document_type, self.document_type)


def count_collected() -> Any:
    """How much is on a case's list, as a part of the query that reads the case."""
    items = RequestedItem.objects.collected().filter(case=OuterRef("pk")).order_by().values("case")
    return Subquery(items.annotate(number=Count("pk")).values("number"))


class CustomerText(models.Model):
    """Words that a lead wrote for a reason and a language. The newest counts; what was sent stays as it was sent."""

    code = models.CharField(_("reason"), max_length=20, choices=AskCode.choices())
    language = models.CharField(_("language"), max_length=8)
    text = models.CharField(_("text"), max_length=1000)
    written_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("written by")
    )
    written_at = models.DateTimeField(_("written"))

    class Meta:
        verbose_name = _("text for customers")
        verbose_name_plural = _("texts for customers")
        indexes = [models.Index(fields=["code", "language", "-id"], name="customer_text_newest")]
        triggers = [pgtrigger.Protect(name="kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.code} ({self.language})"
