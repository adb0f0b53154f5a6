"""What people do with deposits: matching one that nobody knows, and setting one aside."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice import audit
from backoffice.audit import Actor
from backoffice.staff import rights
from backoffice.staff.errors import Refusal
from backoffice.staff.reasons import reason_given
from backoffice.staff.roles import Right
from customers import statuses
from customers.models import Customer
from payments.accounts.deposits import hearing
from payments.accounts.deposits.addresses import ask_for_address
from payments.accounts.deposits.models import Deposit
from payments.accounts.deposits.states import DEPOSIT, DepositState
from payments.errors import Unfit

__all__ = ["MatchedAlready", "ask_for_address", "match_deposit", "set_aside"]


class MatchedAlready(Refusal):
    """The deposit belongs to a customer by now."""


@transaction.atomic
def match_deposit(deposit: Deposit, *, customer: str, reason: str, actor: Actor, now: datetime) -> Deposit:
    """Say whose deposit it is, by our reference of the customer; who said so and why is kept.

    Raises NotAllowed, Unfit, ReasonNeeded, MatchedAlready.
    """
    words = reason_given(reason)
    found = Customer.objects.filter(partner_customer_ref=customer.strip()).first()
    if found is None:
        raise Unfit("customer", _("There is no customer of this reference."))
    owner = statuses.locked(found)
    row = hearing.locked(deposit.pk)
    rights.require(actor, Right.LEAD_PAYMENTS, now)
    _still_open(row, DepositState.MATCHED)
    hearing.match(row, owner, actor=actor, now=now, note=words, decided_by=actor.label)
    return row


@transaction.atomic
def set_aside(deposit: Deposit, *, reason: str, actor: Actor, now: datetime) -> Deposit:
    """Say that it is none of our customers'. It can still be matched later.

    Raises NotAllowed, ReasonNeeded, MatchedAlready.
    """
    words = reason_given(reason)
    row = hearing.locked(deposit.pk)
    rights.require(actor, Right.LEAD_PAYMENTS, now)
    _still_open(row, DepositState.SET_ASIDE)
    audit.move(
        row,
        DepositState.SET_ASIDE,
        machine=DEPOSIT,
        actor=actor,
        now=now,
        verb="deposit.set_aside",
        note=words,
        decided_by=actor.label,
    )
    return row


def _still_open(row: Deposit, to: DepositState) -> None:
    if not DEPOSIT.allows(row.state, to):
        raise MatchedAlready(_("Somebody decided this meanwhile. Open it again to see how."))
