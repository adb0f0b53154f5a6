"""What went wrong with payments, in plain words, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.staff.models import User
from backoffice.staff.roles import Right
from payments import telling, terms, ways
from payments.capabilities import models as words
from payments.capabilities.models import WithdrawalCapability
from payments.desks import doubts, informing
from payments.models import PaymentRequest
from payments.showing import url_of
from payments.states import DID_NOT_HAPPEN, NOTHING_LEFT, PaymentState

# Oceafin's codes: of refusals (contract section 2), and those that a withdrawal may end with (section 4, ASSUMED).
REASONS: Mapping[str, Promise] = {
    "PARTNER_SCOPE_DENIED": gettext_lazy(
        "Oceafin has not given us this kind of payment. Ask it to switch that on."
    ),
    "PARTNER_PRODUCT_DISABLED": gettext_lazy(
        "Oceafin has switched this kind of payment off for us. Ask its support."
    ),
    "PARTNER_CUSTOMER_NOT_FOUND": gettext_lazy("Oceafin does not know this customer. Ask its support."),
    "PARTNER_RESOURCE_NOT_FOUND": gettext_lazy(
        "Oceafin does not know something that this payment names, such as the account it goes to."
    ),
    "PARTNER_RESOURCE_STATE_INVALID": gettext_lazy(
        "At Oceafin the payment, the account or the balance did not allow it. Its own words say which."
    ),
    "PARTNER_IDEMPOTENCY_CONFLICT": gettext_lazy(
        "Oceafin knows its key with other content. That is a defect of ours: tell the technicians."
    ),
    "PARTNER_OPERATION_NOT_APPROVED": gettext_lazy("Oceafin did not take our approval."),
    "PARTNER_QUOTE_EXPIRED": gettext_lazy("The quote ran out at Oceafin. Asking again takes a new one."),
    "PARTNER_TRAVEL_RULE_REQUIRED": gettext_lazy(
        "Oceafin wants to know who sends and who receives these coins."
    ),
    "PARTNER_VALIDATION_FAILED": gettext_lazy(
        "Oceafin could not take a field as it was. Its own words say which."
    ),
    "BENEFICIARY_BANK_REJECTED": gettext_lazy(
        "The beneficiary's bank refused it. Check the account with the payee."
    ),
    "INSUFFICIENT_FUNDS": gettext_lazy("The customer's balance was too small."),
    "ACCOUNT_CLOSED": gettext_lazy("The beneficiary's account is closed. Ask the payee for another one."),
    "CANCELLED_BY_OCEAFIN": gettext_lazy("Oceafin cancelled it. Ask its support why."),
    DID_NOT_HAPPEN: gettext_lazy("Two people found with Oceafin that it never happened."),
}
# What its page tells who cannot act on it themselves.
SEEN = {
    PaymentState.NEEDS_INFO: gettext_lazy("Read what Oceafin asks"),
    PaymentState.FAILED: gettext_lazy("See why it failed"),
    PaymentState.RETURNED: gettext_lazy("See why it came back"),
}


@dataclass(frozen=True)
class Trouble:
    """One row of the desk: what is wrong, since when, and the one thing to do next."""

    payment: PaymentRequest
    url: str
    amount: str
    to: str
    reason: str
    oceafin_said: str
    since: datetime
    action: str
    action_url: str


def trouble_of(payment: PaymentRequest, user: User, now: datetime) -> Trouble:
    reason, said = _reason(payment, now)
    action, url = _next(payment, user)
    return Trouble(
        payment=payment,
        url=url_of(payment),
        amount=terms.digits(payment.amount, payment.currency, payment.network),
        to=ways.of(payment).to(payment),
        reason=reason,
        oceafin_said=said,
        since=payment.state_since,
        action=action,
        action_url=url,
    )


def in_plain_words(code: str) -> str:
    """What a code of Oceafin's means, as a sentence; "" of one that nobody knows."""
    return str(REASONS.get(code, ""))


def can_be_asked_again(payment: PaymentRequest) -> bool:
    """It is closed with its money still here, and nothing took its place yet."""
    if payment.state not in NOTHING_LEFT or payment.contradicted:
        return False
    again = payment.replaced_by.all()
    return all(each.state in NOTHING_LEFT and not each.contradicted for each in again)


def again_url(payment: PaymentRequest) -> str:
    """The form of its kind, filled."""
    ref = payment.customer.partner_customer_ref
    query = f"kind={payment.kind}&customer={ref}&replaces={payment.payment_ref}"
    wallet = ways.of(payment).again(payment).get("walletAddressRef", "")
    return f"{reverse('payments:request')}?{query}{f'&wallet={wallet}' if wallet else ''}"


def capabilities_that_ask(limit: int = 50) -> list[WithdrawalCapability]:
    """Capabilities to pay out for which Oceafin asks for more, the longest waiting first."""
    rows = WithdrawalCapability.objects.filter(status=words.NEEDS_INFO).select_related("customer")
    return [row for row in rows.order_by("status_since", "pk")[:limit] if informing.can_answer(row)]


def _reason(payment: PaymentRequest, now: datetime) -> tuple[str, str]:
    """In plain words, and in Oceafin's own."""
    if payment.contradicted:
        return _("Oceafin contradicts what we know. Nothing more is sent for it."), payment.contradiction
    if payment.state == PaymentState.NEEDS_INFO:
        return _("Oceafin asks for more before it carries this out."), payment.waits_for
    if payment.state in {PaymentState.FAILED, PaymentState.RETURNED}:
        known = in_plain_words(payment.failure_code)
        # A code that is put in words already says nothing more; its payment's page keeps it.
        said = ("" if known else payment.failure_code, payment.failure_reason)
        # Two of us closed it: Oceafin said nothing.
        own = "" if payment.failure_code == DID_NOT_HAPPEN else " · ".join(part for part in said if part)
        other = (
            _("The money came back.") if payment.state == PaymentState.RETURNED else _("Oceafin refused it.")
        )
        return known or other, own
    return telling.waits_for(payment, now=now).what, ""


def _next(payment: PaymentRequest, user: User) -> tuple[str, str]:
    if payment.contradicted:
        return _("See what Oceafin says"), reverse("payout_desks:contradiction", args=[payment.payment_ref])
    if doubts.letter_of(payment) is not None:
        return _("See what was found"), reverse("payout_desks:doubt", args=[payment.payment_ref])
    asks = user.has_right(Right.REQUEST_PAYMENTS)
    if asks and payment.state == PaymentState.NEEDS_INFO and informing.can_answer(payment):
        return _("Answer Oceafin"), reverse("payout_desks:answer", args=[payment.payment_ref])
    if asks and can_be_asked_again(payment):
        return _("Correct and ask again"), again_url(payment)
    if payment.state in {PaymentState.FAILED, PaymentState.RETURNED}:
        another = next((each for each in payment.replaced_by.all() if each.state not in NOTHING_LEFT), None)
        if another is not None:
            return _("See what took its place"), url_of(another)
    return str(SEEN.get(PaymentState(payment.state), _("See what it waits for"))), url_of(payment)
