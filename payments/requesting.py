"""Asking for a payment, looking at what it costs, and taking it back."""

import json
import unicodedata
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from backoffice import once, references, vault
from backoffice.audit import Actor, record
from backoffice.staff import rights
from backoffice.staff.errors import NotAllowed
from backoffice.staff.roles import Right
from customers import statuses
from customers.models import Customer
from payments import demanding, errors, guards, letters, money, staging, timing, warnings, ways
from payments.models import WORDING_CONTEXT, PaymentRequest
from payments.states import CANCELLABLE, PaymentState

LONGEST = {
    "purpose": 200,
    "paymentReference": 140,
    "requestedBy": 200,
    "reason": 200,
    "bankAccountRef": references.LENGTH,
    "walletAddressRef": references.LENGTH,
    "sourceType": 14,
    "sourceId": 64,
    "network": 40,
    "sellCurrency": 16,
    "buyCurrency": 16,
    "sellAmount": 40,
    "buyAmount": 40,
}
# Read to the letter: an amount with a space is none.
UNTRIMMED = ("sellAmount", "buyAmount")
# Free text about people: sealed.
WORDING = ("purpose", "paymentReference", "reason")
# Who opens a payment has at least so long to look at a quote that lives.
TIME_TO_DECIDE = timedelta(seconds=20)


def request_payment(
    *,
    payment_ref: str,
    kind: str,
    customer: Customer,
    amount: str = "",
    currency: str = "",
    details: Mapping[str, str],
    purpose: str = "",
    payment_reference: str = "",
    requested_by: str = "",
    replaces: PaymentRequest | None = None,
    scheduled_on: str = "",
    source: str = "",
    actor: Actor,
    now: datetime,
) -> tuple[PaymentRequest, bool]:
    """Ask for a payment; return it and whether it is new. It then waits for approval; a quote is asked for, if any.

    `amount` is decimal text in the precision of the currency or token; a conversion has names of its own for it.
    `details` are the fields of this kind, in the API's names (`ways`). `scheduled_on` is the day on which it leaves
    (YYYY-MM-DD, business time zone); empty is at once. The same again under the same reference gives what stands.
    Raises NoReference, UnsupportedKind, Unfit, NotClosed, ReferenceTaken, CustomerRestricted, CustomerNotApproved,
    NotReady, PolicyRefuses, NotAllowed; nothing is kept then.
    """
    references.check(payment_ref)
    check_kind(kind)
    asked = asked_for(
        kind=kind,
        customer_ref=customer.partner_customer_ref,
        amount=amount,
        currency=currency,
        details=details,
        words={
            "purpose": purpose,
            "paymentReference": payment_reference,
            "requestedBy": requested_by,
        },
        replaces=replaces.payment_ref if replaces else "",
        scheduled_on=scheduled_on,
    )
    digest = references.request_digest(asked)
    payment = PaymentRequest(
        payment_ref=payment_ref,
        kind=kind,
        currency=currency,
        request_digest=digest,
        replaces=replaces,
        scheduled_on=timing.read_date(scheduled_on),
        created_at=now,
        state_since=now,
    )
    try:
        with transaction.atomic():
            return _asked(payment, customer, asked, source=source, actor=actor, now=now)
    except IntegrityError:
        # Of two at once the database let one through.
        existing = PaymentRequest.objects.filter(payment_ref=payment_ref).first()
        if existing is None:
            raise
        return _same(existing, digest), False


def look_up_all(refs: Collection[str]) -> None:
    """Which payments of these references stand already, for what is requested `once.for_all`."""
    standing = {row.payment_ref: row for row in PaymentRequest.objects.filter(payment_ref__in=refs)}
    for ref in refs:
        once.know(("payment of", ref), standing.get(ref))


def asked_for(
    *,
    kind: str,
    customer_ref: str,
    amount: str,
    currency: str,
    details: Mapping[str, str],
    words: Mapping[str, str],
    replaces: str = "",
    scheduled_on: str = "",
) -> dict[str, Any]:
    """Everything that a request says, by which the same request is known again. Raises Unfit."""
    return {
        "kind": kind,
        "partnerCustomerRef": customer_ref,
        "amount": amount,
        "currency": currency,
        **{name: clean_words(name, details.get(name, "")) for name in ways.WAYS[kind].fields},
        **{
            name: clean_words(name, words.get(name, ""))
            for name in ("purpose", "paymentReference", "requestedBy")
        },
        "replaces": replaces,
        "scheduledOn": scheduled_on,
    }


def preview_payment(
    *, kind: str, customer: Customer, amount: str = "", currency: str = "", details: Mapping[str, str]
) -> PaymentRequest:
    """What would be asked for, to be looked over; nothing is kept. Raises Unfit, NotReady, as asking for it would."""
    check_kind(kind)
    words = {name: clean_words(name, details.get(name, "")) for name in ways.WAYS[kind].fields}
    payment = PaymentRequest(kind=kind, customer=customer, currency=currency)
    ways.of(payment).prepare(payment, {"amount": amount, "currency": currency, **words})
    return payment


@transaction.atomic
def refresh_quote(*, payment: PaymentRequest, actor: Actor, now: datetime) -> PaymentRequest:
    """Ask Oceafin again what it would cost. Raises NotAllowed, AlreadyDecided, NoQuotes, NotReady, QuoteUnderWay."""
    payment = guards.locked(payment)
    rights.require(actor, Right.SEE_PAYMENTS, now)
    if payment.state != PaymentState.PENDING_APPROVAL:
        raise errors.AlreadyDecided(_("This payment no longer waits for approval."))
    guards.refuse_customer(payment.customer)
    way = ways.of(payment)
    if not way.is_quoted:
        raise errors.NoQuotes(_("Oceafin gives no quote for this: what it pays is what you see."))
    if (obstacle := way.obstacle(payment)) is not None:
        raise obstacle
    if letters.ask_for_shown_quote(payment, now=now) is None:
        raise errors.QuoteUnderWay(_("Oceafin is being asked already. The quote appears here by itself."))
    record(actor=actor, verb="payment.quote_asked", subject=payment, now=now)
    return payment


@transaction.atomic
def freshen_quote(*, payment: PaymentRequest, actor: Actor, now: datetime) -> bool:
    """Ask Oceafin again for who opens a payment to decide it, if its quote ran out or is about to; whether it did.

    Of many who look at once the first asks. Raises NotAllowed.
    """
    payment = guards.locked(payment)
    if not staging.is_named(payment, staging.asked_person(actor, now)):
        raise NotAllowed(_("The policy names others for this payment: they have its quote asked for."))
    if not quote_is_old(payment, now=now) or letters.ask_for_shown_quote(payment, now=now) is None:
        return False
    record(actor=actor, verb="payment.quote_asked", subject=payment, now=now)
    return True


def quote_is_old(payment: PaymentRequest, *, now: datetime) -> bool:
    """Whether who decides now would look at a quote that ran out, or runs out before they are through."""
    if payment.state != PaymentState.PENDING_APPROVAL or payment.customer.refusal_reason():
        return False
    quote = payment.shown_quote
    return (
        quote is not None and not quote.is_live(now + TIME_TO_DECIDE) and not letters.quote_under_way(payment)
    )


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
    if kind not in ways.WAYS:
        sentence = _("There is no such kind of payment. Offered: %(kinds)s.")
        raise errors.UnsupportedKind("kind", sentence % {"kinds": ", ".join(sorted(ways.WAYS))})


def _asked(
    payment: PaymentRequest,
    customer: Customer,
    asked: dict[str, Any],
    *,
    source: str,
    actor: Actor,
    now: datetime,
) -> tuple[PaymentRequest, bool]:
    customer = statuses.locked(customer)
    guards.allow(actor, Right.REQUEST_PAYMENTS, now)
    same_ref = PaymentRequest.objects.filter(payment_ref=payment.payment_ref)
    existing = once.known(("payment of", payment.payment_ref), same_ref.first)
    if existing is not None:
        return _same(existing, payment.request_digest), False
    guards.refuse_customer(customer)
    timing.check_date(payment.scheduled_on, now)
    payment.customer = customer
    if payment.replaces is not None:
        payment.replaces = guards.to_be_replaced(payment.replaces, customer)
    ways.of(payment).prepare(payment, asked)
    wording = {name: asked[name] for name in WORDING if asked.get(name)}
    text = json.dumps(wording, ensure_ascii=False)
    payment.wording_sealed = vault.seal_text(customer.vault_key, text, context=WORDING_CONTEXT)
    for name, value in guards.maker_columns(actor, asked["requestedBy"]).items():
        setattr(payment, name, value)
    payment.source = source or payment.source
    decision, demand = demanding.demand_for(payment, now)
    if decision.refuses:
        raise errors.PolicyRefuses(demanding.refusal(demand))
    for name, value in demand.items():
        setattr(payment, name, value)
    if not ways.of(payment).is_quoted:
        # Where a quote is taken it is told then, off the way of whoever asks.
        payment.warned_of = [warning.code for warning in warnings.warnings_of(payment, now=now)]
    payment.save(force_insert=True)
    facts = {
        "ref": payment.payment_ref,
        "amount": money.format_amount(payment.amount, payment.currency, payment.network),
        "currency": payment.currency,
        **{name: asked[name] for name in ways.of(payment).fields if asked[name] and name not in WORDING},
        "approvals_needed": payment.approvals_needed,
        "policy": payment.policy_version,
        "rule": decision.number,
    }
    to = PaymentState.PENDING_APPROVAL
    guards.move(payment, to, actor=actor, now=now, verb="payment.requested", facts=facts)
    if payment.replaces is not None:
        guards.take_note(payment.replaces, actor, now=now)
    letters.ask_for_shown_quote(payment, now=now)
    return payment, True


def _same(existing: PaymentRequest, digest: str) -> PaymentRequest:
    if existing.request_digest != digest:
        raise references.ReferenceTaken(existing, existing.payment_ref)
    return existing


def clean_words(field: str, text: str) -> str:
    """What was written in this field, in one line and not too long. Raises Unfit."""
    if not isinstance(text, str):
        raise errors.Unfit(field, _("Give this as text."))
    clean = text if field in UNTRIMMED else text.strip()
    broken = not clean.isprintable() and any(unicodedata.category(char) in {"Cc", "Cs"} for char in clean)
    if broken or len(clean) > LONGEST[field]:
        sentence = _("Give at most %(count)d characters, in one line.") % {"count": LONGEST[field]}
        raise errors.Unfit(field, sentence)
    return clean
