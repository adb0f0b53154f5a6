"""A run over all customers (Run), what it could not check (NotChecked), and what it found (Break)."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice import vault
from backoffice.staff.models import User
from customers.models import Customer
from payments import database_rules as rules
from payments.accounts.models import AMOUNT_DIGITS, AMOUNT_PLACES
from payments.batches.models import Leased
from payments.models import Kind, PaymentRequest
from payments.reconciliation.closes import Adjustment, ClosedLine, DayClose, LookedThrough
from payments.reconciliation.states import BREAK, RUN, STANDING, BreakState, RunState

__all__ = ["Adjustment", "Break", "BreakKind", "ClosedLine", "DayClose", "LookedThrough", "NotChecked", "Run"]

REASON_CONTEXT = "break.reason"


class BreakKind(models.TextChoices):
    """How both sides can disagree."""

    MISSING_HERE = "MISSING_HERE", _("Missing here")
    MISSING_THERE = "MISSING_THERE", _("Missing at Oceafin")
    DIFFERING = "DIFFERING", _("Differs")
    FEE = "FEE", _("Fee above the approved one")
    NO_TRANSACTION = "NO_TRANSACTION", _("No transaction")
    BALANCE = "BALANCE", _("Balance differs")


class Run(Leased):
    """One comparison of everything. Of many workers one has it at a time; a later one goes on where it stopped."""

    # By the business clock.
    day = models.DateField(_("day"))
    is_nightly = models.BooleanField(_("by itself"))
    asked_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked for by")
    )
    state = models.CharField(_("state"), max_length=10, choices=RunState.choices(), default=RunState.RUNNING)
    state_since = models.DateTimeField()
    started_at = models.DateTimeField(_("started"))
    # Customers up to this key are done.
    last_customer = models.BigIntegerField(default=0)
    customers = models.PositiveIntegerField(_("customers"), default=0)
    customers_done = models.PositiveIntegerField(_("compared"), default=0)
    found = models.PositiveIntegerField(_("breaks"), default=0)

    class Meta:
        verbose_name = _("reconciliation")
        verbose_name_plural = _("reconciliations")
        constraints = [
            models.UniqueConstraint(
                fields=["day"], condition=Q(is_nightly=True), name="run_nightly_once_a_day"
            ),
            models.UniqueConstraint(fields=["state"], condition=Q(state="RUNNING"), name="run_one_at_a_time"),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in RunState]), name="run_state_known"
            ),
            models.CheckConstraint(
                condition=Q(is_nightly=True, asked_by__isnull=True)
                | Q(is_nightly=False, asked_by__isnull=False),
                name="run_asked_for_by_somebody",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="moves", field="state", transitions=RUN.transitions()),
            rules.never_deleted,
            rules.frozen("day", "is_nightly", "asked_by", "started_at"),
        ]

    def __str__(self) -> str:
        return f"reconciliation of {self.day}"


class NotChecked(models.Model):
    """What a run could not compare, and why: of it nothing is said, neither that it agrees nor that it differs."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="not_checked")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(_("what"), max_length=80)
    why = models.CharField(_("why"), max_length=300)

    class Meta:
        verbose_name = _("not checked")
        verbose_name_plural = _("not checked")

    def __str__(self) -> str:
        return f"{self.what} of {self.customer_id}"


class Break(models.Model):
    """One thing in which both sides disagree. Found again it is the same row; `gist` says when it is another story."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="breaks", db_index=False)
    kind = models.CharField(_("kind"), max_length=14, choices=BreakKind.choices)
    # What it is about: `payment:17:amount`, `fiat_withdrawal:` with Oceafin's id, `EUR:` with the network.
    subject = models.CharField(max_length=160)
    # What has to be read whole before it can be said that it is gone.
    scope = models.CharField(max_length=80)
    gist = models.CharField(max_length=300)
    payment_kind = models.CharField(max_length=20, blank=True, choices=Kind.choices)
    payment = models.ForeignKey(
        PaymentRequest, null=True, on_delete=models.PROTECT, related_name="breaks", verbose_name=_("payment")
    )
    oceafin_id = models.CharField(_("Oceafin's id"), max_length=64, blank=True)
    currency = models.CharField(_("currency"), max_length=16, blank=True)
    network = models.CharField(max_length=40, blank=True)
    amount = models.DecimalField(
        _("amount"), max_digits=AMOUNT_DIGITS, decimal_places=AMOUNT_PLACES, null=True
    )
    # Both sides field by field, {name: text}; nothing about people.
    ours = models.JSONField(default=dict)
    theirs = models.JSONField(default=dict)

    state = models.CharField(_("state"), max_length=9, choices=BreakState.choices(), default=BreakState.OPEN)
    state_since = models.DateTimeField()
    first_seen_at = models.DateTimeField(_("first seen"))
    last_seen_at = models.DateTimeField(_("last seen"))
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="breaks")
    owner = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("owner")
    )
    owned_at = models.DateTimeField(null=True)
    reason_sealed = models.BinaryField(default=bytes)
    explained_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    explained_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("break")
        verbose_name_plural = _("breaks")
        indexes = [
            models.Index(
                fields=["first_seen_at", "id"],
                condition=Q(state__in=[state.value for state in STANDING]),
                name="break_standing",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["customer", "kind", "subject"], name="break_once"),
            models.CheckConstraint(condition=Q(kind__in=BreakKind.values), name="break_kind_known"),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in BreakState]), name="break_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="TAKEN") | Q(owner__isnull=False, owned_at__isnull=False),
                name="break_taken_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="EXPLAINED") | Q(explained_by__isnull=False, explained_at__isnull=False),
                name="break_explained_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(last_seen_at__gte=F("first_seen_at")), name="break_seen_in_order"
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="moves", field="state", transitions=BREAK.transitions()),
            rules.never_deleted,
            rules.frozen("customer", "kind", "subject", "first_seen_at"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.subject}"

    @property
    def reason(self) -> str:
        """Why, in a person's words; "" where nobody wrote any. Raises vault.KeyDestroyed."""
        if not self.reason_sealed:
            return ""
        return vault.unseal_text(self.customer.vault_key, self.reason_sealed, context=REASON_CONTEXT)
