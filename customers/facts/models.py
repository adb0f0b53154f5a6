"""What a reviewer read off a document: its number, who issued it, from when until when it is good."""

from datetime import date

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice import vault
from backoffice.staff.models import User
from customers.models import Document

NUMBER_CONTEXT = "document.number"


class DocumentFacts(models.Model):
    """The facts of one document as they were read last; what stood before is in the trail.

    The number is sealed under the customer's key. Beside it stands a keyed hash of it, by which the same number is
    found with another customer; it says nothing to who lacks the key.
    """

    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="facts")
    number_sealed = models.BinaryField(default=bytes)
    number_fingerprint = models.CharField(max_length=64, blank=True)
    issuing_country = models.CharField(max_length=2, blank=True)
    issued_on = models.DateField(null=True)
    expires_on = models.DateField(null=True)
    # It says itself that it is good for ever, or it bears no such date; that somebody looked is on record.
    never_expires = models.BooleanField(default=False)
    read_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField()

    class Meta:
        verbose_name = _("facts of a document")
        verbose_name_plural = _("facts of documents")
        indexes = [
            models.Index(
                fields=["number_fingerprint"],
                condition=~Q(number_fingerprint=""),
                name="document_facts_number",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(issued_on__isnull=True)
                | Q(expires_on__isnull=True)
                | Q(issued_on__lt=F("expires_on")),
                name="document_facts_expiry_after_issue",
            ),
            models.CheckConstraint(
                condition=Q(never_expires=False) | Q(expires_on__isnull=True),
                name="document_facts_expires_or_not",
            ),
            models.CheckConstraint(
                condition=Q(issuing_country="") | Q(issuing_country__regex=r"^[A-Z]{2}$"),
                name="document_facts_country_form",
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"facts of {self.document_id}"

    @property
    def number(self) -> str:
        """The document's number. Personal: for who decides about the document."""
        if not self.number_sealed:
            return ""
        key = self.document.customer.vault_key
        return vault.unseal_text(key, self.number_sealed, context=NUMBER_CONTEXT)

    @property
    def says_expiry(self) -> bool:
        """Whether somebody read off until when it is good, or that it has no such day."""
        return self.expires_on is not None or self.never_expires

    def has_expired(self, today: date) -> bool:
        """Good until the end of its last day."""
        return self.expires_on is not None and self.expires_on < today


def facts_of(document: Document) -> DocumentFacts | None:
    """What was read off a document, or nothing yet. Asks nothing where `facts` was selected with the document."""
    try:
        return document.facts
    except DocumentFacts.DoesNotExist:
        return None
