"""A file of payments (Batch), its rows (BatchRow), and who approved which of them (Selection, SelectedRow)."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from backoffice import references, vault
from backoffice.audit import Actor
from backoffice.staff.models import User
from customers.models import Customer
from payments import database_rules as rules
from payments.batches.states import BATCH, BatchState
from payments.columns import money_column
from payments.models import PaymentRequest

REASON_CONTEXT = "batch_row.reason"


class Format(models.TextChoices):
    CSV = "CSV", _("CSV")
    XLSX = "XLSX", _("Excel workbook")


class Rule(models.TextChoices):
    """What is booked of a file that has bad rows."""

    ALL_GOOD = "ALL_GOOD", _("All good rows")
    NONE_UNLESS_ALL = "NONE_UNLESS_ALL", _("None unless all are good")


class Verdict(models.TextChoices):
    GOOD = "GOOD", _("Good")
    BAD = "BAD", _("Bad")
    # The same payment stands already, asked for before, here or in another file.
    SAME = "SAME", _("Already there")
    # Was good; its batch was cancelled before it became a payment.
    DROPPED = "DROPPED", _("Cancelled")


class Leased(models.Model):
    """Work that one worker does at a time: who has it, until when, and the number by which a late worker is known."""

    lease_number = models.PositiveIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    leased_by = models.CharField(max_length=80, blank=True)

    class Meta:
        abstract = True


class Batch(Leased):
    """One file of payments. Its bytes stay in the storage until it is settled for a while."""

    batch_ref = models.CharField(_("batch"), max_length=references.LENGTH, unique=True)
    request_digest = models.CharField(max_length=64)
    maker_kind = models.CharField(max_length=8)
    maker_id = models.CharField(max_length=64)
    maker_label = models.CharField(_("uploaded by"), max_length=120)
    requested_by = models.CharField(_("in the name of"), max_length=200, blank=True)

    file_name = models.CharField(_("file"), max_length=200)
    file_format = models.CharField(_("format"), max_length=4, choices=Format.choices)
    # How its text is written, and what stands between its cells. Empty for a workbook.
    encoding = models.CharField(_("encoding"), max_length=20, blank=True)
    delimiter = models.CharField(max_length=1, blank=True)
    columns = ArrayField(models.CharField(max_length=40))
    size = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    # Empty once the bytes have left.
    storage_name = models.CharField(max_length=255, blank=True)

    state = models.CharField(
        _("state"), max_length=10, choices=BatchState.choices(), default=BatchState.UPLOADED
    )
    state_since = models.DateTimeField()
    rule = models.CharField(max_length=15, blank=True, choices=Rule.choices)
    # Why it failed, or what its maker has to know before booking.
    waits_for = models.CharField(max_length=300, blank=True)

    # How far the reading is: rows of the file that are kept, and per cent of its bytes.
    rows_read = models.PositiveIntegerField(default=0)
    per_cent = models.PositiveSmallIntegerField(default=0)
    good = models.PositiveIntegerField(default=0)
    bad = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    # How far the good rows have become payments, and how many could not.
    opened_line = models.PositiveIntegerField(default=0)
    opened = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)

    created_at = models.DateTimeField(_("uploaded"))

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(state__in=["UPLOADED", "READING", "BOOKING", "BOOKED"]),
                name="batch_work",
            ),
            models.Index(fields=["state", "-id"], name="batch_by_state"),
            models.Index(OpClass(Upper("batch_ref"), name="text_pattern_ops"), name="batch_by_reference"),
        ]
        constraints = [
            references.constraint("batch_ref", name="batch_reference_form"),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in BatchState]), name="batch_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["BOOKING", "BOOKED", "SETTLED"]) | ~Q(rule=""),
                name="batch_booked_by_a_rule",
            ),
        ]
        triggers = [
            pgtrigger.FSM(
                name="moves",
                field="state",
                transitions=BATCH.transitions(),
                condition=pgtrigger.AnyChange("state"),
            ),
            rules.never_deleted,
            rules.frozen(
                "batch_ref",
                "request_digest",
                "maker_kind",
                "maker_id",
                "maker_label",
                "requested_by",
                "file_format",
                "encoding",
                "delimiter",
                "columns",
                "size",
                "sha256",
                "created_at",
            ),
        ]

    def __str__(self) -> str:
        return self.batch_ref

    @property
    def maker(self) -> Actor:
        return Actor(self.maker_kind, self.maker_id, self.maker_label)

    @property
    def is_final(self) -> bool:
        return BatchState(self.state) in BATCH.final

    @property
    def rows_total(self) -> int:
        return self.good + self.bad + self.same


belongs = pgtrigger.Trigger(
    name="belongs",
    level=pgtrigger.Statement,
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    referencing=pgtrigger.Referencing(new="added"),
    func="""
        IF EXISTS (
            SELECT FROM (SELECT DISTINCT batch_id FROM added) AS batch
                WHERE NOT EXISTS (SELECT FROM batches_batch WHERE id = batch.batch_id)
        ) OR EXISTS (
            SELECT FROM (SELECT DISTINCT customer_id FROM added WHERE customer_id IS NOT NULL) AS owner
                WHERE NOT EXISTS (SELECT FROM customers_customer WHERE id = owner.customer_id)
        ) THEN
            RAISE EXCEPTION 'a row belongs to a batch and to a customer';
        END IF;
        IF EXISTS (SELECT FROM added WHERE payment_id IS NOT NULL OR held_out_by_id IS NOT NULL) THEN
            RAISE EXCEPTION 'a row is read before it becomes a payment or is held out';
        END IF;
        RETURN NULL;
    """,
)

names_what_is_there = pgtrigger.Trigger(
    name="names_what_is_there",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.AnyChange("payment", "held_out_by"),
    func="""
        IF NEW.payment_id IS NOT NULL
            AND NOT EXISTS (SELECT FROM payments_paymentrequest WHERE id = NEW.payment_id)
        OR NEW.held_out_by_id IS NOT NULL
            AND NOT EXISTS (SELECT FROM staff_user WHERE id = NEW.held_out_by_id)
        THEN
            RAISE EXCEPTION 'a row names a payment and a person who are there';
        END IF;
        RETURN NEW;
    """,
)


class BatchRow(models.Model):
    """One row of the file: what it asks for, whether that can be taken, and what became of it.

    Words about people are not here: they stay in the file, whose row the digest recognises, until the payment seals
    them. A good row holds its reference: no other file and no other row can have it.
    """

    # That these two are there is checked for all rows of a statement at once (`belongs`): one by one it would be half
    # of what booking a file costs. Neither is ever deleted. The same holds for the payment and for who held the row
    # out, whose roles keep them: a foreign key costs each row that is read, though both are empty then, so they are
    # looked up when they are written (`names_what_is_there`).
    batch = models.ForeignKey(
        Batch, on_delete=models.PROTECT, related_name="rows", db_index=False, db_constraint=False
    )
    # Where it begins in the file, as an editor or a spreadsheet counts.
    line = models.PositiveIntegerField(_("line"))
    verdict = models.CharField(_("verdict"), max_length=7, choices=Verdict.choices)
    payment_ref = models.CharField(_("payment"), max_length=64, blank=True)
    kind = models.CharField(_("kind"), max_length=20, blank=True)
    customer = models.ForeignKey(
        Customer,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    amount = money_column(null=True, verbose_name=_("amount"))
    currency = models.CharField(_("currency"), max_length=16, blank=True)
    network = models.CharField(max_length=40, blank=True)
    goes_to = models.CharField(_("to"), max_length=64, blank=True)
    # A keyed hash of everything that the row asks for.
    digest = models.CharField(max_length=64, blank=True)
    # What is wrong: [[column, sentence], ...].
    faults = models.JSONField(null=True)

    payment = models.ForeignKey(
        PaymentRequest,
        null=True,
        on_delete=models.PROTECT,
        related_name="batch_rows",
        db_index=False,
        db_constraint=False,
    )
    # Why it did not become a payment after all.
    refusal = models.CharField(max_length=300, blank=True, db_default="")
    held_out_at = models.DateTimeField(null=True)
    held_out_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    held_out_reason_sealed = models.BinaryField(null=True)

    class Meta:
        verbose_name = _("row")
        verbose_name_plural = _("rows")
        indexes = [
            models.Index(fields=["batch", "id"], condition=~Q(verdict="GOOD"), name="batch_row_not_good"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["batch", "line"], name="batch_line_once"),
            models.UniqueConstraint(
                fields=["payment_ref"], condition=Q(verdict="GOOD"), name="batch_reference_once"
            ),
            models.UniqueConstraint(
                fields=["payment"], condition=Q(payment__isnull=False), name="batch_row_of_a_payment"
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=Verdict.values)
                & (
                    Q(verdict="BAD", faults__isnull=False)
                    | ~Q(verdict="BAD")
                    # A comparison alone lets pass what is not there.
                    & Q(amount__isnull=False, amount__gt=0, customer__isnull=False)
                    & ~Q(digest="")
                ),
                name="batch_row_whole",
            ),
            models.CheckConstraint(
                condition=Q(payment__isnull=True) | Q(verdict="GOOD"), name="batch_row_good_before_payment"
            ),
        ]
        triggers = [
            belongs,
            names_what_is_there,
            rules.never_deleted,
            rules.frozen(
                "batch",
                "line",
                "payment_ref",
                "kind",
                "customer",
                "amount",
                "currency",
                "network",
                "goes_to",
                "digest",
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.line} of {self.batch_id}"

    @property
    def held_out_reason(self) -> str:
        if self.held_out_reason_sealed is None or self.customer is None:
            return ""
        return vault.unseal_text(self.customer.vault_key, self.held_out_reason_sealed, context=REASON_CONTEXT)


class Selection(Leased):
    """One person's yes to a list of terms: exactly these rows of a batch, reviewed together."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="selections")
    approver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    # SHA-256 over the terms digests of the rows, in their order: what the page showed.
    digest = models.CharField(max_length=64)
    method = models.CharField(max_length=10)
    # When the second factor was shown: a code covers this one selection, which was reviewed, and no other.
    proved_at = models.DateTimeField()
    count = models.PositiveIntegerField()
    approved = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    approved_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("approval of a batch")
        verbose_name_plural = _("approvals of batches")
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "approver"],
                condition=Q(finished_at__isnull=True),
                name="batch_approved_once_at_a_time",
            ),
            models.UniqueConstraint(fields=["approver", "proved_at"], name="one_code_for_one_selection"),
        ]
        triggers = [
            rules.never_deleted,
            rules.frozen("batch", "approver", "digest", "method", "proved_at", "count", "approved_at"),
        ]

    def __str__(self) -> str:
        return f"approval of {self.batch_id} by {self.approver_id}"


class SelectedRow(models.Model):
    """One row of a selection with the terms that were seen, and what came of it."""

    selection = models.ForeignKey(
        Selection, on_delete=models.PROTECT, related_name="selected", db_index=False
    )
    row = models.ForeignKey(BatchRow, on_delete=models.PROTECT, related_name="selected")
    terms_digest = models.CharField(max_length=64)
    is_approved = models.BooleanField(null=True)
    # Why not, in the words that the person would have read on the payment's own page.
    refusal = models.CharField(max_length=300, blank=True, db_default="")

    class Meta:
        verbose_name = _("selected row")
        verbose_name_plural = _("selected rows")
        indexes = [
            models.Index(
                fields=["selection", "id"], condition=Q(is_approved__isnull=True), name="selected_rows_to_do"
            )
        ]
        constraints = [models.UniqueConstraint(fields=["selection", "row"], name="row_selected_once")]
        triggers = [rules.never_deleted, rules.frozen("selection", "row", "terms_digest")]

    def __str__(self) -> str:
        return f"row {self.row_id} of selection {self.selection_id}"
