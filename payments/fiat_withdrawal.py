"""FIAT_WITHDRAWAL: money out to a bank account, quoted first (contract section 4)."""

from django.utils.translation import gettext as _

from backoffice import once
from customers.models import Customer
from payments import errors, payee_kinds
from payments.capabilities import services as capabilities
from payments.models import BankAccount, Kind, PaymentRequest
from payments.way import Asked, Operations, Way, amount_of, purpose_and_reference


def fitting_account(account: BankAccount | None, customer: Customer, currency: str) -> BankAccount:
    """This account of the customer's, if it may be asked to be paid to in this currency. Raises Unfit, NotReady."""
    if account is None:
        sentence = _("This customer has no bank account of this reference. Add it first.")
        raise errors.Unfit("bankAccountRef", sentence)
    account.customer = customer
    if account.currency != currency:
        sentence = _("The bank account takes %(currency)s.") % {"currency": account.currency}
        raise errors.Unfit("currency", sentence)
    refusal = payee_kinds.not_ready(account)
    if refusal is not None and refusal.for_good:
        raise refusal
    return account


def _prepare(payment: PaymentRequest, asked: Asked) -> None:
    payment.amount = amount_of(asked)
    customer, ref = payment.customer, asked.get("bankAccountRef", "")
    of_it = BankAccount.objects.filter(customer=customer, bank_account_ref=ref)
    account = once.asked(("bank account", customer.pk, ref), of_it.first)
    payment.beneficiary = fitting_account(account, customer, payment.currency)


def _account(payment: PaymentRequest) -> BankAccount:
    account = payment.beneficiary
    if account is None:
        raise LookupError(f"{payment} has no bank account")
    return account


def _obstacle(payment: PaymentRequest) -> errors.NotReady | None:
    account = _account(payment)
    bank_account_id = account.oceafin_bank_account_id or ""
    return payee_kinds.not_ready(account) or capabilities.obstacle(
        payment.customer, payment.currency, bank_account_id
    )


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
        info="addFiatWithdrawalInfo",
    ),
    fields=("bankAccountRef",),
    prepare=_prepare,
    target=lambda payment: {"bankAccountId": _account(payment).oceafin_bank_account_id},
    words=purpose_and_reference,
    obstacle=_obstacle,
    again=lambda payment: {"bankAccountRef": _account(payment).bank_account_ref},
    to=lambda payment: f"{_account(payment).bank_account_ref} {_account(payment).masked_number}",
)
