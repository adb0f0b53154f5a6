"""Payments that came to their ends on chosen days, by the same moves as any."""

from datetime import datetime, timedelta

from django.db import transaction

from backoffice.audit import Actor
from payments import guards
from payments.models import PaymentRequest
from payments.states import PaymentState
from tests.payments.people import approve, waiting_payment

WORKER = Actor.system("test")
YEARS = int(timedelta(days=3650).total_seconds())


def ended(
    ref: str,
    amount: str,
    *,
    at: datetime,
    end: str = "SETTLED",
    by: Actor | None = None,
    waited: timedelta = timedelta(hours=2),
    carried: timedelta = timedelta(hours=1),
    **changes: object,
) -> PaymentRequest:
    """Asked for, approved after `waited`, sent at once, and carried out `carried` later, at `at`."""
    approved_at = at - carried
    payment = waiting_payment(ref, amount, now=approved_at - waited, **changes)
    # The database asks its own clock whether the approvals still count.
    policy = {**payment.policy, "approval_lives": YEARS}
    PaymentRequest.objects.filter(pk=payment.pk).update(policy=policy)
    payment = approve(payment, by=by, now=approved_at)
    while payment.state == "PENDING_APPROVAL":
        payment = approve(payment, now=approved_at)
    steps = (("SENDING", approved_at), ("SENT", approved_at), (end, at))
    with transaction.atomic():
        row = guards.locked(payment)
        for state, when in steps:
            verb = f"payment.{state.lower()}"
            guards.move(row, PaymentState(state), actor=WORKER, now=when, verb=verb)
    return row
