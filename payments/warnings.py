"""What an approver should know before saying yes: looked up from what is here, at a fixed cost.

A warning stops nothing. By the policy, those of some codes ask for one more approver.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice import vault
from customers.likeness import plain
from customers.models import Customer, CustomerType
from payments import known, terms
from payments.accounts.services import balance_of
from payments.known import Payee
from payments.models import HolderType, NameCheck, PaymentRequest, WalletAddress
from payments.money import EXACT, read_decimal
from payments.names import alike

LATELY_ADDED = timedelta(days=7)
AGAIN_WITHIN = timedelta(days=3)
PATTERN = timedelta(days=90)
PATTERN_OF, TIMES_LARGER = 3, 3
Found = Iterator[tuple[str, str]]


@dataclass(frozen=True)
class PaymentWarning:
    """One thing to look at: its code for the policy, and a sentence for whoever decides."""

    code: str
    sentence: str
    adds_approver: bool


def warnings_of(
    payment: PaymentRequest, *, now: datetime, adding: Collection[str] | None = None
) -> list[PaymentWarning]:
    """All that there is to warn of now, by at most four queries; the weightiest first.

    `adding` are the codes that ask for one more approver: by default those of the policy that the payment was
    decided by. It may be a payment that is not kept yet.
    """
    asks = payment.policy.get("warnings_add", ()) if adding is None else adding
    return [PaymentWarning(code, sentence, code in asks) for code, sentence in _found(payment, now)]


def _found(payment: PaymentRequest, now: datetime) -> Found:
    if refusal := payment.customer.refusal_reason():
        yield "CUSTOMER_NOT_CLEAR", refusal
    payee = payment.payee
    if payee is not None:
        about = known.of_destination(payment, payee, since=now - AGAIN_WITHIN)
        yield from _of_destination(payment, payee, about, now)
    yield from _of_balance(payment)
    yield from _of_pattern(payment, now)


# --- Who is paid --------------------------------------------------------------------------------------------------


def _of_destination(payment: PaymentRequest, payee: Payee, about: known.Known, now: datetime) -> Found:
    if about.like:
        is_wallet = isinstance(payee, WalletAddress)
        sentence = (
            _("Its address begins and ends like that of %(ref)s (customer %(customer)s), but is another one.")
            if is_wallet
            else _("Its number differs in one place from that of %(ref)s (customer %(customer)s).")
        )
        yield "LOOK_ALIKE", sentence % about.like
    if about.shared:
        sentence = _("Another customer is paid at the same place: %(ref)s of customer %(customer)s.")
        yield "SHARED_DESTINATION", sentence % about.shared
    yield from _of_name(payment, payee, about.name_check)
    if about.same:
        sentence = _("The same amount was asked for to the same beneficiary within 3 days: %(ref)s.")
        yield "REPEATED", sentence % {"ref": about.same}
    if not about.paid_before:
        yield "FIRST_PAYMENT", _("It is the first payment to this beneficiary.")
    lately = now - payee.created_at < LATELY_ADDED
    if about.before and lately:
        sentence = _("It took the place of %(ref)s lately. Call the payee at a number known from before.")
        yield "CHANGED_BENEFICIARY", sentence % {"ref": about.before}
    if about.after:
        sentence = _("%(ref)s took the place of this beneficiary. Ask whether this one is still right.")
        yield "REPLACED_BENEFICIARY", sentence % {"ref": about.after}
    if lately:
        days = (now - payee.created_at).days
        yield (
            "NEW_BENEFICIARY",
            ngettext(
                "The beneficiary was added a day ago.", "The beneficiary was added %(days)d days ago.", days
            )
            % {"days": days}
            if days > 0
            else _("The beneficiary was added within the last 24 hours."),
        )
    if not payee.is_confirmed:
        yield "NOT_CONFIRMED", _("Nobody has confirmed the beneficiary with evidence yet.")


def _of_name(payment: PaymentRequest, payee: Payee, name_check: str | None) -> Found:
    if name_check in (NameCheck.CLOSE, NameCheck.NONE):
        said = {
            NameCheck.CLOSE: _("The bank said that the holder's name is only close to the account's."),
            NameCheck.NONE: _("The bank said that the account is in another name."),
        }
        yield "NAME_MISMATCH", said[NameCheck(name_check)]
    elif payee.holder_type == HolderType.SAME_NAME and not _is_customers_name(payment.customer, payee):
        yield "NAME_MISMATCH", _("It is said to be the customer's own, but is in another name.")


def _is_customers_name(customer: Customer, payee: Payee) -> bool:
    try:
        details = payee.details
    except vault.KeyDestroyed:
        return True
    holder = details.get("accountHolderName") or details.get("holderName") or ""
    is_company = customer.customer_type == CustomerType.CORPORATE
    form: Callable[[str], str] = plain.company_name if is_company else plain.person_name
    return not holder or alike(form(holder), form(customer.display_name))


# --- How much -----------------------------------------------------------------------------------------------------


def _of_balance(payment: PaymentRequest) -> Found:
    amount, currency, network = payment.leaving
    balance = balance_of(payment.customer, currency, network)
    available = read_decimal(balance.available) if balance else None
    if amount is None or available is None:
        return
    pending = known.on_its_way_out(payment, currency, network)
    left = EXACT.subtract(EXACT.subtract(available, pending), amount)
    if left < 0:
        sentence = (
            _(
                "It is %(short)s more than is left: the balance is %(available)s, and %(pending)s is on its way out."
            )
            if pending
            else _("It is %(short)s more than is left: the balance is %(available)s.")
        )
        yield (
            "OVER_BALANCE",
            sentence
            % {
                "short": terms.shown(-left, currency, network),
                "available": terms.shown(available, currency, network),
                "pending": terms.shown(pending, currency, network),
            },
        )


def _of_pattern(payment: PaymentRequest, now: datetime) -> Found:
    number, most = known.settled(payment, since=now - PATTERN)
    if most is None or number < PATTERN_OF:
        return
    if payment.amount > EXACT.multiply(most, Decimal(TIMES_LARGER)):
        sentence = _(
            "It is more than three times the largest payment of this customer in 90 days, which was %(most)s."
        )
        yield "UNUSUAL", sentence % {"most": terms.shown(most, payment.currency, payment.network)}
