"""A second look at a case: who decided first and what, and what another person found without seeing that."""

import json
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice import vault
from backoffice.staff.models import User
from onboarding.models import Case
from onboarding.second_look.states import LOOK, OPEN_LOOKS, LookState

FOUND_CONTEXT = "second_look.found"


class Result(models.TextChoices):
    ACCEPTED = "ACCEPTED", _("Accept")
    DECLINED = "DECLINED", _("Decline")


class SecondLook(models.Model):
    """Asked for by the first decision on a case, ended by the last. The first decision waits in it, unseen.

    Lock order in a transaction: the case, then its second look.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="second_looks")
    state = models.CharField(max_length=9, choices=LookState.choices(), default=LookState.WAITING)
    state_since = models.DateTimeField()
    # Codes of onboarding.second_look.policy.Reason. Shown when the look is over: one of them is the result.
    reasons = models.JSONField()
    submission_number = models.PositiveSmallIntegerField()

    first_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    first_at = models.DateTimeField()
    first_result = models.CharField(max_length=8, choices=Result.choices)
    # review.content_digest of what was decided: to accept other documents is to decide otherwise.
    first_digest = models.CharField(max_length=64)
    first_sealed = models.BinaryField()

    second_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    second_at = models.DateTimeField(null=True)
    second_result = models.CharField(max_length=8, choices=Result.choices, blank=True)
    second_digest = models.CharField(max_length=64, blank=True)
    second_sealed = models.BinaryField(default=bytes)

    settled_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True)
    settled_result = models.CharField(max_length=8, choices=Result.choices, blank=True)
    settled_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("second look")
        verbose_name_plural = _("second looks")
        indexes = [models.Index(fields=["case", "-id"], name="second_look_by_case")]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(state__in=[state.value for state in OPEN_LOOKS]),
                name="second_look_one_open_per_case",
            ),
            models.CheckConstraint(
                condition=Q(second_by__isnull=True) | ~Q(second_by=F("first_by")),
                name="second_look_by_another_person",
            ),
            models.CheckConstraint(
                condition=Q(settled_by__isnull=True)
                | ~Q(settled_by=F("first_by")) & ~Q(settled_by=F("second_by")),
                name="second_look_settled_by_a_third",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["WAITING", "VOID"])
                | Q(second_by__isnull=False, second_at__isnull=False) & ~Q(second_result=""),
                name="second_look_was_taken",
            ),
            models.CheckConstraint(
                condition=~Q(state="AGREED")
                | Q(second_result=F("first_result"))
                & (Q(first_result="DECLINED") | Q(second_digest=F("first_digest"))),
                name="second_look_agreed_on_the_same",
            ),
            models.CheckConstraint(
                condition=~Q(state="SETTLED") | Q(settled_by__isnull=False) & ~Q(settled_result=""),
                name="second_look_settled_by_somebody",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="moves", field="state", transitions=LOOK.transitions()),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            # A lead ends a disagreement, and nothing else but that the case is withdrawn.
            pgtrigger.Trigger(
                name="disagreement_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state="DISAGREED", new__state="VOID"),
                func="""
                    IF NOT EXISTS (SELECT 1 FROM onboarding_case WHERE id = NEW.case_id AND state = 'WITHDRAWN') THEN
                        RAISE EXCEPTION 'onboarding: a lead ends a disagreement (case %)', NEW.case_id;
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.ReadOnly(
                name="first_result_stays",
                fields=[
                    "case",
                    "reasons",
                    "submission_number",
                    "first_by",
                    "first_at",
                    "first_result",
                    "first_digest",
                    "first_sealed",
                ],
            ),
            pgtrigger.Protect(
                name="second_result_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__second_by__isnull=False)
                & (
                    pgtrigger.Q(old__second_by__df=pgtrigger.F("new__second_by"))
                    | pgtrigger.Q(old__second_result__df=pgtrigger.F("new__second_result"))
                    | pgtrigger.Q(old__second_digest__df=pgtrigger.F("new__second_digest"))
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"second look {self.pk} at {self.case_id}"

    @property
    def customer_id(self) -> int:
        """Whose timeline it belongs to."""
        return self.case.customer_id

    @property
    def result(self) -> str:
        """What holds in the end; empty while it is open, and for a void one."""
        if self.state == LookState.AGREED:
            return self.first_result
        return self.settled_result if self.state == LookState.SETTLED else ""

    @property
    def digest(self) -> str:
        """Of what was decided in the end."""
        return self.settled_digest if self.state == LookState.SETTLED else self.first_digest

    @property
    def first_found(self) -> dict[str, Any]:
        """What the first person wrote and decided: `reason`, and `documents` line by line."""
        return self._found(self.first_sealed)

    @property
    def second_found(self) -> dict[str, Any]:
        return self._found(self.second_sealed)

    def _found(self, sealed: bytes) -> dict[str, Any]:
        if not sealed:
            return {"reason": "", "documents": []}
        found: dict[str, Any] = json.loads(
            vault.unseal(self.case.customer.vault_key, sealed, context=FOUND_CONTEXT)
        )
        return found
