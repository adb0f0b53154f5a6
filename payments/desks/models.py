"""What people found out about a payment that nobody else could say."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice import vault
from backoffice.staff.models import User
from customers.models import Customer, Document
from payments import database_rules as rules
from payments.accounts.fiat.models import unseal_json
from payments.capabilities.models import WithdrawalCapability
from payments.models import PaymentRequest

ITEMS_CONTEXT, ANSWERS_CONTEXT = "payout_answer.items", "payout_answer.answers"
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


class Answer(models.Model):
    """What we told Oceafin of a payment, or of a capability to pay out, that waited for more information."""

    payment = models.ForeignKey(
        PaymentRequest, null=True, on_delete=models.PROTECT, related_name="information"
    )
    capability = models.ForeignKey(
        WithdrawalCapability, null=True, on_delete=models.PROTECT, related_name="information"
    )
    number = models.PositiveSmallIntegerField()
    # What was asked, in Oceafin's words, and what was answered: free text about people.
    items_sealed = models.BinaryField()
    answers_sealed = models.BinaryField()
    documents = models.ManyToManyField(Document, related_name="+")
    answered_at = models.DateTimeField(_("answered"))
    answered_by = models.CharField(_("answered by"), max_length=120)
    # When the letter was written (its last document had reached Oceafin), and when Oceafin took it.
    written_at = models.DateTimeField(null=True)
    taken_at = models.DateTimeField(null=True)
    refusal = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("answer to Oceafin")
        verbose_name_plural = _("answers to Oceafin")
        constraints = [
            models.CheckConstraint(
                condition=Q(payment__isnull=True, capability__isnull=False)
                | Q(payment__isnull=False, capability__isnull=True),
                name="answer_about_one",
            ),
            models.UniqueConstraint(
                fields=["payment", "number"],
                condition=Q(payment__isnull=False),
                name="answer_of_payment_once",
            ),
            models.UniqueConstraint(
                fields=["capability", "number"],
                condition=Q(capability__isnull=False),
                name="answer_of_capability_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(written_at__isnull=True, refusal=""), name="answer_unwritten"
            )
        ]
        triggers = [
            rules.never_deleted,
            rules.frozen(
                "payment",
                "capability",
                "number",
                "items_sealed",
                "answers_sealed",
                "answered_at",
                "answered_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.about} {self.number}"

    @property
    def about(self) -> PaymentRequest | WithdrawalCapability:
        found = self.payment or self.capability
        if found is None:
            raise LookupError("an answer is about something")
        return found

    @property
    def customer(self) -> Customer:
        return self.about.customer

    @property
    def is_under_way(self) -> bool:
        return self.taken_at is None and not self.refusal

    @property
    def items(self) -> list[dict[str, str]]:
        """What was asked, in Oceafin's words."""
        return unseal_json(self.customer.vault_key, self.items_sealed, context=ITEMS_CONTEXT) or []

    @property
    def answers(self) -> list[dict[str, str]]:
        """What is told: {"code", "value"}."""
        return unseal_json(self.customer.vault_key, self.answers_sealed, context=ANSWERS_CONTEXT) or []
