"""What a customer has at Oceafin and what moved there, as it was told or read last; and when it is read next."""

from uuid import UUID

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice import vault
from customers.models import Customer

EXPLANATION_CONTEXT = "transaction.explanation"
AMOUNT_DIGITS, AMOUNT_PLACES = 48, 18


class FoundBy(models.TextChoices):
    """How we came to know of something. What only a reading found, no event has told us of."""

    EVENT = "EVENT", _("Oceafin told us")
    READ = "READ", _("Only a reading found it")
    REPLY = "REPLY", _("Answer to our own request")


class Balance(models.Model):
    """The last reading of one balance. A copy for people to see; nothing is decided by it."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="balances")
    currency = models.CharField(_("currency"), max_length=16)
    network = models.CharField(_("network"), max_length=40, blank=True)
    # Exact text, as many digits as it came with; empty where Oceafin said nothing readable.
    available = models.CharField(_("available"), max_length=64, blank=True)
    pending = models.CharField(_("pending"), max_length=64, blank=True)
    updated_at = models.DateTimeField(_("as of"), null=True)
    read_at = models.DateTimeField(_("read"))

    class Meta:
        verbose_name = _("balance")
        verbose_name_plural = _("balances")
        constraints = [
            models.UniqueConstraint(fields=["customer", "currency", "network"], name="balance_once")
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.currency}"


belongs = pgtrigger.Trigger(
    name="belongs",
    level=pgtrigger.Statement,
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    referencing=pgtrigger.Referencing(new="added"),
    func="""
        IF EXISTS (
            SELECT FROM (SELECT DISTINCT customer_id FROM added) AS owner
                WHERE NOT EXISTS (SELECT FROM customers_customer WHERE id = owner.customer_id)
        ) THEN
            RAISE EXCEPTION 'a transaction belongs to a customer';
        END IF;
        RETURN NULL;
    """,
)


class Transaction(models.Model):
    """One movement in a customer's accounts (contract section 4, all but id and status optional).

    Kept as it came: texts that we do not know stand as they are, `amount` digit by digit. `value` is the same
    amount as a number, null where it is no plain decimal of up to 18 places: it is then shown and never summed.
    """

    # Ids of Oceafin are compared byte by byte: to weigh them as words of a language is a tenth of keeping a page.
    transaction_id = models.CharField(_("transaction"), max_length=64, db_collation="C")
    # Its index is the one by customer and date; each one more is paid for by every row of a first reading. That the
    # customer is there, who is never deleted, is checked for a whole page at once (`belongs`).
    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        related_name="transactions",
        db_index=False,
        db_constraint=False,
    )
    transaction_type = models.CharField(_("type"), max_length=64, blank=True)
    direction = models.CharField(_("direction"), max_length=16, blank=True)
    currency = models.CharField(_("currency"), max_length=16, blank=True)
    network = models.CharField(_("network"), max_length=40, blank=True)
    amount = models.CharField(_("amount"), max_length=64, blank=True)
    fee_amount = models.CharField(_("fee"), max_length=64, blank=True)
    value = models.DecimalField(max_digits=AMOUNT_DIGITS, decimal_places=AMOUNT_PLACES, null=True)
    fee_value = models.DecimalField(max_digits=AMOUNT_DIGITS, decimal_places=AMOUNT_PLACES, null=True)
    status = models.CharField(_("status"), max_length=64, blank=True)
    resource_type = models.CharField(max_length=64, blank=True)
    resource_id = models.CharField(max_length=64, blank=True, db_collation="C")
    occurred_at = models.DateTimeField(_("happened"), null=True)
    # What came where `occurred_at` should be, if it is no instant (no zone, no date).
    occurred_text = models.CharField(max_length=64, blank=True)
    # Oceafin's own instant of its newest word, where it gives one.
    updated_at = models.DateTimeField(_("changed at Oceafin"), null=True)
    found_by = models.CharField(_("known from"), max_length=5, choices=FoundBy.choices)
    found_at = models.DateTimeField(_("known since"))
    # When we asked for what stands here.
    read_at = models.DateTimeField(_("read"))
    # The record of ours that explains it, as `app.Model` and key; empty until one does.
    explained_type = models.CharField(max_length=64, blank=True)
    explained_id = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("transaction")
        verbose_name_plural = _("transactions")
        indexes = [
            models.Index(fields=["customer", "-occurred_at", "-id"], name="transaction_by_customer"),
            models.Index(fields=["resource_id", "resource_type"], name="transaction_by_resource"),
            models.Index(fields=["-id"], condition=Q(explained_type=""), name="transaction_unexplained"),
        ]
        constraints = [models.UniqueConstraint(fields=["transaction_id"], name="transaction_once")]
        triggers = [
            belongs,
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="owner_frozen", operation=pgtrigger.Update, condition=pgtrigger.AnyChange("customer")
            ),
        ]

    def __str__(self) -> str:
        return self.transaction_id

    @property
    def vault_key(self) -> UUID:
        return self.customer.vault_key


class Contradiction(models.Model):
    """Oceafin named another customer for a transaction than the one it named first. The transaction stays."""

    transaction = models.ForeignKey(Transaction, on_delete=models.CASCADE, related_name="contradictions")
    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        related_name="contradicted_transactions",
        verbose_name=_("customer"),
    )
    # What was told of it there, field by field as it came.
    told = models.JSONField(default=dict)
    found_by = models.CharField(_("known from"), max_length=5, choices=FoundBy.choices)
    found_at = models.DateTimeField(_("known since"))

    class Meta:
        verbose_name = _("contradiction")
        verbose_name_plural = _("contradictions")
        constraints = [models.UniqueConstraint(fields=["transaction", "customer"], name="contradiction_once")]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.transaction_id} of {self.customer_id}"


class Explanation(models.Model):
    """What a person knows of a transaction that no record of ours explains; it can be taken back."""

    transaction = models.ForeignKey(Transaction, on_delete=models.CASCADE, related_name="explanations")
    words_sealed = models.BinaryField()
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("written by")
    )
    written_at = models.DateTimeField(_("written"))
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("taken back by"),
    )
    withdrawn_at = models.DateTimeField(_("taken back"), null=True)

    class Meta:
        verbose_name = _("explanation")
        verbose_name_plural = _("explanations")
        constraints = [
            models.UniqueConstraint(
                fields=["transaction"], condition=Q(withdrawn_at__isnull=True), name="explanation_one_stands"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="explanation_taken_back_by_name",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=F("written_at")),
                name="explanation_stands_before_it_ends",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="frozen", exclude=["withdrawn_by", "withdrawn_at"]),
        ]

    def __str__(self) -> str:
        return f"explanation {self.pk}"

    @property
    def words(self) -> str:
        """In the person's own words. Raises vault.KeyDestroyed where the customer was erased."""
        key = self.transaction.customer.vault_key
        return vault.unseal_text(key, bytes(self.words_sealed), context=EXPLANATION_CONTEXT)


class Reading(models.Model):
    """When one list of one customer's is read next. It backs off while nothing changes; an event makes it due."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="readings")
    name = models.CharField(max_length=40)
    due_at = models.DateTimeField()
    unchanged = models.PositiveIntegerField(default=0)
    read_at = models.DateTimeField(null=True)
    # Where a long list is read on, and how much was new in its earlier pages.
    cursor = models.TextField(blank=True)
    news = models.PositiveIntegerField(default=0)
    # How many pages this reading took so far, and the last whole one: a long list is given a rest.
    pages = models.PositiveIntegerField(default=0)
    length = models.PositiveIntegerField(default=0)
    # A sentence where the last reading broke off; empty after a whole one.
    failure = models.CharField(max_length=300, blank=True)
    failures = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("reading")
        verbose_name_plural = _("readings")
        indexes = [
            models.Index(fields=["due_at", "id"], name="reading_queue"),
            models.Index(fields=["name", "due_at"], name="reading_next_of_list"),
            models.Index(fields=["name", "-read_at"], name="reading_last_of_list"),
            models.Index(fields=["-failures", "id"], condition=Q(failures__gt=0), name="reading_broken_off"),
        ]
        constraints = [models.UniqueConstraint(fields=["customer", "name"], name="reading_once")]

    def __str__(self) -> str:
        return f"{self.name} of {self.customer_id}"


class ReadBudget(models.Model):
    """How many requests the readings may still make in the present minute. One row."""

    minute = models.DateTimeField()
    used = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("budget of reading")
        verbose_name_plural = _("budgets of reading")

    def __str__(self) -> str:
        return f"{self.used} in {self.minute:%H:%M}"


class LookBack(models.Model):
    """How far back the unexplained transactions were looked through again. One row."""

    # Those before this key are next; empty begins with the newest.
    before = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("look back")
        verbose_name_plural = _("looks back")

    def __str__(self) -> str:
        return f"before {self.before}"


class SwitchedOff(models.Model):
    """An operation that this partner is not enabled for, as Oceafin said. It is not tried until a person asks to."""

    operation = models.CharField(_("operation"), max_length=64, primary_key=True)
    code = models.CharField(_("reason"), max_length=64)
    detail = models.CharField(max_length=300, blank=True)
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("switched off at Oceafin")
        verbose_name_plural = _("switched off at Oceafin")
        ordering = ["operation"]

    def __str__(self) -> str:
        return self.operation
