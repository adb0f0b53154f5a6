"""A customer's onboarding case, its documents, and what we asked the customer for."""

import json
from datetime import datetime
from typing import Any

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from backoffice import references, vault
from backoffice.staff.models import User
from customers.models import Customer, Document
from onboarding import undecided
from onboarding.requirements import Matter, RejectReason
from onboarding.risk.levels import Level
from onboarding.states import ATTESTED, CASE, OPEN_STATES, CaseState

DETAILS_CONTEXT = "case.details"
ASKED_CONTEXT = "case.asked_by_oceafin"
REASON_CONTEXT = "case_document.reason"
REQUEST_CONTEXT = "info_request.text"


_SIGNED = ("details_sealed", "attested_by_id", "attested_at", "attested_digest", "submission_ref")
_ATTESTED_LIST = ", ".join(f"'{state.value}'" for state in ATTESTED)
_SIGNED_CHANGED = (
    f"OLD.state IN ({_ATTESTED_LIST}) AND NEW.state IN ({_ATTESTED_LIST}) AND ("
    + " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in _SIGNED)
    + ")"
)


class CaseType(models.TextChoices):
    ONBOARDING = "ONBOARDING", _("Onboarding")
    REFRESH = "REFRESH", _("Periodic refresh")
    EVENT = "EVENT", _("After an event")


class SubmissionType(models.TextChoices):
    KYC = "KYC", _("Person (KYC)")
    KYB = "KYB", _("Company (KYB)")


class Case(models.Model):
    """One review of one customer, from the data handed in to Oceafin's decision.

    Lock order in a transaction: the submission, the customer, the case, then the person who acts.
    """

    case_ref = models.CharField(_("case"), max_length=references.LENGTH, unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="cases")
    case_type = models.CharField(max_length=10, choices=CaseType.choices, default=CaseType.ONBOARDING)
    # Of a case after an EVENT: what of the customer it concerns (requirements.Matter). It asks for that alone.
    concerns = ArrayField(models.CharField(max_length=12, choices=Matter.choices()), default=list, blank=True)
    submission_type = models.CharField(max_length=3, choices=SubmissionType.choices)
    state = models.CharField(max_length=12, choices=CaseState.choices(), default=CaseState.OPEN)
    state_since = models.DateTimeField()

    details_sealed = models.BinaryField()
    # Counts each change of data or documents; what stood under each number is kept in `revisions`.
    revision = models.PositiveIntegerField(default=0)
    # Keyed, of what the case was opened with: the same request again is known as the same.
    opened_digest = models.CharField(max_length=64)

    # What the last rating says, for queues; "" is unrated and counts as HIGH.
    risk_level = models.CharField(max_length=6, choices=Level.choices(), blank=True)

    claimed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="claimed_cases")
    claimed_at = models.DateTimeField(null=True)
    # Ends by itself when nothing is done meanwhile; the sweep gives the case back to the queue.
    claim_expires_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    # What it was reckoned from: so it is reckoned again when the service levels or the risk change.
    due_since = models.DateTimeField()
    due_version = models.PositiveIntegerField(default=0)
    due_risk = models.CharField(max_length=6, blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120)

    # Who signed exactly what: voided whenever anything changes.
    attested_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="attested_cases")
    attested_at = models.DateTimeField(null=True)
    attested_digest = models.CharField(max_length=64, blank=True)
    statement_version = models.CharField(max_length=20, blank=True)

    submission_ref = models.CharField(max_length=80, blank=True)
    submission_number = models.PositiveSmallIntegerField(default=0)
    oceafin_submission_id = models.CharField(max_length=64, blank=True)
    # What Oceafin asked for or refused, in its own words, and the instant it said so.
    asked_by_oceafin_sealed = models.BinaryField(default=bytes)
    asked_by_oceafin_at = models.DateTimeField(null=True)
    stuck_reason = models.CharField(max_length=300, blank=True)
    # Oceafin says something that our table does not allow: kept and shown until a person has dealt with it.
    contradiction = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        indexes = [
            models.Index(fields=["state", "due_at", "id"], name="case_queue"),
            models.Index(
                fields=["due_at", "id"], condition=Q(state__in=["OPEN", "IN_REVIEW"]), name="case_to_review"
            ),
            models.Index(
                fields=["claim_expires_at"],
                condition=Q(claim_expires_at__isnull=False),
                name="case_claims_ending",
            ),
            models.Index(fields=["claimed_by", "due_at"], name="case_claimed"),
            models.Index(
                fields=["state_since"],
                condition=Q(state__in=["APPROVED", "REJECTED", "DECLINED"]),
                name="case_decided",
            ),
            models.Index(fields=["customer", "-id"], name="case_by_customer"),
            models.Index(fields=["-created_at", "-id"], name="case_newest"),
            models.Index(OpClass(Upper("case_ref"), name="text_pattern_ops"), name="case_by_reference"),
            models.Index(
                fields=["oceafin_submission_id"],
                condition=~Q(oceafin_submission_id=""),
                name="case_by_submission_id",
            ),
        ]
        constraints = [
            references.constraint("case_ref", name="case_reference_form"),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in CaseState]), name="case_state_known"
            ),
            models.CheckConstraint(
                condition=Q(concerns=[]) | Q(case_type="EVENT"), name="case_concerns_of_an_event"
            ),
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(state__in=[state.value for state in OPEN_STATES]),
                name="case_one_open_per_customer",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[state.value for state in ATTESTED])
                | Q(attested_by__isnull=False, attested_at__isnull=False) & ~Q(attested_digest=""),
                name="case_submitted_is_attested",
            ),
            models.CheckConstraint(
                condition=Q(claimed_by__isnull=True, claimed_at__isnull=True, claim_expires_at__isnull=True)
                | Q(claimed_by__isnull=False, claimed_at__isnull=False, claim_expires_at__isnull=False),
                name="case_claim_whole",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="moves", field="state", transitions=CASE.transitions()),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="identity_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "case_ref", "customer", "case_type", "concerns", "submission_type"
                ),
            ),
            # What a person signed is what leaves: on its way to Oceafin nothing of it can be changed.
            pgtrigger.Protect(
                name="signed_is_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(_SIGNED_CHANGED),
            ),
            *undecided.triggers(),
        ]

    def __str__(self) -> str:
        return self.case_ref

    @property
    def is_open(self) -> bool:
        return CaseState(self.state) in OPEN_STATES

    def is_held_by(self, user: User, now: datetime) -> bool:
        """Whether this person has taken the case, and the claim has not run out, swept away or not."""
        expires_at = self.claim_expires_at
        return self.claimed_by_id == user.pk and expires_at is not None and expires_at > now

    @property
    def details(self) -> dict[str, Any]:
        """The customer's data as handed in last (contract section 3). Personal: show it to who claimed the case."""
        data: dict[str, Any] = json.loads(
            vault.unseal(self.customer.vault_key, self.details_sealed, context=DETAILS_CONTEXT)
        )
        return data

    @property
    def asked_by_oceafin(self) -> list[dict[str, Any]]:
        """What Oceafin wants, item by item: `code`, `message`, `documentType`."""
        if not self.asked_by_oceafin_sealed:
            return []
        sealed = self.asked_by_oceafin_sealed
        items: list[dict[str, Any]] = json.loads(
            vault.unseal(self.customer.vault_key, sealed, context=ASKED_CONTEXT)
        )
        return items


class Decision(models.TextChoices):
    PENDING = "PENDING", _("To look at")
    ACCEPTED = "ACCEPTED", _("Accepted")
    REJECTED = "REJECTED", _("Rejected")


class CaseDocument(models.Model):
    """A document in a case, and what a reviewer decided about it. What is taken out is kept."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="case_documents")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    decision = models.CharField(max_length=8, choices=Decision.choices, default=Decision.PENDING)
    reason_code = models.CharField(max_length=20, blank=True, choices=RejectReason.choices())
    reason_sealed = models.BinaryField(default=bytes)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("document in a case")
        verbose_name_plural = _("documents in cases")
        constraints = [
            models.UniqueConstraint(fields=["case", "document"], name="case_document_once"),
            models.CheckConstraint(
                condition=Q(decision="PENDING", decided_by__isnull=True, decided_at__isnull=True)
                | Q(
                    decision__in=["ACCEPTED", "REJECTED"], decided_by__isnull=False, decided_at__isnull=False
                ),
                name="case_document_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(decision="REJECTED") & ~Q(reason_code="")
                | ~Q(decision="REJECTED") & Q(reason_code=""),
                name="case_document_rejected_with_reason",
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.document} in {self.case_id}"

    @property
    def is_final(self) -> bool:
        """Rejected, and held against the case until another one of its kind is accepted."""
        return bool(self.reason_code) and RejectReason(self.reason_code).is_final

    @property
    def asks_again(self) -> bool:
        """Rejected, and on the list of what is asked for by itself."""
        return bool(self.reason_code) and RejectReason(self.reason_code).asks_again

    @property
    def reason(self) -> str:
        """The reviewer's own words on a rejection."""
        if not self.reason_sealed:
            return ""
        return vault.unseal_text(self.document.customer.vault_key, self.reason_sealed, context=REASON_CONTEXT)


class InfoRequest(models.Model):
    """What we asked the customer for. The internal note beside it is in the audit trail alone."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="info_requests")
    text_sealed = models.BinaryField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("request for more")
        verbose_name_plural = _("requests for more")
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(answered_at__isnull=True), name="info_request_one_open"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="asked_stays", fields=["case", "text_sealed", "asked_by", "asked_at"]),
        ]

    def __str__(self) -> str:
        return f"asked in {self.case_id} at {self.asked_at.isoformat()}"

    @property
    def text_for_customer(self) -> str:
        """What the customer reads."""
        return vault.unseal_text(self.case.customer.vault_key, self.text_sealed, context=REQUEST_CONTEXT)
