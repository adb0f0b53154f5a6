"""Opening what a payment hides: the beneficiary in full, and what a payment is for. Each look is put down."""

from datetime import datetime, timedelta

from django.db import transaction

from backoffice import reveals
from backoffice.audit import Actor, record
from backoffice.reveals import Purpose
from backoffice.reveals.models import Reveal
from backoffice.staff.models import User
from payments import approving, payee_kinds
from payments.models import BankAccount, PaymentRequest, WalletAddress

# Going back and forth between a payment and the queue is one look.
ONE_LOOK = timedelta(hours=1)


@transaction.atomic
def reveal_payee(
    payee: BankAccount | WalletAddress, *, purpose: str, words: str = "", actor: Actor, now: datetime
) -> dict[str, str]:
    """The details in full, once, for a stated purpose. Raises NotAllowed, PurposeNeeded, Erased."""
    customer = payee.customer
    reveals.record(customer=customer, purpose=purpose, words=words, subject=payee, actor=actor, now=now)
    record(actor=actor, verb=f"{payee_kinds.of(payee).name}.revealed", subject=payee, now=now)
    return payee.details


@transaction.atomic
def look_to_decide(payment: PaymentRequest, user: User, *, now: datetime) -> bool:
    """Open to an approver what the payment is for: opening what one may decide is itself the recorded reveal.

    Returns whether it is theirs to decide. Raises NotAllowed.
    """
    if not approving.may_approve(payment, user):
        return False
    looked = Reveal.objects.filter(
        user=user,
        customer_key=payment.customer.vault_key,
        subject_type=payment._meta.label,
        subject_id=str(payment.pk),
        at__gt=now - ONE_LOOK,
    )
    if not looked.exists():
        reveals.record(
            customer=payment.customer,
            purpose=Purpose.DECISION,
            subject=payment,
            actor=Actor.staff(user),
            now=now,
        )
    return True
