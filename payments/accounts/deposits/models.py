"""Money that came in, as Oceafin tells of it, and the addresses that coins are paid in to."""

import json
from decimal import Decimal
from uuid import UUID

import pgtrigger
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from backoffice import references, reveals, vault
from customers.models import Customer
from payments.accounts.deposits.states import DEPOSIT, DepositState
from payments.accounts.models import AMOUNT_DIGITS, AMOUNT_PLACES, FoundBy

PRIVATE_CONTEXT = "deposit.private"
WHERE_CONTEXT = "deposit_address.where"
# Of Oceafin's words (contract, ASSUMED) those after which nothing more is expected.
FINAL = ("COMPLETED", "FAILED", "RETURNED")
PENDING_TRAVEL_RULE = "PENDING_TRAVEL_RULE"


class Kind(models.TextChoices):
    FIAT = "FIAT", _("Money")
    CRYPTO = "CRYPTO", _("Coins")


class Deposit(models.Model):
    """One deposit, kept as it came: unknown words, assets and networks stand as they are, amounts digit by digit.

    `state` is ours: whose it is. `status` is Oceafin's own word. `value` is the amount as a number, null where
    `amount` is no plain decimal. Lock order: the submission, the customer, the deposit, its task.
    """

    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices)
    deposit_id = models.CharField(_("deposit"), max_length=64)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="deposits")
    state = models.CharField(_("whose"), max_length=9, choices=DepositState.choices())
    state_since = models.DateTimeField()
    # Why it is not certain whose it is, in a sentence; and what Oceafin calls the customer.
    doubt = models.CharField(max_length=300, blank=True)
    told_customer_id = models.CharField(max_length=64, blank=True)
    told_customer_ref = models.CharField(max_length=255, blank=True)
    # Oceafin told of it for two customers in turn.
    contradicted = models.BooleanField(default=False)
    # Who matched it or set it aside; empty where nobody had to. What a person decided, no program changes.
    decided_by = models.CharField(_("decided by"), max_length=120, blank=True)

    # Of coins the asset.
    currency = models.CharField(_("currency"), max_length=16, blank=True)
    network = models.CharField(_("network"), max_length=40, blank=True)
    amount = models.CharField(_("amount"), max_length=64, blank=True)
    value = models.DecimalField(max_digits=AMOUNT_DIGITS, decimal_places=AMOUNT_PLACES, null=True)
    fee_amount = models.CharField(_("fee"), max_length=64, blank=True)
    # Where it was paid in: Oceafin's fiatAccountId or addressId.
    home_id = models.CharField(max_length=64, blank=True)
    transaction_hash = models.CharField(max_length=128, blank=True)
    confirmations = models.CharField(max_length=16, blank=True)
    status = models.CharField(_("status at Oceafin"), max_length=64, blank=True)
    status_since = models.DateTimeField(_("in this status"))
    # The newest instant that Oceafin named: what is older never overwrites. Null until it named one.
    said_at = models.DateTimeField(null=True)
    failure_code = models.CharField(max_length=64, blank=True)
    failure_reason = models.CharField(max_length=300, blank=True)
    occurred_at = models.DateTimeField(_("happened"), null=True)
    # What came where `occurred_at` should be, if it is no instant (no zone, no date).
    occurred_text = models.CharField(max_length=64, blank=True)

    # Who sent it and with which words, as JSON; under the customer's key, or one of its own until that is known.
    private_sealed = models.BinaryField(default=bytes)
    seal_key = models.UUIDField()
    found_by = models.CharField(_("known from"), max_length=5, choices=FoundBy.choices)
    found_at = models.DateTimeField(_("found"))
    read_at = models.DateTimeField(_("last word"))
    # While it is nobody's no customer's list shows it: it is read by itself, at once where this is null.
    next_read_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("deposit")
        verbose_name_plural = _("deposits")
        indexes = [
            models.Index(fields=["customer", "-id"], name="deposit_by_customer"),
            models.Index(
                fields=["state_since", "id"], condition=Q(state="UNMATCHED"), name="deposit_unmatched"
            ),
            models.Index(
                fields=["status_since", "id"], condition=~Q(status__in=FINAL), name="deposit_on_its_way"
            ),
            models.Index(OpClass(Upper("deposit_id"), name="text_pattern_ops"), name="deposit_by_prefix"),
            models.Index(
                OpClass(Upper("transaction_hash"), name="text_pattern_ops"), name="deposit_by_hash_prefix"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["deposit_id", "kind"], name="deposit_once"),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in DepositState]), name="deposit_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="MATCHED", customer__isnull=False)
                | (~Q(state="MATCHED") & Q(customer__isnull=True)),
                name="deposit_matched_has_customer",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="moves", field="state", transitions=DEPOSIT.transitions()),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="identity_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("kind", "deposit_id", "found_at"),
            ),
        ]

    def __str__(self) -> str:
        return self.deposit_id

    @property
    def title(self) -> str:
        """What came in, as a person calls it: it has no reference of its own, and its id says nothing."""
        amount = self.amount if self.value is None else f"{Decimal(self.amount):,f}"
        return f"{amount or '–'} {self.currency}".strip()

    @property
    def private(self) -> dict[str, str]:
        """Personal data, in the contract's names: senderName, senderAddress, paymentReference."""
        if not self.private_sealed:
            return {}
        found: dict[str, str] = json.loads(
            vault.unseal_text(self.seal_key, self.private_sealed, context=PRIVATE_CONTEXT)
        )
        return found

    @property
    def whose(self) -> "reveals.Whose":
        """Whose personal data it holds, for opening it."""
        ref = self.customer.partner_customer_ref if self.customer else self.deposit_id
        return reveals.Whose(self.seal_key, ref)

    @property
    def is_final(self) -> bool:
        return self.status in FINAL


class DepositAddress(models.Model):
    """An address at Oceafin that coins of one asset come in to over one network. Where it leads never changes."""

    address_ref = models.CharField(_("address"), max_length=references.LENGTH, null=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="deposit_addresses")
    asset = models.CharField(_("asset"), max_length=16)
    network = models.CharField(_("network"), max_length=40)
    label = models.CharField(_("label"), max_length=64, blank=True)
    request_digest = models.CharField(max_length=64, blank=True)
    # Address and memo as JSON, under the customer's key; and the keyed hash to find it by.
    where_sealed = models.BinaryField(default=bytes)
    where_hash = models.CharField(max_length=64, blank=True)
    address_id = models.CharField(max_length=64, null=True, unique=True)
    # As it came: PENDING, ACTIVE, CLOSED, anything. Empty until Oceafin has answered.
    status = models.CharField(_("status at Oceafin"), max_length=64, blank=True)
    said_at = models.DateTimeField(null=True)
    refusal = models.CharField(max_length=300, blank=True)
    # Oceafin named another address under the same id: nobody may be told to pay in until a person has asked.
    contradiction = models.CharField(max_length=300, blank=True)
    found_by = models.CharField(_("known from"), max_length=5, choices=FoundBy.choices)
    created_at = models.DateTimeField(_("asked for"))
    created_by = models.CharField(_("asked for by"), max_length=120)
    read_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("deposit address")
        verbose_name_plural = _("deposit addresses")
        indexes = [
            models.Index(fields=["customer", "-id"], name="deposit_address_by_customer"),
            models.Index(
                OpClass(Upper("address_ref"), name="text_pattern_ops"), name="deposit_address_by_reference"
            ),
            models.Index(fields=["where_hash"], name="deposit_address_by_where"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["customer", "address_ref"], name="deposit_address_ref_once"),
            models.CheckConstraint(
                condition=Q(address_ref__isnull=True) | Q(address_ref__regex=rf"^{references.PATTERN}$"),
                name="deposit_address_reference_form",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="address_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="address_identity_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("address_ref", "customer", "created_at", "created_by"),
            ),
            # Where coins go is written once: who could change it could take them.
            pgtrigger.Protect(
                name="where_stays",
                operation=pgtrigger.Update,
                condition=(
                    pgtrigger.Q(old__address_id__isnull=False)
                    & pgtrigger.Q(old__address_id__df=pgtrigger.F("new__address_id"))
                )
                | (
                    ~pgtrigger.Q(old__where_hash="")
                    & pgtrigger.Q(old__where_hash__df=pgtrigger.F("new__where_hash"))
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.address_ref or self.address_id or ""

    @property
    def vault_key(self) -> UUID:
        return self.customer.vault_key

    @property
    def where(self) -> dict[str, str]:
        """`address` and, where there is one, `memo`."""
        if not self.where_sealed:
            return {}
        found: dict[str, str] = json.loads(
            vault.unseal_text(self.customer.vault_key, self.where_sealed, context=WHERE_CONTEXT)
        )
        return found

    @property
    def is_usable(self) -> bool:
        """Whether somebody may be told to pay in here."""
        return self.status == "ACTIVE" and bool(self.where_hash) and not self.contradiction
