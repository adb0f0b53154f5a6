"""How somebody knows that a beneficiary is the right one. Written once, kept for ever."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice import vault
from backoffice.staff.models import User
from payments import database_rules as rules
from payments.payees import BankAccount, WalletAddress

NOTE_CONTEXT = "beneficiary_confirmation.note"


class Evidence(models.TextChoices):
    """How it was checked."""

    CALL_BACK = "CALL_BACK", _("Call-back to a number that was known before")
    STATEMENT = "STATEMENT", _("Statement, or a letter of the bank or provider")
    PAYEE_NAME_CHECK = "PAYEE_NAME_CHECK", _("Payee-name check by a bank")


class NameCheck(models.TextChoices):
    """What a payee-name check said of the name."""

    MATCH = "MATCH", _("It is the name")
    CLOSE = "CLOSE", _("Close to it")
    NONE = "NONE", _("Another name")
    NOT_POSSIBLE = "NOT_POSSIBLE", _("Could not be checked")


class BeneficiaryConfirmation(models.Model):
    """One person's evidence about one bank account or wallet that somebody else added."""

    bank_account = models.ForeignKey(
        BankAccount, null=True, on_delete=models.PROTECT, related_name="confirmations"
    )
    wallet = models.ForeignKey(
        WalletAddress, null=True, on_delete=models.PROTECT, related_name="confirmations"
    )
    evidence = models.CharField(_("evidence"), max_length=16, choices=Evidence.choices)
    # Of a payee-name check alone.
    result = models.CharField(_("result"), max_length=12, blank=True, choices=NameCheck.choices)
    # Who was called, what was seen: free text about people.
    note_sealed = models.BinaryField()
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("confirmation of a beneficiary")
        verbose_name_plural = _("confirmations of beneficiaries")
        constraints = [
            models.CheckConstraint(
                condition=Q(bank_account__isnull=True) ^ Q(wallet__isnull=True),
                name="confirmation_of_one_beneficiary",
            ),
            models.CheckConstraint(
                condition=Q(evidence__in=["CALL_BACK", "STATEMENT"], result="")
                | Q(evidence="PAYEE_NAME_CHECK", result__in=NameCheck.values),
                name="confirmation_says_what_was_found",
            ),
        ]
        triggers = [
            rules.confirmed_by_another,
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.evidence} {self.result}".strip()

    @property
    def payee(self) -> BankAccount | WalletAddress | None:
        return self.bank_account or self.wallet

    @property
    def confirms(self) -> bool:
        """Whether it says that the beneficiary is the right one. A name that is only close does not."""
        return self.evidence != Evidence.PAYEE_NAME_CHECK or self.result == NameCheck.MATCH

    @property
    def note(self) -> str:
        """Personal data. Raises vault.KeyDestroyed when the customer was erased."""
        payee = self.payee
        key = payee.customer.vault_key if payee else ""
        return vault.unseal_text(key, self.note_sealed, context=NOTE_CONTEXT)
