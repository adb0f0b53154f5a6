"""Who is paid: beneficiaries, which never change."""

import json

import pgtrigger
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from backoffice import references, vault
from customers.models import Customer
from payments import database_rules as rules

DETAILS_CONTEXT = "bank_account.details"


class HolderType(models.TextChoices):
    SAME_NAME = "SAME_NAME", _("The customer's own")
    THIRD_PARTY = "THIRD_PARTY", _("Somebody else's")


class BankAccount(models.Model):
    """A beneficiary. Never changes: another account is another beneficiary, with a reference of its own."""

    bank_account_ref = models.CharField(_("bank account"), max_length=references.LENGTH)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="bank_accounts")
    # Holder, account number or IBAN, bank and routing codes, as JSON in the contract's names.
    details_sealed = models.BinaryField()
    # Keyed: of all details (what an approval binds to), and of the number alone (to find it again).
    details_hash = models.CharField(max_length=64)
    number_fingerprint = models.CharField(max_length=64)
    masked_number = models.CharField(_("account"), max_length=16)
    country = models.CharField(_("country"), max_length=2)
    currency = models.CharField(_("currency"), max_length=3)
    holder_type = models.CharField(_("holder"), max_length=11, choices=HolderType.choices)
    request_digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(_("added"))
    created_by = models.CharField(_("added by"), max_length=120)

    oceafin_bank_account_id = models.CharField(max_length=64, null=True, unique=True)
    # As it came: PENDING, ACTIVE, REJECTED, anything. Empty until Oceafin has answered.
    oceafin_status = models.CharField(_("status at Oceafin"), max_length=64, blank=True)
    oceafin_status_at = models.DateTimeField(null=True)
    refusal = models.CharField(max_length=300, blank=True)
    next_poll_at = models.DateTimeField(null=True)
    # When money first left for it.
    first_used_at = models.DateTimeField(_("first used"), null=True)

    class Meta:
        verbose_name = _("bank account")
        verbose_name_plural = _("bank accounts")
        indexes = [
            models.Index(fields=["customer", "-id"], name="bank_account_by_customer"),
            models.Index(fields=["number_fingerprint"], name="bank_account_by_number"),
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
                "masked_number",
                "country",
                "currency",
                "holder_type",
                "created_at",
                "created_by",
            ),
            pgtrigger.Protect(
                name="bank_account_id_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__oceafin_bank_account_id__isnull=False)
                & pgtrigger.Q(old__oceafin_bank_account_id__df=pgtrigger.F("new__oceafin_bank_account_id")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bank_account_ref} ({self.masked_number})"

    @property
    def details(self) -> dict[str, str]:
        """Personal data, in the contract's names."""
        text = vault.unseal_text(self.customer.vault_key, self.details_sealed, context=DETAILS_CONTEXT)
        found: dict[str, str] = json.loads(text)
        return found

    @property
    def is_active(self) -> bool:
        return bool(self.oceafin_bank_account_id) and self.oceafin_status == "ACTIVE"

    @property
    def is_refused(self) -> bool:
        return bool(self.refusal) or self.oceafin_status == "REJECTED"
