"""The versions of the policy and their rules. A version is written once; what moves is only its state."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice.staff.models import User
from customers.models import Customer
from payments.columns import money_column
from payments.policies import database_rules as rules
from payments.policies import deciding
from payments.policies.deciding import Limits, Policy, Rule, Stage
from payments.policies.states import POLICY, PolicyState


class PolicyVersion(models.Model):
    """One version of the policy, as an administrator proposed it. At most one is in force, and one proposed."""

    number = models.PositiveIntegerField(_("version"), unique=True)
    state = models.CharField(
        _("state"), max_length=10, choices=PolicyState.choices(), default=PolicyState.PROPOSED
    )
    state_since = models.DateTimeField()
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("proposed"))
    approved_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(_("approved"), null=True)
    # Why it is changed, in the proposer's words.
    note = models.CharField(_("reason"), max_length=1000)
    # What the second administrator looked at and agreed to.
    digest = models.CharField(max_length=64)

    rate_lives_hours = models.PositiveSmallIntegerField(default=24)
    approval_deadline_hours = models.PositiveSmallIntegerField(default=168)
    # Whoever was added or first paid within this time is new.
    beneficiary_fresh_hours = models.PositiveSmallIntegerField(default=24)
    confirmed_first = models.BooleanField(default=False)
    beneficiary_wait_hours = models.PositiveSmallIntegerField(default=0)
    # Codes of warnings (deciding.WARNINGS).
    warnings_add = ArrayField(models.CharField(max_length=40), default=list)
    # By kind, as a share in text: {"CONVERSION": "0.005"}.
    tolerances = models.JSONField(default=dict)
    step_up_minutes = models.PositiveSmallIntegerField(default=5)
    step_up_total = money_column()
    alone_above = money_column()

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="ACTIVE"), name="one_active_policy"),
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="PROPOSED"), name="one_proposed_policy"
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="policy_number_from_one"),
            models.CheckConstraint(condition=~Q(note=""), name="policy_says_why"),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                | Q(approved_by__isnull=False, approved_at__isnull=False) & ~Q(approved_by=F("proposed_by")),
                name="policy_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["PROPOSED", "WITHDRAWN"]) | Q(approved_by__isnull=False),
                name="policy_active_once_approved",
            ),
            models.CheckConstraint(
                condition=Q(step_up_total__gt=0)
                & Q(alone_above__gt=0)
                & Q(step_up_minutes__range=(1, 15))
                & Q(rate_lives_hours__range=(1, 24))
                & Q(approval_deadline_hours__range=(1, 24 * 30)),
                name="policy_numbers_in_bounds",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="moves", field="state", transitions=POLICY.transitions()),
            rules.begins_as_proposed,
            rules.refuses_what_is_left,
            rules.frozen_once_proposed,
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"policy {self.number}"

    @property
    def policy(self) -> Policy:
        """As it is decided by. Two queries at most: itself and its rules."""
        return Policy(
            number=self.number,
            rules=tuple(row.rule for row in self.rows.all()),
            rate_lives=timedelta(hours=self.rate_lives_hours),
            approval_deadline=timedelta(hours=self.approval_deadline_hours),
            beneficiary_fresh_for=timedelta(hours=self.beneficiary_fresh_hours),
            confirmed_first=self.confirmed_first,
            beneficiary_wait=timedelta(hours=self.beneficiary_wait_hours),
            warnings_add=tuple(self.warnings_add),
            tolerances={kind: Decimal(share) for kind, share in self.tolerances.items()},
            step_up_for=timedelta(minutes=self.step_up_minutes),
            step_up_total=self.step_up_total,
            alone_above=self.alone_above,
        )


class RuleRow(models.Model):
    """One rule of a version, in its place. An empty list means any; without stages it refuses."""

    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="rows")
    number = models.PositiveSmallIntegerField()
    kinds = ArrayField(models.CharField(max_length=20), default=list)
    currencies = ArrayField(models.CharField(max_length=16), default=list)
    above = money_column(null=True)
    up_to = money_column(null=True)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="+")
    beneficiaries = ArrayField(models.CharField(max_length=10), default=list)
    sources = ArrayField(models.CharField(max_length=10), default=list)
    risks = ArrayField(models.CharField(max_length=10), default=list)
    # [{"approvers": 2, "roles": ["PAYMENTS_APPROVER"]}, ...], in their order.
    stages = models.JSONField(default=list)
    approver_day = money_column(null=True)
    approver_week = money_column(null=True)
    customer_day = money_column(null=True)
    customer_week = money_column(null=True)

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["version", "number"], name="rule_number_once"),
            models.CheckConstraint(
                condition=Q(above__isnull=True) | Q(up_to__isnull=True) | Q(above__lt=F("up_to")),
                name="rule_band_not_empty",
            ),
            models.CheckConstraint(
                condition=(Q(above__isnull=True) | Q(above__gt=0)) & (Q(up_to__isnull=True) | Q(up_to__gt=0)),
                name="rule_band_above_zero",
            ),
        ]
        triggers = [rules.written_with_its_proposal, rules.rules_are_kept]

    def __str__(self) -> str:
        return f"rule {self.number} of policy {self.version_id}"

    @property
    def rule(self) -> Rule:
        return Rule(
            kinds=tuple(self.kinds),
            currencies=tuple(self.currencies),
            above=self.above,
            up_to=self.up_to,
            customer=self.customer.partner_customer_ref if self.customer else "",
            beneficiaries=tuple(self.beneficiaries),
            sources=tuple(self.sources),
            risks=tuple(self.risks),
            stages=tuple(Stage(each["approvers"], tuple(each["roles"])) for each in self.stages),
            limits=Limits(**{name: getattr(self, name) for name in deciding.LIMITS}),
        )

    @classmethod
    def of(cls, version: PolicyVersion, number: int, rule: Rule, customer: Customer | None) -> "RuleRow":
        """A row that is not kept yet."""
        lists: dict[str, Any] = {
            name: list(getattr(rule, name))
            for name in ("kinds", "currencies", "beneficiaries", "sources", "risks")
        }
        return cls(
            version=version,
            number=number,
            above=rule.above,
            up_to=rule.up_to,
            customer=customer,
            stages=[{"approvers": stage.approvers, "roles": list(stage.roles)} for stage in rule.stages],
            **lists,
            **{name: getattr(rule.limits, name) for name in deciding.LIMITS},
        )
