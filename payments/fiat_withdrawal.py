"""FIAT_WITHDRAWAL: money out to a bank account, quoted first (contract section 4)."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from customers.models import Customer
from payments import errors
from payments.models import BankAccount, Kind, PaymentRequest
from payments.policy import Policy
from payments.way import Asked, Operations, Way, amount_of


def bank_account_body(account: BankAccount) -> dict[str, Any]:
    return {
        "bankAccountRef": account.bank_account_ref,
        **account.details,
        "country": account.country,
        "currency": account.currency,
        "holderType": account.holder_type,
    }


def not_ready(account: BankAccount) -> errors.BeneficiaryNotReady | None:
    """Why this bank account cannot be paid to now."""
    if account.refusal:
        sentence = _("Oceafin does not take this bank account (%(said)s). Add another one.")
        return errors.BeneficiaryNotReady(sentence % {"said": account.refusal}, for_good=True)
    if account.oceafin_status == "REJECTED":
        return errors.BeneficiaryNotReady(
            _("Oceafin rejected this bank account. Add another one."), for_good=True
        )
    if not account.is_active:
        return errors.BeneficiaryNotReady(
            _("Oceafin has not accepted this bank account yet. That comes by itself.")
        )
    return None


def fitting_account(account: BankAccount | None, customer: Customer, currency: str) -> BankAccount:
    """This account of the customer's, if it may be asked to be paid to in this currency. Raises Unfit, NotReady."""
    if account is None:
        sentence = _("This customer has no bank account of this reference. Add it first.")
        raise errors.Unfit("bankAccountRef", sentence)
    account.customer = customer
    if account.currency != currency:
        sentence = _("The bank account takes %(currency)s.") % {"currency": account.currency}
        raise errors.Unfit("currency", sentence)
    refusal = not_ready(account)
    if refusal is not None and refusal.for_good:
        raise refusal
    return account


def _prepare(payment: PaymentRequest, asked: Asked) -> None:
    payment.amount = amount_of(asked)
    customer = payment.customer
    account = BankAccount.objects.filter(
        customer=customer, bank_account_ref=asked.get("bankAccountRef", "")
    ).first()
    payment.beneficiary = fitting_account(account, customer, payment.currency)


def _account(payment: PaymentRequest) -> BankAccount:
    account = payment.beneficiary
    if account is None:
        raise LookupError(f"{payment} has no bank account")
    return account


def _words(payment: PaymentRequest) -> dict[str, str]:
    wording = payment.wording
    return {name: wording[name] for name in ("purpose", "paymentReference") if name in wording}


def _is_fresh(payment: PaymentRequest, now: datetime, policy: Policy) -> bool:
    account = _account(payment)
    youngest = max(account.created_at, account.first_used_at or now)
    return account.first_used_at is None or now - youngest < policy.beneficiary_fresh_for


def _claimed(payment: PaymentRequest, now: datetime) -> None:
    account = _account(payment)
    if account.first_used_at is None:
        account.first_used_at = now
        account.save(update_fields=["first_used_at"])


WAY = Way(
    kind=Kind.FIAT_WITHDRAWAL,
    letters="withdrawal",
    slug="fiat-withdrawal",
    resource_type="fiat_withdrawal",
    id_name="withdrawalId",
    ref_name="withdrawalRef",
    operations=Operations(
        quote="createFiatWithdrawalQuote",
        draft="createFiatWithdrawal",
        submit="submitFiatWithdrawal",
        read="getFiatWithdrawal",
        list="listFiatWithdrawals",
    ),
    fields=("bankAccountRef",),
    prepare=_prepare,
    target=lambda payment: {"bankAccountId": _account(payment).oceafin_bank_account_id},
    words=_words,
    obstacle=lambda payment: not_ready(_account(payment)),
    is_fresh=_is_fresh,
    claimed=_claimed,
    to=lambda payment: f"{_account(payment).bank_account_ref} {_account(payment).masked_number}",
)
