"""The kinds of beneficiary: how Oceafin is told of each, and what a person is told while it takes none."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.oceafin.models import Submission
from payments import errors
from payments.models import BankAccount, Custody, WalletAddress
from payments.policy import Policy

# What of a wallet the contract has a field for. The rest stays here.
SENT_OF_WALLETS = ("address", "memo", "label", "holderName")


@dataclass(frozen=True)
class PayeeKind:
    """One kind of beneficiary, with its names at the border (contract section 4)."""

    # The beginning of its letters and of its verbs in the trail.
    name: str
    letter_label: Promise
    create: str
    list: str
    id_name: str
    id_column: str
    ref_name: str
    body: Callable[[Any], dict[str, Any]]
    # Sentences; `refused` and `not_taken` with %(said)s.
    refused: Promise
    rejected: Promise
    pending: Promise
    not_taken: Promise

    @property
    def letter(self) -> str:
        return f"{self.name}.create"

    @property
    def slug(self) -> str:
        """Stands in keys: cust-1:bank-account:create:ba-1."""
        return self.name.replace("_", "-")


def bank_account_body(account: BankAccount) -> dict[str, Any]:
    return {
        "bankAccountRef": account.bank_account_ref,
        **account.details,
        "country": account.country,
        "currency": account.currency,
        "holderType": account.holder_type,
    }


def wallet_body(wallet: WalletAddress) -> dict[str, Any]:
    """What the contract has fields for: neither the provider nor the proof of ownership."""
    details = wallet.details
    body: dict[str, Any] = {
        "walletAddressRef": wallet.wallet_address_ref,
        "asset": wallet.asset,
        "network": wallet.network,
        **{name: details[name] for name in SENT_OF_WALLETS if name in details},
    }
    if wallet.holder_type:
        body["holderType"] = wallet.holder_type
    if wallet.custody:
        body["selfHosted"] = wallet.custody == Custody.SELF_HOSTED
    return body


BANK_ACCOUNT = PayeeKind(
    name="bank_account",
    letter_label=_("New bank account"),
    create="createBankAccount",
    list="listBankAccounts",
    id_name="bankAccountId",
    id_column="oceafin_bank_account_id",
    ref_name="bankAccountRef",
    body=bank_account_body,
    refused=_("Oceafin does not take this bank account (%(said)s). Add another one."),
    rejected=_("Oceafin rejected this bank account. Add another one."),
    pending=_("Oceafin has not accepted this bank account yet. That comes by itself."),
    not_taken=_("Oceafin does not take this bank account: %(said)s"),
)
WALLET_ADDRESS = PayeeKind(
    name="wallet_address",
    letter_label=_("New wallet address"),
    create="createCryptoWalletAddress",
    list="listCryptoWalletAddresses",
    id_name="walletAddressId",
    id_column="oceafin_wallet_address_id",
    ref_name="walletAddressRef",
    body=wallet_body,
    refused=_("Oceafin does not take this wallet (%(said)s). Add another one."),
    rejected=_("Oceafin rejected this wallet. Add another one."),
    pending=_("Oceafin has not accepted this wallet yet. That comes by itself."),
    not_taken=_("Oceafin does not take this wallet: %(said)s"),
)
KINDS: dict[type[BankAccount] | type[WalletAddress], PayeeKind] = {
    BankAccount: BANK_ACCOUNT,
    WalletAddress: WALLET_ADDRESS,
}


def of(payee: BankAccount | WalletAddress) -> PayeeKind:
    return KINDS[type(payee)]


def model_of(submission: Submission) -> type[BankAccount] | type[WalletAddress]:
    """Which beneficiaries this letter tells of."""
    return next(model for model, kind in KINDS.items() if kind.letter == submission.kind)


def not_ready(payee: BankAccount | WalletAddress) -> errors.BeneficiaryNotReady | None:
    """Why Oceafin takes no payments to it now."""
    kind = of(payee)
    if payee.refusal:
        return errors.BeneficiaryNotReady(str(kind.refused) % {"said": payee.refusal}, for_good=True)
    if payee.oceafin_status == "REJECTED":
        return errors.BeneficiaryNotReady(str(kind.rejected), for_good=True)
    return None if payee.is_active else errors.BeneficiaryNotReady(str(kind.pending))


def is_fresh(payee: BankAccount | WalletAddress, now: datetime, policy: Policy) -> bool:
    """Whether it was never paid to, or first used or added too lately to be known well."""
    youngest = max(payee.created_at, payee.first_used_at or now)
    return payee.first_used_at is None or now - youngest < policy.beneficiary_fresh_for


def used(payee: BankAccount | WalletAddress, now: datetime) -> None:
    """Money leaves for it, the first time or again."""
    if payee.first_used_at is None:
        payee.first_used_at = now
        payee.save(update_fields=["first_used_at"])
