"""Asking for a payment, looking at what it costs, and taking it back."""

import json
import unicodedata
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from backoffice import references, vault
from backoffice.audit import Actor, record
from backoffice.staff import rights
from backoffice.staff.roles import Right
from customers import statuses
from customers.models import Customer
from payments import errors, guards, letters, money
from payments.models import WORDING_CONTEXT, BankAccount, Kind, PaymentRequest
from payments.states import CANCELLABLE, PaymentState

LONGEST = {"purpose": 200, "paymentReference": 140, "requestedBy": 200}
ALL_KINDS = ("FIAT_WITHDRAWAL", "CRYPTO_WITHDRAWAL", "CONVERSION", "REFUND")


def request_payment(
    *,
    payment_ref: str,
    kind: str,
    customer: Customer,
    amount: str,
    currency: str,
    bank_account_ref: str,
    purpose: str = "",
    payment_reference: str = "",
    requested_by: str = "",
    replaces: PaymentRequest | None = None,
    actor: Actor,
    now: datetime,
) -> tuple[PaymentRequest, bool]:
    """Ask for a payment; return it and whether it is new. It then waits for approval, and a quote is asked for.

    `amount` is decimal text in the currency's precision. The same again under the same reference gives what
    stands. Raises NoReference, UnsupportedKind, Unfit, ReferenceTaken, CustomerRestricted, CustomerNotApproved,
    BeneficiaryNotReady, NotAllowed; nothing is kept then.
    """
    references.check(payment_ref)
    check_kind(kind)
    asked = {
        "kind": kind,
        "partnerCustomerRef": customer.partner_customer_ref,
        "amount": amount,
        "currency": currency,
        "bankAccountRef": bank_account_ref,
        "purpose": _words("purpose", purpose),
        "paymentReference": _words("paymentReference", payment_reference),
        "requestedBy": _words("requestedBy", requested_by),
        "replaces": replaces.payment_ref if replaces else "",
    }
    digest = references.request_digest(asked)
    try:
        value = money.parse_amount(amount, currency)
    except money.UnknownCurrency as unknown:
        raise errors.Unfit("currency", str(unknown)) from None
    except money.BadAmount as bad:
        raise errors.Unfit("amount", str(bad)) from None
    payment = PaymentRequest(
        payment_ref=payment_ref,
        kind=kind,
        amount=value,
        currency=currency,
        request_digest=digest,
        replaces=replaces,
        created_at=now,
        state_since=now,
    )
    try:
        with transaction.atomic():
            return _asked(payment, customer, asked, actor=actor, now=now)
    except IntegrityError:
        # Of two at once the database let one through.
        existing = PaymentRequest.objects.filter(payment_ref=payment_ref).first()
        if existing is None:
            raise
        return _same(existing, digest), False


@transaction.atomic
def refresh_quote(*, payment: PaymentRequest, actor: Actor, now: datetime) -> PaymentRequest:
    """Ask Oceafin again what it would cost. Raises NotAllowed, AlreadyDecided, BeneficiaryNotReady, QuoteUnderWay."""
    payment = guards.locked(payment)
    rights.require(actor, Right.SEE_PAYMENTS, now)
    if payment.state != PaymentState.PENDING_APPROVAL:
        raise errors.AlreadyDecided(_("This payment no longer waits for approval."))
    guards.refuse_customer(payment.customer)
    if not payment.beneficiary.is_active:
        raise errors.BeneficiaryNotReady(beneficiary_sentence(payment.beneficiary))
    if letters.ask_for_shown_quote(payment, now=now) is None:
        raise errors.QuoteUnderWay(_("Oceafin is being asked already. The quote appears here by itself."))
    record(actor=actor, verb="payment.quote_asked", subject=payment, now=now)
    return payment


@transaction.atomic
def cancel(*, payment: PaymentRequest, reason: str, actor: Actor, now: datetime) -> PaymentRequest:
    """Take a payment back before it leaves: its makers and an operations lead may, until a worker has claimed it.

    Raises TooLate, NotAllowed, ReasonNeeded.
    """
    payment = guards.locked(payment)
    user = rights.person(actor)
    lead = rights.rights_held(user) & {Right.LEAD_PAYMENTS}
    rights.require(actor, Right.LEAD_PAYMENTS if lead else Right.REQUEST_PAYMENTS, now)
    words = guards.reason_given(reason)
    if payment.state not in CANCELLABLE:
        sentence = _("This payment is %(state)s and cannot be cancelled any more.")
        raise errors.TooLate(sentence % {"state": payment.get_state_display().lower()})
    guards.move(payment, PaymentState.CANCELLED, actor=actor, now=now, verb="payment.cancelled", note=words)
    return payment


def check_kind(kind: object) -> None:
    if kind in Kind.values:
        return
    if kind in ALL_KINDS:
        raise errors.UnsupportedKind(
            "kind", _("This kind of payment is not offered yet. Offered: FIAT_WITHDRAWAL.")
        )
    raise errors.UnsupportedKind("kind", _("There is no such kind of payment. Offered: FIAT_WITHDRAWAL."))


def beneficiary_sentence(account: BankAccount) -> str:
    """Why this bank account cannot be paid to now."""
    if account.refusal:
        return _("Oceafin does not take this bank account (%(said)s). Add another one.") % {
            "said": account.refusal
        }
    if account.oceafin_status == "REJECTED":
        return _("Oceafin rejected this bank account. Add another one.")
    return _("Oceafin has not accepted this bank account yet. That comes by itself.")


def _asked(
    payment: PaymentRequest, customer: Customer, asked: dict[str, Any], *, actor: Actor, now: datetime
) -> tuple[PaymentRequest, bool]:
    customer = statuses.locked(customer)
    guards.allow(actor, Right.REQUEST_PAYMENTS, now)
    existing = PaymentRequest.objects.filter(payment_ref=payment.payment_ref).first()
    if existing is not None:
        return _same(existing, payment.request_digest), False
    guards.refuse_customer(customer)
    account = _beneficiary(customer, asked["bankAccountRef"], payment.currency)
    payment.customer, payment.beneficiary = customer, account
    wording = {name: asked[name] for name in ("purpose", "paymentReference") if asked[name]}
    text = json.dumps(wording, ensure_ascii=False)
    payment.wording_sealed = vault.seal_text(customer.vault_key, text, context=WORDING_CONTEXT)
    for name, value in guards.maker_columns(actor, asked["requestedBy"]).items():
        setattr(payment, name, value)
    for name, value in guards.demand_for(payment, now).items():
        setattr(payment, name, value)
    payment.save(force_insert=True)
    facts = {
        "ref": payment.payment_ref,
        "amount": money.format_amount(payment.amount, payment.currency),
        "currency": payment.currency,
        "beneficiary": account.bank_account_ref,
        "approvals_needed": payment.approvals_needed,
        "policy": payment.policy_version,
    }
    to = PaymentState.PENDING_APPROVAL
    guards.move(payment, to, actor=actor, now=now, verb="payment.requested", facts=facts)
    letters.ask_for_shown_quote(payment, now=now)
    return payment, True


def _beneficiary(customer: Customer, ref: str, currency: str) -> BankAccount:
    account = BankAccount.objects.filter(customer=customer, bank_account_ref=ref).first()
    if account is None:
        sentence = _("This customer has no bank account of this reference. Add it first.")
        raise errors.Unfit("bankAccountRef", sentence)
    account.customer = customer
    if account.currency != currency:
        sentence = _("The bank account takes %(currency)s.") % {"currency": account.currency}
        raise errors.Unfit("currency", sentence)
    if account.is_refused:
        raise errors.BeneficiaryNotReady(beneficiary_sentence(account))
    return account


def _same(existing: PaymentRequest, digest: str) -> PaymentRequest:
    if existing.request_digest != digest:
        raise references.ReferenceTaken(existing, existing.payment_ref)
    return existing


def _words(field: str, text: str) -> str:
    if not isinstance(text, str):
        raise errors.Unfit(field, _("Give this as text."))
    clean = text.strip()
    if len(clean) > LONGEST[field] or any(unicodedata.category(char) in {"Cc", "Cs"} for char in clean):
        sentence = _("Give at most %(count)d characters, in one line.") % {"count": LONGEST[field]}
        raise errors.Unfit(field, sentence)
    return clean
