"""Accounts in a customer's name: what may be opened, what was applied for, what is open, and where to pay in."""

import json
from typing import Any
from uuid import UUID

import pgtrigger
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from backoffice import references, vault
from customers.models import Customer, Document
from payments.accounts.fiat.states import APPLICATION, ApplicationState
from payments.accounts.models import FoundBy

REQUIRED_CONTEXT = "fiat_account.required_info"
PURPOSE_CONTEXT = "fiat_account.purpose"
ASKED_CONTEXT = "fiat_account.asked"
ANSWERS_CONTEXT = "fiat_account.answers"
ACCOUNT_CONTEXT = "fiat_account.details"
INSTRUCTION_CONTEXT = "fiat_account.instruction"
# Personal data, by the contract's names, in the order in which it is shown and copied.
DETAILS = (
    "accountHolderName",
    "iban",
    "accountNumber",
    "routingNumber",
    "swiftCode",
    "bankName",
    "country",
    "paymentReference",
)

_never_deleted = pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)


def seal_json(key: UUID, value: Any, *, context: str) -> bytes:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return vault.seal_text(key, text, context=context)


def unseal_json(key: UUID, sealed: bytes, *, context: str) -> Any:
    """What was sealed; None where nothing was. Raises vault.KeyDestroyed when the customer was erased."""
    return json.loads(vault.unseal_text(key, sealed, context=context)) if sealed else None


class FiatAccountCapability(models.Model):
    """What Oceafin lets a customer open, as it was listed last."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="fiat_capabilities")
    capability_id = models.CharField(_("capability"), max_length=64)
    status = models.CharField(_("status"), max_length=64, blank=True)
    currency = models.CharField(_("currency"), max_length=16, blank=True)
    country = models.CharField(_("country"), max_length=16, blank=True)
    required_sealed = models.BinaryField(default=bytes)
    read_at = models.DateTimeField(_("read"))

    class Meta:
        verbose_name = _("account that may be opened")
        verbose_name_plural = _("accounts that may be opened")
        constraints = [
            models.UniqueConstraint(fields=["customer", "capability_id"], name="fiat_capability_once")
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.capability_id}"

    @property
    def required(self) -> list[dict[str, str]]:
        """What Oceafin wants for it, in its words: {"code", "message", "documentType"}."""
        return unseal_json(self.customer.vault_key, self.required_sealed, context=REQUIRED_CONTEXT) or []


class FiatAccount(models.Model):
    """One account in the customer's name, as Oceafin listed it last."""

    fiat_account_id = models.CharField(_("account"), max_length=64, unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="fiat_accounts")
    status = models.CharField(_("status at Oceafin"), max_length=64, blank=True)
    currency = models.CharField(_("currency"), max_length=16, blank=True)
    country = models.CharField(_("country"), max_length=16, blank=True)
    details_sealed = models.BinaryField()
    # Keyed, to find an account by the number that somebody paid to.
    number_fingerprint = models.CharField(max_length=64, blank=True)
    masked_number = models.CharField(_("number"), max_length=40, blank=True)
    opened_at = models.DateTimeField(_("opened"), null=True)
    updated_at = models.DateTimeField(_("changed at Oceafin"), null=True)
    found_by = models.CharField(_("known from"), max_length=5, choices=FoundBy.choices)
    found_at = models.DateTimeField()
    read_at = models.DateTimeField(_("read"))

    class Meta:
        verbose_name = _("fiat account")
        verbose_name_plural = _("fiat accounts")
        indexes = [
            models.Index(fields=["customer", "-id"], name="fiat_account_by_customer"),
            models.Index(fields=["number_fingerprint"], name="fiat_account_by_number"),
            models.Index(
                OpClass("fiat_account_id", name="text_pattern_ops"), name="fiat_account_by_id_prefix"
            ),
        ]
        triggers = [
            _never_deleted,
            pgtrigger.Protect(
                name="identity_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("fiat_account_id", "customer"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.masked_number}".strip() or self.fiat_account_id

    @property
    def details(self) -> dict[str, str]:
        """Personal data, in the contract's names."""
        return unseal_json(self.customer.vault_key, self.details_sealed, context=ACCOUNT_CONTEXT) or {}


class DepositInstruction(models.Model):
    """Where and how to pay in, as it was listed last. Without an id at Oceafin: account and number are its name."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="deposit_instructions")
    account = models.ForeignKey(FiatAccount, null=True, on_delete=models.PROTECT, related_name="instructions")
    # As it came; may name an account that is not listed yet, or none.
    fiat_account_id = models.CharField(_("account"), max_length=64, blank=True)
    currency = models.CharField(_("currency"), max_length=16)
    number_fingerprint = models.CharField(max_length=64, blank=True)
    masked_number = models.CharField(_("number"), max_length=40, blank=True)
    details_sealed = models.BinaryField()
    details_hash = models.CharField(max_length=64)
    # False once a later reading no longer holds it: nobody should pay there.
    is_listed = models.BooleanField(_("still listed"), default=True)
    updated_at = models.DateTimeField(_("changed at Oceafin"), null=True)
    found_at = models.DateTimeField()
    read_at = models.DateTimeField(_("read"))

    class Meta:
        verbose_name = _("deposit instruction")
        verbose_name_plural = _("deposit instructions")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "fiat_account_id", "currency", "number_fingerprint"],
                name="deposit_instruction_once",
            )
        ]
        triggers = [_never_deleted]

    def __str__(self) -> str:
        return f"{self.currency} {self.masked_number}".strip()

    @property
    def details(self) -> dict[str, str]:
        """Personal data, in the contract's names."""
        return unseal_json(self.customer.vault_key, self.details_sealed, context=INSTRUCTION_CONTEXT) or {}


class FiatAccountApplication(models.Model):
    """One application for an account, from the request to the account. What was asked for never changes.

    Lock order in a transaction: the submission, the customer, the application.
    """

    application_ref = models.CharField(_("application"), max_length=references.LENGTH, unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="fiat_applications")
    currency = models.CharField(_("currency"), max_length=3)
    # Which of the capabilities it uses, if one was named.
    capability_id = models.CharField(max_length=64, blank=True)
    purpose_sealed = models.BinaryField(default=bytes)
    request_digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(_("requested"))
    created_by = models.CharField(_("requested by"), max_length=120)

    state = models.CharField(
        _("state"), max_length=16, choices=ApplicationState.choices(), default=ApplicationState.REQUESTED
    )
    state_since = models.DateTimeField()
    # When its letter was written; until then it waits for the customer's approval.
    written_at = models.DateTimeField(null=True)
    # Why Oceafin did not take it, or what it says against what we know; sentences for staff.
    refusal = models.CharField(max_length=300, blank=True)
    contradiction = models.CharField(max_length=300, blank=True)

    # What Oceafin calls it, and what Oceafin last said of it.
    application_id = models.CharField(max_length=64, null=True, unique=True)
    oceafin_status = models.CharField(_("status at Oceafin"), max_length=64, blank=True)
    oceafin_status_at = models.DateTimeField(null=True)
    oceafin_status_from = models.CharField(max_length=5, choices=FoundBy.choices, blank=True)
    account = models.OneToOneField(
        FiatAccount, null=True, on_delete=models.PROTECT, related_name="application"
    )

    class Meta:
        verbose_name = _("fiat account application")
        verbose_name_plural = _("fiat account applications")
        indexes = [
            models.Index(fields=["state", "state_since", "id"], name="fiat_application_queue"),
            models.Index(fields=["customer", "-id"], name="fiat_application_by_customer"),
            models.Index(
                OpClass(Upper("application_ref"), name="text_pattern_ops"),
                name="fiat_application_by_reference",
            ),
            models.Index(
                fields=["-id"], condition=~Q(contradiction=""), name="fiat_application_contradicted"
            ),
        ]
        constraints = [
            references.constraint("application_ref", name="fiat_application_reference_form"),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in ApplicationState]),
                name="fiat_application_state_known",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="moves", field="state", transitions=APPLICATION.transitions()),
            _never_deleted,
            pgtrigger.Protect(
                name="frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "application_ref",
                    "customer",
                    "currency",
                    "capability_id",
                    "purpose_sealed",
                    "created_at",
                    "created_by",
                ),
            ),
            pgtrigger.Protect(
                name="application_id_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__application_id__isnull=False)
                & pgtrigger.Q(old__application_id__df=pgtrigger.F("new__application_id")),
            ),
        ]

    def __str__(self) -> str:
        return self.application_ref

    @property
    def purpose(self) -> str:
        """What the account is for, in the words of who asked."""
        return unseal_json(self.customer.vault_key, self.purpose_sealed, context=PURPOSE_CONTEXT) or ""

    @property
    def is_final(self) -> bool:
        return ApplicationState(self.state) in APPLICATION.final

    @property
    def round(self) -> "InfoRound | None":
        """The newest round of questions."""
        return self.rounds.order_by("-number").first()


class InfoRound(models.Model):
    """Once asked and once answered: what Oceafin wants to know for an application, and what we told it."""

    application = models.ForeignKey(FiatAccountApplication, on_delete=models.PROTECT, related_name="rounds")
    number = models.PositiveSmallIntegerField()
    asked_at = models.DateTimeField(_("asked"))
    asked_from = models.CharField(max_length=5, choices=FoundBy.choices)
    # Oceafin's words, and a keyed hash of them to know the same questions again.
    items_sealed = models.BinaryField()
    items_hash = models.CharField(max_length=64)

    answers_sealed = models.BinaryField(default=bytes)
    documents = models.ManyToManyField(Document, related_name="+")
    request_digest = models.CharField(max_length=64, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True)
    answered_by = models.CharField(_("answered by"), max_length=120, blank=True)
    # When the letter was written (its last document had reached Oceafin), and when Oceafin took it.
    written_at = models.DateTimeField(null=True)
    taken_at = models.DateTimeField(null=True)
    refusal = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("round of questions")
        verbose_name_plural = _("rounds of questions")
        constraints = [models.UniqueConstraint(fields=["application", "number"], name="info_round_once")]
        triggers = [
            _never_deleted,
            pgtrigger.Protect(
                name="asked_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "application", "number", "asked_at", "items_sealed", "items_hash"
                ),
            ),
            # What was answered stays as it was answered: another answer is another round.
            pgtrigger.Protect(
                name="answer_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.answered_at IS NOT NULL AND OLD.answers_sealed IS DISTINCT FROM NEW.answers_sealed"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id}-{self.number}"

    @property
    def items(self) -> list[dict[str, str]]:
        """What is asked, in Oceafin's words: {"code", "message", "documentType"}, "" where it said nothing."""
        key = self.application.customer.vault_key
        return unseal_json(key, self.items_sealed, context=ASKED_CONTEXT) or []

    @property
    def answers(self) -> list[dict[str, str]]:
        """What was answered: {"code", "value"}."""
        key = self.application.customer.vault_key
        return unseal_json(key, self.answers_sealed, context=ANSWERS_CONTEXT) or []
