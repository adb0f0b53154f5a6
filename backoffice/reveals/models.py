"""Each look at somebody's personal data, each export of it, and each burst of looks that a lead has to see."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice import vault

WORDS_CONTEXT = "reveal.words"


class Purpose(models.TextChoices):
    """What somebody needs the data for. DECISION goes with an act (taking a case, approving), never by choice."""

    DECISION = "DECISION", gettext_lazy("To decide what is in front of them")
    CUSTOMER_ASKED = "CUSTOMER_ASKED", gettext_lazy("The customer asked us something")
    DATA_COMPARED = "DATA_COMPARED", gettext_lazy("Data is compared or corrected")
    PAYMENT_TRACED = "PAYMENT_TRACED", gettext_lazy("A payment is traced")
    OCEAFIN_ASKED = "OCEAFIN_ASKED", gettext_lazy("Oceafin asks about the customer")
    SUSPICION = "SUSPICION", gettext_lazy("A warning or suspicion is looked into")
    AUTHORITY = "AUTHORITY", gettext_lazy("An authority asks")
    AUDIT = "AUDIT", gettext_lazy("Audit or quality check")
    OTHER = "OTHER", gettext_lazy("Something else, in words below")


# What a person may choose.
STATED = [(code, label) for code, label in Purpose.choices if code != Purpose.DECISION]


class Export(models.Model):
    """One file with the personal data of many, and who took it with them."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(max_length=80)
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    customers = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = gettext_lazy("export of personal data")
        verbose_name_plural = gettext_lazy("exports of personal data")
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.at:%Y-%m-%d}"


class Reveal(models.Model):
    """One person got to see one customer's personal data.

    `until` is set where it was opened for some minutes; it is empty where the act itself is the reveal. The
    customer is named by the key that its data is sealed under, and by its reference.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=gettext_lazy("who")
    )
    customer_key = models.UUIDField()
    customer_ref = models.CharField(gettext_lazy("customer"), max_length=255, blank=True)
    purpose = models.CharField(gettext_lazy("why"), max_length=16, choices=Purpose.choices)
    words_sealed = models.BinaryField(default=bytes)
    # The record that it was opened on, or whose act it belongs to: a case, a document, a bank account.
    subject_type = models.CharField(max_length=64)
    subject_id = models.CharField(max_length=64)
    subject_name = models.CharField(max_length=120)
    export = models.ForeignKey(Export, null=True, on_delete=models.PROTECT, related_name="reveals")
    at = models.DateTimeField(gettext_lazy("when"))
    until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = gettext_lazy("look at personal data")
        verbose_name_plural = gettext_lazy("looks at personal data")
        indexes = [
            models.Index(fields=["user", "-at", "-id"], name="reveal_by_person"),
            models.Index(fields=["customer_key", "-at", "-id"], name="reveal_by_customer"),
            models.Index(fields=["customer_ref", "-at", "-id"], name="reveal_by_reference"),
            models.Index(fields=["-at", "-id"], name="reveal_newest"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(purpose__in=Purpose.values), name="reveal_purpose_known"),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gt=F("at")), name="reveal_ends_after_it_begins"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="frozen", exclude=["ended_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.customer_ref} by {self.user_id} at {self.at.isoformat()}"

    @property
    def words(self) -> str:
        """What for, in the person's own words; erased with the customer."""
        if not self.words_sealed:
            return ""
        try:
            return vault.unseal_text(self.customer_key, bytes(self.words_sealed), context=WORDS_CONTEXT)
        except vault.KeyDestroyed:
            return _("(erased with the customer's data)")


class Burst(models.Model):
    """One person opened the data of many customers within a short time. It stays open until a lead has seen it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=gettext_lazy("who")
    )
    # Chosen one by one with a purpose, or handed out by the work itself (cases taken, payments approved).
    by_choice = models.BooleanField()
    customers = models.PositiveIntegerField(gettext_lazy("customers"))
    began_at = models.DateTimeField(gettext_lazy("began"))
    last_at = models.DateTimeField(gettext_lazy("last look"))
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=gettext_lazy("seen by"),
    )
    acknowledged_at = models.DateTimeField(gettext_lazy("seen"), null=True)

    class Meta:
        verbose_name = gettext_lazy("burst of looks")
        verbose_name_plural = gettext_lazy("bursts of looks")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "by_choice"],
                condition=Q(acknowledged_at__isnull=True),
                name="burst_one_open_per_person",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True, acknowledged_by__isnull=True)
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
                name="burst_seen_by_name",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_by__isnull=True) | ~Q(acknowledged_by=F("user")),
                name="burst_seen_by_another",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="frozen", fields=["user", "by_choice"]),
            pgtrigger.Protect(
                name="begins_no_later",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(new__began_at__gt=pgtrigger.F("old__began_at")),
            ),
            pgtrigger.Protect(
                name="seen_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__acknowledged_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return _("%(count)d customers looked up by %(name)s") % {
            "count": self.customers,
            "name": self.user.display_name,
        }
