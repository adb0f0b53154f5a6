"""Who the partner's customers are, what Oceafin says of them, and the documents that they handed in."""

import uuid

import pgtrigger
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice import references, vault
from customers.files import EXTENSIONS, DocumentType
from customers.states import STANDING, OceafinStatus, Standing

MISSING_CONTEXT = "status.missing"
GIVEN_NAME_CONTEXT = "document.given_name"


class CustomerType(models.TextChoices):
    INDIVIDUAL = "INDIVIDUAL", gettext_lazy("Individual")
    CORPORATE = "CORPORATE", gettext_lazy("Company")


class Source(models.TextChoices):
    """From what we know a status: an event, an answer to asking, or the reply to the creation."""

    EVENT = "EVENT", gettext_lazy("Oceafin told us")
    READ = "READ", gettext_lazy("We asked")
    REPLY = "REPLY", gettext_lazy("When it was created")


class Customer(models.Model):
    """One customer of the partner's, at Oceafin under the same reference.

    Lock order in a transaction: the submission, the customer, then the records of other apps.
    """

    partner_customer_ref = models.CharField(max_length=references.LENGTH, unique=True)
    customer_type = models.CharField(max_length=10, choices=CustomerType.choices)
    display_name = models.CharField(max_length=200)
    metadata = models.JSONField(default=dict)
    request_digest = models.CharField(max_length=64)
    vault_key = models.UUIDField(unique=True)

    oceafin_customer_id = models.UUIDField(null=True, unique=True)
    oceafin_status = models.CharField(max_length=64, blank=True)
    oceafin_status_since = models.DateTimeField(null=True)
    # The newest instant that anything was said of: what is older never overwrites.
    oceafin_status_at = models.DateTimeField(null=True)
    oceafin_status_from = models.CharField(max_length=5, choices=Source.choices, blank=True)

    standing = models.CharField(max_length=11, choices=Standing.choices(), default=Standing.ACTIVE)
    standing_since = models.DateTimeField()
    standing_reason_sealed = models.BinaryField(default=bytes)
    standing_by = models.CharField(max_length=120, blank=True)

    polls = models.PositiveIntegerField(default=0)
    polls_unchanged = models.PositiveIntegerField(default=0)
    poll_due_at = models.DateTimeField(null=True)

    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120)
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = gettext_lazy("customer")
        verbose_name_plural = gettext_lazy("customers")
        indexes = [
            models.Index(fields=["oceafin_status", "-id"], name="customer_by_status"),
            models.Index(fields=["standing", "-id"], name="customer_by_standing"),
            models.Index(
                fields=["poll_due_at"], condition=Q(poll_due_at__isnull=False), name="customer_polls_due"
            ),
            models.Index(OpClass(Upper("display_name"), name="text_pattern_ops"), name="customer_by_name"),
            models.Index(
                OpClass(Upper("partner_customer_ref"), name="text_pattern_ops"), name="customer_by_reference"
            ),
        ]
        constraints = [
            references.constraint("partner_customer_ref", name="customer_reference_form"),
            models.CheckConstraint(
                condition=Q(customer_type__in=CustomerType.values), name="customer_type_known"
            ),
            models.CheckConstraint(
                condition=Q(standing__in=[standing.value for standing in Standing]),
                name="customer_standing_known",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="standing_moves", field="standing", transitions=STANDING.transitions()),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="identity_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("partner_customer_ref", "customer_type", "vault_key"),
            ),
            # Another customerId for the same reference is for a person to look at, never to be written over.
            pgtrigger.Protect(
                name="customer_id_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__oceafin_customer_id__isnull=False)
                & pgtrigger.Q(old__oceafin_customer_id__df=pgtrigger.F("new__oceafin_customer_id")),
            ),
        ]

    def __str__(self) -> str:
        return self.partner_customer_ref

    @property
    def is_known_to_oceafin(self) -> bool:
        return self.oceafin_customer_id is not None

    @property
    def standing_reason(self) -> str:
        """Why it stands so, in the words of the person who decided."""
        if not self.standing_reason_sealed:
            return ""
        return vault.unseal_text(
            self.vault_key, self.standing_reason_sealed, context="customer.standing_reason"
        )

    def may_send_money_out(self) -> bool:
        return not self.refusal_reason()

    def refusal_reason(self) -> str:
        """Why no money may leave for this customer now, in a sentence; empty if it may.

        Ask under the customer's lock where the answer decides something.
        """
        if self.standing == Standing.RESTRICTED:
            return _("This customer is restricted by us. Nothing leaves until the restriction is lifted.")
        if self.standing == Standing.OFFBOARDING:
            return _("We are ending the relationship with this customer. Nothing new leaves.")
        if not self.is_known_to_oceafin:
            return _("Oceafin does not know this customer yet.")
        if self.oceafin_status != OceafinStatus.APPROVED:
            return _("Oceafin has not approved this customer (its status there is %(status)s).") % {
                "status": self.oceafin_status or _("unknown")
            }
        return ""


class StatusChange(models.Model):
    """One thing that Oceafin said of a customer's status, in the order in which it reached us."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="status_changes")
    status = models.CharField(max_length=64)
    at = models.DateTimeField()
    source = models.CharField(max_length=5, choices=Source.choices)
    event_id = models.CharField(max_length=255, blank=True)
    missing_sealed = models.BinaryField(default=bytes)
    # It came late: something newer was known already.
    is_outdated = models.BooleanField(default=False)
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = gettext_lazy("status change")
        verbose_name_plural = gettext_lazy("status changes")
        indexes = [models.Index(fields=["customer", "-at", "-id"], name="status_change_history")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.status} at {self.at.isoformat()}"


class Document(models.Model):
    """One file of a customer's. Its bytes are in the document storage, and were checked before they came there.

    `envelope_head` and `envelope_tail` are what stands around the file when it goes to Oceafin, and `body_sha256`
    is the hash of the whole; they are made when the file passes by, so that sending it later reads nothing.
    """

    document_id = models.UUIDField(unique=True, default=uuid.uuid4)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="documents")
    document_type = models.CharField(max_length=32, choices=DocumentType.choices())
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    pages = models.PositiveSmallIntegerField(default=1)
    storage_name = models.CharField(max_length=120, unique=True)
    given_name_sealed = models.BinaryField(default=bytes)
    envelope_boundary = models.CharField(max_length=70)
    envelope_head = models.BinaryField()
    envelope_tail = models.BinaryField()
    body_sha256 = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.CharField(max_length=120)
    # What came again because this one did not do; the older one is kept as it was.
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    version = models.PositiveSmallIntegerField(default=1)
    # Set when somebody decided that Oceafin gets it; the file leaves when customerId is known.
    sending_since = models.DateTimeField(null=True)
    oceafin_file_asset_id = models.UUIDField(null=True)

    class Meta:
        verbose_name = gettext_lazy("document")
        verbose_name_plural = gettext_lazy("documents")
        indexes = [
            models.Index(fields=["customer", "-id"], name="document_by_customer"),
            models.Index(
                fields=["oceafin_file_asset_id"],
                condition=Q(oceafin_file_asset_id__isnull=False),
                name="document_by_file_asset",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "document_type", "sha256"], name="document_same_bytes_once"
            ),
            models.CheckConstraint(
                condition=Q(document_type__in=[kind.value for kind in DocumentType]),
                name="document_type_known",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "document_id",
                    "customer",
                    "document_type",
                    "content_type",
                    "size",
                    "sha256",
                    "storage_name",
                    "envelope_head",
                    "envelope_tail",
                    "body_sha256",
                ),
            ),
            pgtrigger.Protect(
                name="version_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__replaces__isnull=False)
                & (
                    pgtrigger.Q(old__replaces__df=pgtrigger.F("new__replaces"))
                    | pgtrigger.Q(old__version__df=pgtrigger.F("new__version"))
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def file_name(self) -> str:
        """A name made by us, safe on every disk: passport-1a2b3c4d.pdf."""
        kind = self.document_type.lower().replace("_", "-")
        return f"{kind}-{self.document_id.hex[:8]}{EXTENSIONS[self.content_type]}"

    @property
    def given_name(self) -> str:
        """What the sender called it. Untrusted text, for the eye only."""
        if not self.given_name_sealed:
            return ""
        return vault.unseal_text(self.customer.vault_key, self.given_name_sealed, context=GIVEN_NAME_CONTEXT)
