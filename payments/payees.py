"""Who is paid: beneficiaries, which never change."""

import json
from typing import ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from backoffice import references, vault
from customers.models import Customer
from payments import database_rules as rules

DETAILS_CONTEXT = "bank_account.details"
WALLET_CONTEXT = "wallet_address.details"


class HolderType(models.TextChoices):
    SAME_NAME = "SAME_NAME", _("The customer's own")
    THIRD_PARTY = "THIRD_PARTY", _("Somebody else's")


class Custody(models.TextChoices):
    """Who holds the key of a wallet."""

    PROVIDER = "PROVIDER", _("A provider holds it")
    SELF_HOSTED = "SELF_HOSTED", _("Self-hosted")


class Payee(models.Model):
    """What every beneficiary has. Never changes: another destination is another beneficiary, with its own reference."""

    # The context that its details are sealed under.
    SEALED_AS: ClassVar[str]

    # In the names of the API, as JSON.
    details_sealed = models.BinaryField()
    # Keyed, of all details: what an approval binds to.
    details_hash = models.CharField(max_length=64)
    request_digest = models.CharField(max_length=64)
    # Beneficiaries never change: a change is a new record, which says of which one it takes the place.
    replaces = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="replaced_by",
        verbose_name=_("takes the place of"),
    )
    created_at = models.DateTimeField(_("added"))
    created_by = models.CharField(_("added by"), max_length=120)
    # Whoever counts as having added it: the person, or the token and its owner. They do not confirm it.
    added_by_user_ids = ArrayField(models.BigIntegerField(), default=list)
    added_by_token_id = models.BigIntegerField(null=True)
    # Since when somebody else's evidence says that it is the right one.
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    # As it came: PENDING, ACTIVE, REJECTED, anything. Empty until Oceafin has answered.
    oceafin_status = models.CharField(_("status at Oceafin"), max_length=64, blank=True)
    oceafin_status_at = models.DateTimeField(null=True)
    refusal = models.CharField(max_length=300, blank=True)
    next_poll_at = models.DateTimeField(null=True)
    # When money first left for it.
    first_used_at = models.DateTimeField(_("first used"), null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.ref} ({self.masked})"

    @property
    def ref(self) -> str:
        """Our reference of it."""
        raise NotImplementedError

    @property
    def masked(self) -> str:
        """So much of it as tells it from the others, and no more."""
        raise NotImplementedError

    @property
    def oceafin_id(self) -> str | None:
        """What Oceafin calls it."""
        raise NotImplementedError

    @property
    def details(self) -> dict[str, str]:
        """Personal data, in the names of the API."""
        key = self.customer.vault_key  # type: ignore[attr-defined]
        found: dict[str, str] = json.loads(
            vault.unseal_text(key, self.details_sealed, context=self.SEALED_AS)
        )
        return found

    @property
    def is_confirmed(self) -> bool:
        return self.confirmed_at is not None

    @property
    def is_active(self) -> bool:
        return bool(self.oceafin_id) and self.oceafin_status == "ACTIVE"

    @property
    def is_refused(self) -> bool:
        return bool(self.refusal) or self.oceafin_status == "REJECTED"


class BankAccount(Payee):
    """A bank account to pay to."""

    SEALED_AS = DETAILS_CONTEXT

    bank_account_ref = models.CharField(_("bank account"), max_length=references.LENGTH)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="bank_accounts")
    # Keyed, of the number alone: to find it again.
    number_fingerprint = models.CharField(max_length=64)
    # Keyed, of the number with each of its characters left out in turn: to find those that differ in one.
    number_shapes = ArrayField(models.CharField(max_length=16), default=list)
    masked_number = models.CharField(_("account"), max_length=16)
    country = models.CharField(_("country"), max_length=2)
    currency = models.CharField(_("currency"), max_length=3)
    holder_type = models.CharField(_("whose account"), max_length=11, choices=HolderType.choices)
    oceafin_bank_account_id = models.CharField(max_length=64, null=True, unique=True)

    class Meta:
        verbose_name = _("bank account")
        verbose_name_plural = _("bank accounts")
        indexes = [
            models.Index(fields=["customer", "-id"], name="bank_account_by_customer"),
            models.Index(fields=["number_fingerprint"], name="bank_account_by_number"),
            GinIndex(fields=["number_shapes"], name="bank_account_by_shapes"),
            models.Index(
                fields=["id"],
                condition=Q(confirmed_at__isnull=True, refusal=""),
                name="bank_account_to_confirm",
            ),
            models.Index(
                fields=["next_poll_at"], condition=Q(next_poll_at__isnull=False), name="bank_account_polls"
            ),
            models.Index(
                OpClass(Upper("bank_account_ref"), name="text_pattern_ops"), name="bank_account_by_reference"
            ),
        ]
        constraints = [
            references.constraint("bank_account_ref", name="bank_account_reference_form"),
            models.UniqueConstraint(fields=["customer", "bank_account_ref"], name="bank_account_ref_once"),
            models.CheckConstraint(
                condition=Q(holder_type__in=HolderType.values), name="bank_account_holder_known"
            ),
        ]
        triggers = [
            rules.never_deleted,
            rules.frozen(
                "bank_account_ref",
                "customer",
                "details_sealed",
                "details_hash",
                "number_fingerprint",
                "number_shapes",
                "masked_number",
                "country",
                "currency",
                "holder_type",
                "replaces",
                "created_at",
                "created_by",
                "added_by_user_ids",
                "added_by_token_id",
            ),
            rules.replaces_its_customers_own("payments_bankaccount"),
            rules.begins_unconfirmed,
            rules.confirmed_by_evidence("bank_account_id"),
            pgtrigger.Protect(
                name="bank_account_id_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__oceafin_bank_account_id__isnull=False)
                & pgtrigger.Q(old__oceafin_bank_account_id__df=pgtrigger.F("new__oceafin_bank_account_id")),
            ),
        ]

    @property
    def ref(self) -> str:
        return self.bank_account_ref

    @property
    def masked(self) -> str:
        return self.masked_number

    @property
    def oceafin_id(self) -> str | None:
        return self.oceafin_bank_account_id


class WalletAddress(Payee):
    """A wallet to pay coins to, with what the Travel Rule asks of who receives."""

    SEALED_AS = WALLET_CONTEXT

    wallet_address_ref = models.CharField(_("wallet"), max_length=references.LENGTH)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="wallet_addresses")
    asset = models.CharField(_("asset"), max_length=16)
    network = models.CharField(_("network"), max_length=40)
    # Keyed, of the address alone, however it is written: to find it again.
    address_fingerprint = models.CharField(max_length=64)
    # Keyed, of its head and tail: what people compare.
    ends_fingerprint = models.CharField(max_length=64)
    masked_address = models.CharField(_("address"), max_length=16)
    holder_type = models.CharField(_("whose wallet"), max_length=11, choices=HolderType.choices, blank=True)
    custody = models.CharField(_("key"), max_length=11, choices=Custody.choices, blank=True)
    # Which of the details are there, by name; what they say is sealed.
    told = ArrayField(models.CharField(max_length=32), default=list)
    oceafin_wallet_address_id = models.CharField(max_length=64, null=True, unique=True)

    class Meta:
        verbose_name = _("wallet")
        verbose_name_plural = _("wallets")
        indexes = [
            models.Index(fields=["customer", "-id"], name="payee_wallet_by_customer"),
            models.Index(fields=["address_fingerprint"], name="payee_wallet_by_address"),
            models.Index(fields=["ends_fingerprint"], name="payee_wallet_by_ends"),
            models.Index(
                fields=["id"],
                condition=Q(confirmed_at__isnull=True, refusal=""),
                name="payee_wallet_to_confirm",
            ),
            models.Index(
                fields=["next_poll_at"], condition=Q(next_poll_at__isnull=False), name="payee_wallet_polls"
            ),
            models.Index(
                OpClass(Upper("wallet_address_ref"), name="text_pattern_ops"),
                name="payee_wallet_by_reference",
            ),
        ]
        constraints = [
            references.constraint("wallet_address_ref", name="payee_wallet_reference_form"),
            models.UniqueConstraint(fields=["customer", "wallet_address_ref"], name="payee_wallet_ref_once"),
            models.CheckConstraint(
                condition=Q(holder_type__in=["", *HolderType.values]), name="payee_wallet_holder_known"
            ),
            models.CheckConstraint(
                condition=Q(custody__in=["", *Custody.values]), name="payee_wallet_custody_known"
            ),
        ]
        triggers = [
            rules.never_deleted,
            rules.frozen(
                "wallet_address_ref",
                "customer",
                "asset",
                "network",
                "details_sealed",
                "details_hash",
                "address_fingerprint",
                "ends_fingerprint",
                "masked_address",
                "holder_type",
                "custody",
                "told",
                "replaces",
                "created_at",
                "created_by",
                "added_by_user_ids",
                "added_by_token_id",
            ),
            rules.replaces_its_customers_own("payments_walletaddress"),
            rules.begins_unconfirmed,
            rules.confirmed_by_evidence("wallet_id"),
            pgtrigger.Protect(
                name="payee_wallet_id_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__oceafin_wallet_address_id__isnull=False)
                & pgtrigger.Q(
                    old__oceafin_wallet_address_id__df=pgtrigger.F("new__oceafin_wallet_address_id")
                ),
            ),
        ]

    @property
    def ref(self) -> str:
        return self.wallet_address_ref

    @property
    def masked(self) -> str:
        return self.masked_address

    @property
    def oceafin_id(self) -> str | None:
        return self.oceafin_wallet_address_id
