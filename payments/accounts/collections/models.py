"""Wallets that a customer's payers pay in to, and what came in there, as Oceafin tells of it."""

from decimal import Decimal
from uuid import UUID

import pgtrigger
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from backoffice import references, vault
from customers.models import Customer
from payments.accounts.models import AMOUNT_DIGITS, AMOUNT_PLACES, FoundBy

ADDRESS_CONTEXT = "collection_wallet.address"
SENDER_CONTEXT = "collection.sender"
ACTIVE = "ACTIVE"
CREDITED = "COMPLETED"
# Of Oceafin's words (contract, ASSUMED) those after which nothing more is expected.
FINAL = (CREDITED, "FAILED", "RETURNED")


class CollectionWallet(models.Model):
    """One wallet: asked for by us, or found at Oceafin. What came is kept as it came; where it leads never changes.

    Lock order: the submission, the customer, the wallet.
    """

    # Null where it was made elsewhere and carries no reference.
    collection_wallet_ref = models.CharField(_("wallet"), max_length=references.LENGTH, null=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="collection_wallets")
    asset = models.CharField(_("asset"), max_length=16, blank=True)
    network = models.CharField(_("network"), max_length=40, blank=True)
    label = models.CharField(_("label"), max_length=64, blank=True)
    request_digest = models.CharField(max_length=64, blank=True)
    # How often it was asked for: a further time only where Oceafin had denied the product.
    asked = models.PositiveIntegerField(default=0)
    # Under the customer's key; the keyed hash finds it and holds it fast.
    address_sealed = models.BinaryField(default=bytes)
    address_hash = models.CharField(max_length=64, blank=True)
    wallet_id = models.CharField(_("Oceafin's id"), max_length=64, null=True, unique=True)
    # As it came: PENDING, ACTIVE, CLOSED, anything. Empty until Oceafin has answered.
    status = models.CharField(_("status at Oceafin"), max_length=64, blank=True)
    status_since = models.DateTimeField(_("in this status"))
    # The newest instant that Oceafin named: what is older never overwrites. Null until it named one.
    said_at = models.DateTimeField(null=True)
    refusal_code = models.CharField(max_length=80, blank=True)
    refusal = models.CharField(max_length=300, blank=True)
    # Oceafin named another address under the same id: nobody may be told to pay in until a person has asked.
    contradiction = models.CharField(max_length=300, blank=True)
    found_by = models.CharField(_("known from"), max_length=5, choices=FoundBy.choices)
    created_at = models.DateTimeField(_("asked for"))
    created_by = models.CharField(_("asked for by"), max_length=120)
    read_at = models.DateTimeField(_("last word"), null=True)

    class Meta:
        verbose_name = _("collection wallet")
        verbose_name_plural = _("collection wallets")
        indexes = [
            models.Index(fields=["customer", "-id"], name="wallet_by_customer"),
            models.Index(
                OpClass(Upper("collection_wallet_ref"), name="text_pattern_ops"), name="wallet_by_reference"
            ),
            models.Index(fields=["address_hash"], name="wallet_by_address"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["customer", "collection_wallet_ref"], name="wallet_ref_once"),
            models.CheckConstraint(
                condition=Q(request_digest="") | Q(collection_wallet_ref__regex=rf"^{references.PATTERN}$"),
                name="wallet_reference_form",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="wallet_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="wallet_identity_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("customer", "request_digest", "created_at", "created_by"),
            ),
            # Where coins go is written once: who could change it could take them.
            pgtrigger.Protect(
                name="wallet_where_stays",
                operation=pgtrigger.Update,
                condition=(
                    pgtrigger.Q(old__wallet_id__isnull=False)
                    & pgtrigger.Q(old__wallet_id__df=pgtrigger.F("new__wallet_id"))
                )
                | (
                    ~pgtrigger.Q(old__address_hash="")
                    & pgtrigger.Q(old__address_hash__df=pgtrigger.F("new__address_hash"))
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.collection_wallet_ref or self.wallet_id or ""

    @property
    def vault_key(self) -> UUID:
        return self.customer.vault_key

    @property
    def address(self) -> str:
        """Where payers pay in; "" until Oceafin named it."""
        if not self.address_sealed:
            return ""
        return vault.unseal_text(self.customer.vault_key, self.address_sealed, context=ADDRESS_CONTEXT)

    @property
    def is_usable(self) -> bool:
        """Whether somebody may be told to pay in here."""
        return self.status == ACTIVE and bool(self.address_hash) and not self.contradiction


class CollectionQuerySet(models.QuerySet["Collection"]):
    def in_doubt(self) -> "CollectionQuerySet":
        """Whose they are is not certain, the longest waiting first."""
        return self.exclude(doubt="").filter(doubt_settled_by="").order_by("doubted_at", "id")


class Collection(models.Model):
    """Coins that came in to a wallet, kept as they came: unknown words, assets and networks stand as they are.

    `amount` is text, digit by digit. `value` is the same as a number, null where it is no plain decimal of up to
    18 places: it is then shown and never summed.
    """

    collection_id = models.CharField(_("collection"), max_length=64, unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="collections")
    wallet = models.ForeignKey(
        CollectionWallet, null=True, on_delete=models.PROTECT, related_name="collections"
    )
    # As it was told; the wallet itself may become known later.
    wallet_id_told = models.CharField(max_length=64, blank=True)
    asset = models.CharField(_("asset"), max_length=16, blank=True)
    network = models.CharField(_("network"), max_length=40, blank=True)
    amount = models.CharField(_("amount"), max_length=64, blank=True)
    value = models.DecimalField(max_digits=AMOUNT_DIGITS, decimal_places=AMOUNT_PLACES, null=True)
    fee_amount = models.CharField(_("fee"), max_length=64, blank=True)
    transaction_hash = models.CharField(max_length=128, blank=True)
    confirmations = models.CharField(max_length=16, blank=True)
    sender_sealed = models.BinaryField(default=bytes)
    status = models.CharField(_("status at Oceafin"), max_length=64, blank=True)
    status_since = models.DateTimeField(_("in this status"))
    said_at = models.DateTimeField(null=True)
    failure_code = models.CharField(max_length=64, blank=True)
    failure_reason = models.CharField(max_length=300, blank=True)
    occurred_at = models.DateTimeField(_("happened"), null=True)
    # What came where `occurred_at` should be, if it is no instant (no zone, no date).
    occurred_text = models.CharField(max_length=64, blank=True)
    # Why it is not certain whose it is, in a sentence, and the lead who decided that it is this customer's.
    doubt = models.CharField(max_length=300, blank=True)
    doubted_at = models.DateTimeField(null=True)
    doubt_settled_by = models.CharField(max_length=120, blank=True)
    found_by = models.CharField(_("known from"), max_length=5, choices=FoundBy.choices)
    found_at = models.DateTimeField(_("found"))
    read_at = models.DateTimeField(_("last word"))

    objects = CollectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("collection")
        verbose_name_plural = _("collections")
        indexes = [
            models.Index(fields=["customer", "-id"], name="collection_by_customer"),
            models.Index(fields=["wallet", "-id"], name="collection_by_wallet"),
            models.Index(
                fields=["doubted_at", "id"],
                condition=~Q(doubt="") & Q(doubt_settled_by=""),
                name="collection_in_doubt",
            ),
            models.Index(
                fields=["wallet_id_told"],
                condition=Q(wallet__isnull=True) & ~Q(wallet_id_told=""),
                name="collection_without_wallet",
            ),
            models.Index(
                OpClass(Upper("collection_id"), name="text_pattern_ops"), name="collection_by_prefix"
            ),
            models.Index(
                OpClass(Upper("transaction_hash"), name="text_pattern_ops"), name="collection_by_hash"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="collection_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="collection_identity_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("collection_id", "customer", "found_at"),
            ),
        ]

    def __str__(self) -> str:
        return self.collection_id

    @property
    def vault_key(self) -> UUID:
        return self.customer.vault_key

    @property
    def sender_address(self) -> str:
        """Who paid in, as an address: personal data."""
        if not self.sender_sealed:
            return ""
        return vault.unseal_text(self.customer.vault_key, self.sender_sealed, context=SENDER_CONTEXT)

    @property
    def title(self) -> str:
        """What came in, as a person calls it: it has no reference of its own, and its id says nothing."""
        amount = self.amount if self.value is None else f"{Decimal(self.amount):,f}"
        return f"{amount or '–'} {self.asset}".strip()

    @property
    def is_doubtful(self) -> bool:
        """Whether it is not certain whose it is: nothing of it is sent back until a lead has decided."""
        return bool(self.doubt) and not self.doubt_settled_by

    @property
    def is_final(self) -> bool:
        return self.status in FINAL
