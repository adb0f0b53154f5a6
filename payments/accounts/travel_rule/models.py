"""Who sent coins, as Oceafin must know it: the task, and every answer that was given to it."""

import json
from datetime import datetime
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice import vault
from customers.models import Document
from payments.accounts.deposits.models import Deposit
from payments.accounts.travel_rule.states import TRAVEL_RULE, TravelRuleState

BODY_CONTEXT = "travel_rule.body"


class OriginatorType(models.TextChoices):
    INDIVIDUAL = "INDIVIDUAL", _("A person")
    CORPORATE = "CORPORATE", _("A company")


class ProofKind(models.TextChoices):
    """How somebody proves that a wallet is theirs."""

    SIGNED_MESSAGE = "SIGNED_MESSAGE", _("A message signed with the wallet's key")
    SMALL_PAYMENT = "SMALL_PAYMENT", _("A small payment of an agreed amount from the wallet")
    SCREENSHOT = "SCREENSHOT", _("A picture of the wallet with its address")
    DECLARATION = "DECLARATION", _("A signed declaration")
    OTHER = "OTHER", _("Something else")


class Outcome(models.TextChoices):
    """What became of an answer."""

    TAKEN = "TAKEN", _("Oceafin took it")
    REFUSED = "REFUSED", _("Oceafin did not take it")
    WITHDRAWN = "WITHDRAWN", _("Not sent: it was no longer wanted")


class TravelRuleTask(models.Model):
    """One per deposit. Asked again, it waits again: the next round."""

    deposit = models.OneToOneField(Deposit, on_delete=models.PROTECT, related_name="travel_rule")
    state = models.CharField(_("state"), max_length=8, choices=TravelRuleState.choices())
    state_since = models.DateTimeField()
    round = models.PositiveIntegerField(_("asked so many times"), default=1)
    asked_at = models.DateTimeField(_("asked"))
    due_at = models.DateTimeField(_("due"))
    # The newest instant that Oceafin had named when it took our last answer: what is newer asks again.
    answered_at = models.DateTimeField(null=True)
    # A sentence: why the answer does not get on, or what Oceafin said to the last one.
    waits_for = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("Travel Rule task")
        verbose_name_plural = _("Travel Rule tasks")
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                condition=Q(state__in=["WAITING", "SENDING", "SENT"]),
                name="travel_rule_queue",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in TravelRuleState]),
                name="travel_rule_state_known",
            )
        ]
        triggers = [
            pgtrigger.FSM(name="moves", field="state", transitions=TRAVEL_RULE.transitions()),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return str(self.deposit)

    def is_overdue(self, now: datetime) -> bool:
        return self.state == TravelRuleState.WAITING and self.due_at < now


class Answer(models.Model):
    """One version of who sent it. Never changes; another answer is another version with a key of its own."""

    task = models.ForeignKey(TravelRuleTask, on_delete=models.PROTECT, related_name="answers")
    version = models.PositiveIntegerField()
    round = models.PositiveIntegerField()
    # The body in the contract's names, as JSON, under the key of the customer that it was given for.
    body_sealed = models.BinaryField()
    vault_key = models.UUIDField()
    request_digest = models.CharField(max_length=64)
    originator_type = models.CharField(max_length=10, choices=OriginatorType.choices)
    is_self_hosted = models.BooleanField()
    proof_kind = models.CharField(max_length=14, choices=ProofKind.choices, blank=True)
    document = models.ForeignKey(Document, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120)
    outcome = models.CharField(max_length=9, choices=Outcome.choices, blank=True)
    outcome_words = models.CharField(max_length=300, blank=True)
    outcome_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("Travel Rule answer")
        verbose_name_plural = _("Travel Rule answers")
        constraints = [models.UniqueConstraint(fields=["task", "version"], name="travel_rule_answer_once")]
        triggers = [
            pgtrigger.Protect(name="answer_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="answer_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "task",
                    "version",
                    "round",
                    "body_sealed",
                    "vault_key",
                    "request_digest",
                    "document",
                    "created_at",
                    "created_by",
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task} {self.version}"

    @property
    def given(self) -> dict[str, Any]:
        """What was answered, personal data, in the contract's names."""
        text = vault.unseal_text(self.vault_key, self.body_sealed, context=BODY_CONTEXT)
        found: dict[str, Any] = json.loads(text)
        return found
