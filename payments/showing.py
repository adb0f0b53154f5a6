"""What the pages of payments are made of."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice import reveals, vault
from backoffice.oceafin import kinds
from backoffice.oceafin.models import Submission
from backoffice.oceafin.states import SubmissionState
from backoffice.staff import timelines
from backoffice.staff.models import User
from backoffice.staff.roles import Right
from backoffice.staff.site import site
from customers.screening import showing as screened
from customers.screening.subjects import payee_key
from payments import (
    letters,
    queues,
    refund,
    running_out,
    services,
    showing_approvals,
    showing_quotes,
    showing_warnings,
    telling,
    terms,
    ways,
)
from payments.accounts import refundable
from payments.accounts import showing as moved
from payments.accounts.deposits import coins
from payments.accounts.services import balance_of
from payments.models import Approval, BankAccount, Kind, MoneyOutSwitch, PaymentRequest, WalletAddress
from payments.money import EXACT, read_decimal
from payments.policies import wording
from payments.states import CANCELLABLE, PAYMENT, TROUBLED, PaymentState
from payments.wallet_showing import LABELS, label_of

REASONS = {
    "LARGE_AMOUNT": gettext_lazy("it is a large amount"),
    "FRESH_BENEFICIARY": gettext_lazy("the beneficiary was first used or added within 24 hours"),
    "HIGH_RISK": gettext_lazy("the customer's risk is high or not rated"),
    "NO_FRESH_RATE": gettext_lazy("there is no exchange rate of the last 24 hours"),
    **wording.WARNING_WORDS,
}

BANK_LABELS = {
    "accountHolderName": gettext_lazy("Holder"),
    "iban": gettext_lazy("IBAN"),
    "accountNumber": gettext_lazy("Account number"),
    "bankName": gettext_lazy("Bank"),
    "swiftCode": gettext_lazy("SWIFT code"),
    "routingNumber": gettext_lazy("Routing number"),
}
# Long, and compared digit by digit with what somebody holds in their hand.
NUMBERS = frozenset({"iban", "accountNumber"})


@dataclass(frozen=True)
class Tab:
    """One queue of the page."""

    name: str
    label: str
    rows: QuerySet[PaymentRequest]
    empty: str

    @cached_property
    def count(self) -> str:
        number = self.rows.order_by()[: queues.COUNTED_AT_MOST].count()
        return f"{queues.COUNTED_AT_MOST - 1}+" if number >= queues.COUNTED_AT_MOST else str(number)


def tabs(user: User, now: datetime) -> list[Tab]:
    """The queues, this person's own work first."""
    found = [
        Tab("approval", _("Waiting for approval"), queues.waiting_for_approval(now), _("Nothing waits.")),
        Tab(
            "running-out",
            _("Running out"),
            running_out.running_out(now),
            _("Nothing that still lacks approvals runs out soon."),
        ),
        Tab("sending", _("On their way"), queues.sending(now), _("Nothing is on its way.")),
        Tab("trouble", _("Need somebody"), queues.held_or_failed(now), _("Nothing is stuck or failed.")),
    ]
    if queues.may_be_asked(user):
        empty = _("Nothing waits for your approval. New payments appear here by themselves.")
        mine = queues.waiting_for_my_approval(user, now)
        found.insert(0, Tab("mine", _("To approve"), mine, empty))
    return found


def tab_for(user: User, tabs: list[Tab], wanted: str) -> Tab:
    """The queue that was asked for; else that of this person's own work, where some waits."""
    named = next((tab for tab in tabs if tab.name == wanted), None)
    own = ["mine", "trouble"] if user.has_right(Right.LEAD_PAYMENTS) else ["mine"]
    waits = (tab for tab in tabs if tab.name in own and tab.count != "0")
    return named or next(waits, tabs[0])


def rows_of(payments: list[PaymentRequest], now: datetime) -> list[dict[str, Any]]:
    """A queue's rows; those that wait for approvals with how many they have, and what runs out soon."""
    runs_out = running_out.of_each(payments, now)
    waiting = [payment.pk for payment in payments if payment.state == PaymentState.PENDING_APPROVAL]
    approvals = Approval.objects.filter(payment__in=waiting, voided_at__isnull=True)
    given = dict.fromkeys(waiting, 0) | Counter(approvals.values_list("payment_id", flat=True))
    return [
        {
            "payment": payment,
            "runs_out": runs_out.get(payment.pk),
            "url": url_of(payment),
            "amount": terms.digits(payment.amount, payment.currency, payment.network),
            "network": coins.name_of(payment.network),
            "to": ways.of(payment).to(payment),
            "machine": PAYMENT,
            "given": given.get(payment.pk),
            "warned": showing_warnings.words_of(payment),
        }
        for payment in payments
    ]


def totals(payments: Iterable[PaymentRequest]) -> list[tuple[str, str]]:
    return [
        (terms.digits(amount, currency), currency) for currency, amount in queues.totals(payments).items()
    ]


def waiting_total(now: datetime) -> list[tuple[str, str]]:
    """What leaves when money out opens."""
    return totals(PaymentRequest.objects.filter(state=PaymentState.APPROVED)[: queues.COUNTED_AT_MOST])


def url_of(payment: PaymentRequest) -> str:
    return reverse("admin:payments_paymentrequest_change", args=[payment.pk])


def payment_context(
    payment: PaymentRequest, user: User, now: datetime, *, sees_persons: bool
) -> dict[str, Any]:
    """Everything that the page of a payment shows. Who may decide it sees what it is for, on record."""
    quote = payment.quotes.order_by("-number").first()
    own = payment.maker_user_ids and user.pk in payment.maker_user_ids
    may_approve = queues.may_be_asked(user)
    can_decide = may_approve and services.look_to_decide(payment, user, now=now)
    sees_persons = sees_persons or can_decide
    return {
        "amount": terms.digits(payment.amount, payment.currency, payment.network),
        "fee": terms.digits(payment.highest_fee, payment.fee_currency, payment.network),
        "is_quoted": ways.of(payment).is_quoted,
        "network_name": coins.name_of(payment.network),
        "source": _source_of(payment),
        "receives": terms.digits(payment.least_received, payment.receive_currency, payment.network),
        "base_amount": terms.digits(payment.base_amount, settings.BASE_CURRENCY),
        "base_currency": settings.BASE_CURRENCY,
        "quote": quote,
        "quote_lives": quote is not None and quote.is_live(now),
        "balance": balance_context(payment),
        "in_doubt": _is_in_doubt(payment),
        "may_answer": _is_to_be_answered(payment) and user.has_right(Right.REQUEST_PAYMENTS),
        **showing_quotes.conversion_context(payment),
        **showing_quotes.quote_context(payment, user, now),
        "fee_currency": payment.fee_currency,
        "record_scripts": ["quotes.js"],
        "undecided": payment.state == PaymentState.PENDING_APPROVAL,
        "runs_out": running_out.of(payment, now),
        "not_left": payment.state in CANCELLABLE,
        "needs_somebody": payment.state in TROUBLED and payment.noted_at is None,
        "wording": wording_of(payment) if sees_persons else {},
        "sees_persons": sees_persons,
        "stages": showing_approvals.stages_shown(payment),
        "rule": payment.policy,
        "mine": payment.live_approvals.filter(approver=user).exists(),
        "reject_action": "reject" if user.has_right(Right.APPROVE_PAYMENTS) else "reject-named",
        "attempts": showing_approvals.attempts_on(payment) if user.has_right(Right.LEAD_PAYMENTS) else [],
        "approvals": list(payment.approvals.select_related("approver").order_by("id")),
        "reasons": [REASONS.get(reason, reason) for reason in payment.approval_reasons],
        "missing": telling.approvals_missing(payment),
        "can_decide": can_decide,
        "is_own": own,
        "asks_approvers": may_approve,
        "moved": moved.rows_about(ways.of(payment).resource_type, payment.oceafin_id or ""),
        "letters": _letters_of(payment) if user.has_right(Right.SEE_BORDERS) else [],
        "failure_words": timelines.words_for("code", payment.failure_code),
        "switch_open": services.money_out().is_open,
        **screening_context(payment, user),
        **showing_warnings.warnings_context(payment, now),
        "replaced_by": payment.replaced_by.first(),
        "now": now,
    }


def _letters_of(payment: PaymentRequest) -> list[tuple[str, Submission]]:
    """Each by what it is; its key stands on its own page."""
    return [(kinds.label_of(letter.kind), letter) for letter in letters.letters_of(payment)]


def screening_context(payment: PaymentRequest, user: User) -> dict[str, Any]:
    """What screening has against this payment, until it has left or ended; for who may see personal data."""
    if payment.state not in CANCELLABLE or not user.has_right(Right.SEE_PERSONAL_DATA):
        return {}
    payee_ref = payment.payee.ref if payment.payee else ""
    return {
        "screening_warnings": screened.warnings_of(payment.customer, payee_ref=payee_ref),
        "may_decide_hits": user.has_right(Right.REVIEW_CASES),
    }


def beneficiary_context(payee: BankAccount | WalletAddress, user: User, now: datetime) -> dict[str, Any]:
    """The screenings of who is paid, for who may see personal data."""
    if not user.has_right(Right.SEE_PERSONAL_DATA):
        return {}
    is_open = reveals.is_open(user, payee.customer, now)
    key = payee_key(payee.ref)
    return {
        "may_open": True,
        "may_decide_hits": user.has_right(Right.REVIEW_CASES),
        "screenings": screened.lines_of(payee.customer, now, is_open=is_open, subject_key=key),
    }


def _is_to_be_answered(payment: PaymentRequest) -> bool:
    """Whether Oceafin asks for more, and no answer is on its way."""
    if payment.state != PaymentState.NEEDS_INFO:
        return False
    last = payment.information.order_by("-number").first()
    return last is None or not last.is_under_way


def balance_context(payment: PaymentRequest) -> dict[str, Any] | None:
    """What the customer has now, what is pending, and what would be left."""
    amount, currency, network = payment.leaving
    balance = balance_of(payment.customer, currency, network)
    if balance is None:
        return None
    available = read_decimal(balance.available)
    left = None if available is None or amount is None else EXACT.subtract(available, amount)
    return {
        "currency": currency,
        "network": coins.name_of(balance.network) if balance.network != network else "",
        "available": balance.available,
        "pending": balance.pending,
        "after": None if left is None else terms.digits(left, currency, network),
        "short": left is not None and left < 0,
        "read_at": balance.read_at,
    }


def preview_context(payment: PaymentRequest) -> dict[str, Any]:
    return {
        "amount": terms.digits(payment.amount, payment.currency, payment.network),
        "came_in": terms.digits(payment.source_amount, payment.currency, payment.network),
        "currency": payment.currency,
        "network": payment.network,
        "source_type": payment.get_source_type_display(),
        "source_id": payment.source_id,
    }


def _is_in_doubt(payment: PaymentRequest) -> bool:
    if payment.state != PaymentState.SENDING:
        return payment.state == PaymentState.UNCONFIRMED
    letter = letters.open_letter(payment)
    return letter is not None and letter.state == SubmissionState.HELD


def _source_of(payment: PaymentRequest) -> dict[str, Any]:
    if not payment.source_id:
        return {}
    source = refundable.find(payment.customer, payment.source_type, payment.source_id)
    besides = refund.left_of(
        payment.source_type, payment.source_id, payment.source_amount or Decimal(0), besides=payment
    )
    return {
        "came_in": terms.digits(payment.source_amount, payment.currency, payment.network),
        "others": terms.digits(
            EXACT.subtract(payment.source_amount or Decimal(0), besides), payment.currency, payment.network
        ),
        "status": source.status if source else "",
    }


QUESTIONS = {
    Kind.FIAT_WITHDRAWAL: gettext_lazy("Approve this payout?"),
    Kind.CRYPTO_WITHDRAWAL: gettext_lazy("Approve this crypto payout?"),
    Kind.CONVERSION: gettext_lazy("Approve this conversion?"),
    Kind.REFUND: gettext_lazy("Approve this refund?"),
}


def approval_context(payment: PaymentRequest, user: User, now: datetime) -> dict[str, Any]:
    missing = telling.approvals_missing(payment)
    return {
        "title": _("Approve %(ref)s") % {"ref": payment.payment_ref},
        "payment": payment,
        "question": QUESTIONS[Kind(payment.kind)],
        "amount": terms.digits(payment.amount, payment.currency, payment.network),
        **showing_quotes.conversion_context(payment),
        **showing_quotes.quote_context(payment, user, now),
        "is_quoted": ways.of(payment).is_quoted,
        "network_name": coins.name_of(payment.network),
        "fee_amount": terms.digits(payment.highest_fee, payment.fee_currency, payment.network),
        "receives_amount": terms.digits(payment.least_received, payment.receive_currency, payment.network),
        "is_last": missing <= 1,
        "missing_after": max(0, missing - 1),
        "payment_url": url_of(payment),
        **showing_warnings.warnings_context(payment, now),
        **screening_context(payment, user),
    }


def approved_sentence(payment: PaymentRequest) -> str:
    missing = telling.approvals_missing(payment)
    if payment.state != PaymentState.PENDING_APPROVAL or not missing:
        return _("%(ref)s is approved. It leaves by itself.") % {"ref": payment.payment_ref}
    more = ngettext("one more approval", "%(count)d more approvals", missing) % {"count": missing}
    return _("Your approval of %(ref)s is kept. It needs %(more)s.") % {
        "ref": payment.payment_ref,
        "more": more,
    }


def revealed_page(
    request: HttpRequest, payee: BankAccount | WalletAddress, details: dict[str, str], *, back: str
) -> HttpResponse:
    """The beneficiary in full, once, kept by no cache."""
    if isinstance(payee, WalletAddress):
        title = _("Wallet %(ref)s") % {"ref": payee.ref}
        rows = [(label_of(name), details[name], name == "address") for name in LABELS if details.get(name)]
    else:
        title = _("Bank account %(ref)s") % {"ref": payee.ref}
        rows = [
            (str(label), details[name], name in NUMBERS)
            for name, label in BANK_LABELS.items()
            if details.get(name)
        ]
    context = {**site.each_context(request), "title": title, "rows": rows, "payee": payee, "back_url": back}
    response = TemplateResponse(request, "payments/revealed.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


def switch_timeline(switch: MoneyOutSwitch) -> list[Any]:
    return timelines.lines_for([switch])[:50]


def wording_of(payment: PaymentRequest) -> dict[str, str]:
    """What it is for, in the words of who asked; empty where the customer was erased."""
    try:
        return payment.wording
    except vault.KeyDestroyed:
        return {}
