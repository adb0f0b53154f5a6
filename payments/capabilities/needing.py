"""Payouts that need a capability: it is activated by itself, and their quotes follow."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from backoffice.oceafin.clock import database_now
from customers import statuses
from customers.models import Customer
from payments import letters
from payments.accounts import plan
from payments.capabilities import models as words
from payments.capabilities import services
from payments.capabilities.models import WithdrawalCapability
from payments.models import Kind, PaymentRequest
from payments.states import PaymentState

A_ROUND = 100
WAITING = (PaymentState.PENDING_APPROVAL, PaymentState.APPROVED, PaymentState.SENDING)
# While Oceafin decides, and a payout waits for it, it is asked this often.
ASKED_AGAIN_AFTER = timedelta(minutes=1)


def tend(now: datetime) -> int:
    """Activate what a waiting payout needs, once, and ask how what was asked for stands. A duty of the sweep."""
    needed = PaymentRequest.objects.filter(
        kind=Kind.FIAT_WITHDRAWAL,
        state__in=WAITING,
        customer=OuterRef("customer"),
        currency=OuterRef("currency"),
    )
    rows = WithdrawalCapability.objects.filter(Exists(needed), status__in=words.INACTIVE)
    done = 0
    for row in list(rows.exclude(status=words.REJECTED).order_by("status_since")[:A_ROUND]):
        done += _tend_one(row, now)
    return done


def _tend_one(row: WithdrawalCapability, now: datetime) -> bool:
    with transaction.atomic():
        customer = statuses.locked(row.customer_id)
        row = WithdrawalCapability.objects.select_for_update(no_key=True, of=("self",)).get(pk=row.pk)
        row.customer = customer
        if services.activate(row, now=now) is not None:
            return True
        if row.asked_at is not None and database_now() - row.read_at > ASKED_AGAIN_AFTER:
            plan.want(customer, services.LIST, now=now)
    return False


def ask_for_quotes(customer: Customer, currency: str, now: datetime) -> None:
    """It is active: payouts that waited for that ask what they cost. Call with the customer locked."""
    found = PaymentRequest.objects.select_for_update(no_key=True, of=("self",)).filter(
        customer=customer,
        kind=Kind.FIAT_WITHDRAWAL,
        currency=currency,
        state=PaymentState.PENDING_APPROVAL,
        terms_digest="",
    )
    for payment in found.select_related("beneficiary").order_by("id")[:A_ROUND]:
        payment.customer = customer
        letters.ask_for_shown_quote(payment, now=now)
