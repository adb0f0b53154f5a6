"""What Oceafin says of a beneficiary, and what that sets in motion."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from backoffice.audit import Actor, record
from backoffice.oceafin import contract
from backoffice.oceafin.signing import parse_timestamp
from customers import statuses
from customers.models import Customer
from payments import guards, letters, reading
from payments.accounts import plan
from payments.models import BankAccount, PaymentRequest
from payments.states import PaymentState

AGAIN = timedelta(seconds=10)
SLOWEST = timedelta(hours=1)
FINAL = frozenset({"ACTIVE", "REJECTED"})
ACCOUNTS_A_ROUND = 100


def locked(pk: int) -> BankAccount:
    customer_id = BankAccount.objects.values_list("customer_id", flat=True).get(pk=pk)
    customer = statuses.locked(customer_id)
    account = BankAccount.objects.select_for_update(no_key=True, of=("self",)).get(pk=pk)
    account.customer = customer
    return account


def heard(account: BankAccount, resource: dict[str, Any], *, now: datetime) -> None:
    """Take down id and status; the newest instant counts. An active one lets its payments ask for quotes.

    Call with the account locked.
    """
    stated = resource.get("updatedAt")
    at = (parse_timestamp(stated) if isinstance(stated, str) else None) or now
    if account.oceafin_status_at is not None and at < account.oceafin_status_at:
        return
    old, status = account.oceafin_status, str(resource.get("status") or "")[:64]
    guards.set_columns(
        account,
        oceafin_bank_account_id=account.oceafin_bank_account_id or str(resource["bankAccountId"])[:64],
        oceafin_status=status,
        oceafin_status_at=at,
        next_poll_at=None if status in FINAL else now + min(max(AGAIN, now - account.created_at), SLOWEST),
    )
    if status == old:
        return
    facts = {"from": old, "to": status, "bankAccountId": account.oceafin_bank_account_id}
    actor = Actor.oceafin("bank account")
    record(actor=actor, verb="bank_account.status", subject=account, now=now, facts=facts)
    if account.is_active:
        for payment in waiting_payments(account):
            if payment.shown_quote is None:
                letters.ask_for_shown_quote(payment, now=now)


def waiting_payments(account: BankAccount) -> list[PaymentRequest]:
    """Payments to it that wait for approval, locked. Call with the customer locked."""
    found = list(
        PaymentRequest.objects.select_for_update(no_key=True, of=("self",))
        .filter(beneficiary=account, state=PaymentState.PENDING_APPROVAL)
        .order_by("id")
    )
    for payment in found:
        payment.beneficiary, payment.customer = account, account.customer
    return found


def tell_waiting(customer: Customer, now: datetime) -> None:
    """The customer is known and approved now: tell Oceafin of the beneficiaries that waited for that."""
    if customer.refusal_reason():
        return
    for account in customer.bank_accounts.filter(oceafin_bank_account_id__isnull=True, refusal=""):
        account.customer = customer
        letters.tell_of_bank_account(account, now=now)


def poll_bank_accounts(now: datetime) -> int:
    """Read the beneficiaries that Oceafin still looks at: it sends no event about them. A duty of the sweep."""
    due = (
        BankAccount.objects.filter(next_poll_at__lte=now).order_by("next_poll_at").select_related("customer")
    )
    count = 0
    for account in list(due[:ACCOUNTS_A_ROUND]):
        path = contract.path_for(
            "listBankAccounts", customerId=account.customer.oceafin_customer_id, limit=100
        )
        try:
            sight = reading.find(
                plan.ask,
                path,
                lambda item, account=account: item.get("bankAccountId") == account.oceafin_bank_account_id,
            )
        except plan.BudgetSpent:
            break
        with transaction.atomic():
            row = locked(account.pk)
            found = sight.items[0] if sight.items else None
            if found is not None:
                heard(row, found, now=now)
                count += 1
            else:
                guards.set_columns(row, next_poll_at=now + timedelta(minutes=1))
    return count
