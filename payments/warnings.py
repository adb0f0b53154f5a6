"""What an approver should know before saying yes: looked up from what is here, at a fixed cost.

A warning stops nothing. By the policy, those of some codes ask for one more approver.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, Max, Q, QuerySet, Subquery, Sum
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice import vault
from customers.likeness import plain
from customers.models import Customer, CustomerType
from payments import terms
from payments.accounts.services import balance_of
from payments.models import (
    BankAccount,
    BeneficiaryConfirmation,
    Evidence,
    FixedSide,
    HolderType,
    NameCheck,
    PaymentRequest,
    WalletAddress,
)
from payments.money import EXACT, read_decimal
from payments.names import alike
from payments.states import NOTHING_LEFT, PaymentState

LATELY_ADDED = timedelta(days=7)
AGAIN_WITHIN = timedelta(days=3)
PATTERN = timedelta(days=90)
PATTERN_OF, TIMES_LARGER = 3, 3
# Money that once left for a beneficiary, whatever came of it.
_LEFT = (PaymentState.SENT, PaymentState.NEEDS_INFO, PaymentState.SETTLED, PaymentState.RETURNED)
_PENDING = (PaymentState.APPROVED, PaymentState.SENDING, PaymentState.UNCONFIRMED)

Payee = BankAccount | WalletAddress
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
    others = PaymentRequest.objects.filter(customer=payment.customer).exclude(pk=payment.pk)
    payee = payment.payee
    if payee is not None:
        yield from _of_destination(payment, payee, _known_of(payment, payee, now), now)
    yield from _of_balance(payment, others)
    yield from _of_pattern(payment, others, now)


# --- Who is paid --------------------------------------------------------------------------------------------------


def _known_of(payment: PaymentRequest, payee: Payee, now: datetime) -> dict[str, Any]:
    """What is known of this destination and of those like it. One query."""
    column = "wallet" if isinstance(payee, WalletAddress) else "beneficiary"
    paid = PaymentRequest.objects.filter(**{column: payee}).exclude(pk=payment.pk)
    same = paid.filter(
        amount=payment.amount, currency=payment.currency, created_at__gte=now - AGAIN_WITHIN
    ).exclude(state__in=NOTHING_LEFT)
    checks = BeneficiaryConfirmation.objects.filter(
        **{"wallet" if column == "wallet" else "bank_account": payee}, evidence=Evidence.PAYEE_NAME_CHECK
    )
    shared, like = _elsewhere(payee)
    before, after = _in_turn(payee)
    return (
        Customer.objects.filter(pk=payment.customer_id)
        .annotate(
            paid_before=Exists(paid.filter(state__in=_LEFT)),
            same=Subquery(same.order_by("-id").values("payment_ref")[:1]),
            name_check=Subquery(checks.order_by("-id").values("result")[:1]),
            shared=Subquery(shared),
            like=Subquery(like),
            before=Subquery(before),
            after=Subquery(after),
        )
        .values("paid_before", "same", "name_check", "shared", "like", "before", "after")
        .get()
    )


def _elsewhere(payee: Payee) -> tuple[QuerySet[Any, Any], QuerySet[Any, Any]]:
    """The same destination of another customer, and one that only looks like it, of anybody."""
    if isinstance(payee, WalletAddress):
        same = Q(address_fingerprint=payee.address_fingerprint)
        looks = Q(ends_fingerprint=payee.ends_fingerprint) & ~same
        rows: QuerySet[Any] = WalletAddress.objects.all()
        ref = "wallet_address_ref"
    else:
        same = Q(number_fingerprint=payee.number_fingerprint)
        looks = Q(number_shapes__overlap=payee.number_shapes) & ~same
        rows, ref = BankAccount.objects.all(), "bank_account_ref"
    named = JSONObject(ref=ref, customer="customer__partner_customer_ref")
    shared = rows.filter(same).exclude(customer=payee.customer_id)
    return shared.order_by().values(named=named)[:1], rows.filter(looks).order_by().values(named=named)[:1]


def _in_turn(payee: Payee) -> tuple[QuerySet[Any, Any], QuerySet[Any, Any]]:
    """Of which one it took the place, and which one took its own."""
    is_wallet = isinstance(payee, WalletAddress)
    rows: QuerySet[Any] = WalletAddress.objects.all() if is_wallet else BankAccount.objects.all()
    ref = "wallet_address_ref" if is_wallet else "bank_account_ref"
    return (
        rows.filter(pk=payee.replaces_id).order_by().values(ref)[:1],
        rows.filter(replaces=payee).order_by("-id").values(ref)[:1],
    )


def _of_destination(payment: PaymentRequest, payee: Payee, known: dict[str, Any], now: datetime) -> Found:
    if like := known["like"]:
        is_wallet = isinstance(payee, WalletAddress)
        sentence = (
            _("Its address begins and ends like that of %(ref)s (customer %(customer)s), but is another one.")
            if is_wallet
            else _("Its number differs in one place from that of %(ref)s (customer %(customer)s).")
        )
        yield "LOOK_ALIKE", sentence % like
    if shared := known["shared"]:
        sentence = _("Another customer is paid at the same place: %(ref)s of customer %(customer)s.")
        yield "SHARED_DESTINATION", sentence % shared
    yield from _of_name(payment, payee, known["name_check"])
    if known["same"]:
        sentence = _("The same amount was asked for to the same beneficiary within 3 days: %(ref)s.")
        yield "REPEATED", sentence % {"ref": known["same"]}
    if not known["paid_before"]:
        yield "FIRST_PAYMENT", _("It is the first payment to this beneficiary.")
    lately = now - payee.created_at < LATELY_ADDED
    if known["before"] and lately:
        sentence = _("It took the place of %(ref)s lately. Call the payee at a number known from before.")
        yield "CHANGED_BENEFICIARY", sentence % {"ref": known["before"]}
    if known["after"]:
        sentence = _("%(ref)s took the place of this beneficiary. Ask whether this one is still right.")
        yield "REPLACED_BENEFICIARY", sentence % {"ref": known["after"]}
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


def _of_balance(payment: PaymentRequest, others: QuerySet[PaymentRequest]) -> Found:
    amount, currency, network = payment.leaving
    balance = balance_of(payment.customer, currency, network)
    available = read_decimal(balance.available) if balance else None
    if amount is None or available is None:
        return
    pending = _on_its_way_out(others, currency, network)
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


def _on_its_way_out(others: QuerySet[PaymentRequest], currency: str, network: str) -> Decimal:
    # Of what is bought, the other side is what it costs. A conversion names no network: it may take from any.
    buys = Q(fixed_side=FixedSide.BUY)
    there = Q(currency=currency) & (Q(network__in=("", network)) if network else Q())
    sums = others.filter(state__in=_PENDING).aggregate(
        paid=Sum("amount", filter=~buys & there),
        spent=Sum("most_paid", filter=buys & Q(other_currency=currency)),
    )
    return EXACT.add(sums["paid"] or Decimal(0), sums["spent"] or Decimal(0))


def _of_pattern(payment: PaymentRequest, others: QuerySet[PaymentRequest], now: datetime) -> Found:
    settled = others.filter(
        currency=payment.currency,
        network=payment.network,
        state=PaymentState.SETTLED,
        state_since__gte=now - PATTERN,
    ).aggregate(number=Count("pk"), most=Max("amount"))
    if settled["number"] >= PATTERN_OF and payment.amount > EXACT.multiply(
        settled["most"], Decimal(TIMES_LARGER)
    ):
        most = terms.shown(settled["most"], payment.currency, payment.network)
        sentence = _(
            "It is more than three times the largest payment of this customer in 90 days, which was %(most)s."
        )
        yield "UNUSUAL", sentence % {"most": most}
