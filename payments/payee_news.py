"""What Oceafin says of a beneficiary, and what that sets in motion."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from backoffice.audit import Actor, record
from backoffice.oceafin import contract
from backoffice.oceafin.signing import parse_timestamp
from customers import statuses
from customers.models import Customer
from payments import guards, letters, payee_kinds, reading
from payments.accounts import plan
from payments.models import BankAccount, PaymentRequest, WalletAddress
from payments.states import PaymentState

AGAIN = timedelta(seconds=10)
SLOWEST = timedelta(hours=1)
FINAL = frozenset({"ACTIVE", "REJECTED"})
PAYEES_A_ROUND = 100
Model = type[BankAccount] | type[WalletAddress]


def locked(model: Model, pk: int) -> BankAccount | WalletAddress:
    customer_id = model.objects.values_list("customer_id", flat=True).get(pk=pk)
    customer = statuses.locked(customer_id)
    payee: BankAccount | WalletAddress
    payee = model.objects.select_for_update(no_key=True, of=("self",)).get(pk=pk)
    payee.customer = customer
    return payee


def heard(payee: BankAccount | WalletAddress, resource: dict[str, Any], *, now: datetime) -> None:
    """Take down id and status; the newest instant counts. An active one lets its payments ask for quotes.

    Call with the beneficiary locked.
    """
    kind = payee_kinds.of(payee)
    stated = resource.get("updatedAt")
    at = (parse_timestamp(stated) if isinstance(stated, str) else None) or now
    if payee.oceafin_status_at is not None and at < payee.oceafin_status_at:
        return
    old, status = payee.oceafin_status, str(resource.get("status") or "")[:64]
    guards.set_columns(
        payee,
        **{kind.id_column: payee.oceafin_id or str(resource[kind.id_name])[:64]},
        oceafin_status=status,
        oceafin_status_at=at,
        next_poll_at=None if status in FINAL else now + min(max(AGAIN, now - payee.created_at), SLOWEST),
    )
    if status == old:
        return
    facts = {"from": old, "to": status, kind.id_name: payee.oceafin_id}
    actor = Actor.oceafin(kind.name.replace("_", " "))
    record(actor=actor, verb=f"{kind.name}.status", subject=payee, now=now, facts=facts)
    if payee.is_active:
        for payment in waiting_payments(payee):
            if payment.shown_quote is None:
                letters.ask_for_shown_quote(payment, now=now)


def waiting_payments(payee: BankAccount | WalletAddress) -> list[PaymentRequest]:
    """Payments to it that wait for approval, locked. Call with the customer locked."""
    found = list(
        PaymentRequest.objects.select_for_update(no_key=True, of=("self",))
        .filter(pk__in=payee.payments.values("pk"), state=PaymentState.PENDING_APPROVAL)
        .order_by("id")
    )
    for payment in found:
        payment.customer = payee.customer
        if isinstance(payee, WalletAddress):
            payment.wallet = payee
        else:
            payment.beneficiary = payee
    return found


def tell_waiting(customer: Customer, now: datetime) -> None:
    """The customer is known and approved now: tell Oceafin of the beneficiaries that waited for that."""
    if customer.refusal_reason():
        return
    for model, kind in payee_kinds.KINDS.items():
        for payee in model.objects.filter(customer=customer, refusal="", **{kind.id_column: None}):
            payee.customer = customer
            letters.tell_of_payee(payee, now=now)


def poll(now: datetime) -> int:
    """Read the beneficiaries that Oceafin still looks at: it sends no event about them. A duty of the sweep."""
    return sum(_poll(model, now) for model in payee_kinds.KINDS)


def _poll(model: Model, now: datetime) -> int:
    kind = payee_kinds.KINDS[model]
    due = model.objects.filter(next_poll_at__lte=now).order_by("next_poll_at").select_related("customer")
    count = 0
    for payee in list(due[:PAYEES_A_ROUND]):
        path = contract.path_for(kind.list, customerId=payee.customer.oceafin_customer_id, limit=100)
        try:
            sight = reading.find(
                plan.ask, path, lambda item, payee=payee: item.get(kind.id_name) == payee.oceafin_id
            )
        except plan.BudgetSpent:
            break
        with transaction.atomic():
            row = locked(model, payee.pk)
            found = sight.items[0] if sight.items else None
            if found is not None:
                heard(row, found, now=now)
                count += 1
            else:
                guards.set_columns(row, next_poll_at=now + timedelta(minutes=1))
    return count
