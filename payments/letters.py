"""The letters of a payment, each written when its last input exists, in the transaction that brings it."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from backoffice.oceafin import contract, outbox
from backoffice.oceafin.models import Submission
from backoffice.oceafin.signing import format_timestamp
from backoffice.oceafin.states import SubmissionState
from payments import guards, payee_kinds, rows, terms, ways
from payments.models import BankAccount, Draft, PaymentRequest, Quote, WalletAddress

OPEN = (SubmissionState.QUEUED, SubmissionState.UNCONFIRMED, SubmissionState.HELD)
# A quote that runs out again and again is asked for ever more slowly.
SLOWEST_QUOTE = timedelta(minutes=5)


def tell_of_payee(payee: BankAccount | WalletAddress, *, now: datetime) -> Submission | None:
    """Tell Oceafin of a beneficiary, once its customer is known and approved there. Again does no harm."""
    customer, kind = payee.customer, payee_kinds.of(payee)
    if customer.refusal_reason() or payee.oceafin_id:
        return None
    return outbox.enqueue(
        kind=kind.letter,
        subject=payee,
        key=f"{customer.partner_customer_ref}:{kind.slug}:create:{payee.ref}",
        path_url=contract.path_for(kind.create, customerId=customer.oceafin_customer_id),
        body=kind.body(payee),
        vault_key=customer.vault_key,
        customer_ref=customer.partner_customer_ref,
        now=now,
    )


def ask_for_shown_quote(payment: PaymentRequest, *, now: datetime) -> Submission | None:
    """Ask what it would cost now, for the approvers to see. None while that is not possible or under way, and
    where Oceafin gives no quotes.

    Call with the payment locked.
    """
    way = ways.of(payment)
    if not way.is_quoted or payment.customer.refusal_reason() or quote_under_way(payment):
        return None
    if way.obstacle(payment):
        return None
    return _ask_for_quote(payment, "quote", "quote", now=now, due_at=now)


def send(payment: PaymentRequest, *, now: datetime, again: bool = False) -> Submission:
    """Write the first letter of the way to Oceafin: the quote that it is sent with, or at once the draft.

    Call with the payment locked. `again`: what was written before has come to nothing.
    """
    if ways.of(payment).is_quoted:
        return ask_for_sending_quote(payment, now=now, again=again)
    return write_draft(payment, None, now=now)


def ask_for_sending_quote(payment: PaymentRequest, *, now: datetime, again: bool = False) -> Submission:
    """Ask for the quote that it is sent with. Call with the payment locked."""
    wait = timedelta()
    if again:
        wait = min(timedelta(seconds=2) * 2 ** min(payment.quote_number, 8), SLOWEST_QUOTE)
    return _ask_for_quote(payment, "sending_quote", "sending-quote", now=now, due_at=now + wait)


def write_draft(
    payment: PaymentRequest, quote: Quote | None, *, now: datetime, after: Submission | None = None
) -> Submission:
    """The draft of exactly this operation, with its quote if it has one. A new draft has a new reference and key.

    It takes the place in the queue of the letter that it comes `after`: behind a thousand others its quote would run
    out, and theirs behind it.
    """
    way = ways.of(payment)
    number, ref = _next_reference(payment)
    draft = Draft.objects.create(
        payment=payment,
        number=number,
        draft_ref=ref,
        quote=quote,
        operation_hash=terms.hash_of(way.evidence(payment, quote)),
        created_at=now,
    )
    guards.set_columns(payment, draft_number=number)
    path = contract.path_for(way.operations.draft, customerId=payment.customer.oceafin_customer_id)
    due_at = min(now, after.due_at) if after else now
    key, body = draft_key(draft), draft_body(draft)
    return _write(payment, way.letter("draft"), key, path, body, now=now, due_at=due_at)


def draft_body(draft: Draft) -> dict[str, Any]:
    """The draft, with the evidence of who approved exactly this operation, when and how."""
    payment = draft.payment
    way = ways.of(payment)
    return {
        **way.sent(draft),
        **way.words(payment),
        "operationAuthorization": {
            "authorizationRef": draft.draft_ref,
            "authorizedBy": [
                {
                    "userRef": f"staff-{approval.approver_id}",
                    "role": approval.role,
                    "approvedAt": format_timestamp(approval.approved_at),
                    "method": approval.method,
                }
                for approval in payment.live_approvals
            ],
            "operationHash": draft.operation_hash,
            "policyVersion": payment.policy_version,
        },
    }


def write_submit(payment: PaymentRequest, draft: Draft, *, now: datetime, after: Submission) -> Submission:
    """The instruction itself: here money moves. It takes the place in the queue of its draft, as that of its quote."""
    way = ways.of(payment)
    path = contract.path_for(way.operations.submit, **{way.id_name: draft.oceafin_id})
    due_at = min(now, after.due_at)
    return _write(payment, way.letter("submit"), submit_key(draft), path, {}, now=now, due_at=due_at)


def draft_key(draft: Draft) -> str:
    return ways.of(draft.payment).key(draft.payment, "create", draft.draft_ref)


def submit_key(draft: Draft) -> str:
    return ways.of(draft.payment).key(draft.payment, "submit", draft.draft_ref)


def draft_of(submission: Submission, payment: PaymentRequest | None = None) -> Draft:
    """The draft that a `draft` or `submit` letter is about; of this payment, where it is at hand."""
    way = ways.of_letter(submission)
    of_it = rows.read_payment(int(submission.subject_id)) if payment is None else payment
    if submission.kind == way.letter("draft"):
        draft = rows.draft_named(of_it, body_of(submission)[way.ref_name])
    else:
        draft = rows.draft_known_as(of_it, way.id_in(submission))
    if draft is None:
        raise Draft.DoesNotExist
    return draft


def body_of(submission: Submission) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(submission.body)
    return body


def quote_number_of(submission: Submission) -> int:
    return int(submission.key.rsplit(":", 1)[1])


def letters_of(payment: PaymentRequest) -> QuerySet[Submission]:
    """Every letter that was written for this payment, oldest first."""
    return Submission.objects.filter(
        subject_type=PaymentRequest._meta.label, subject_id=str(payment.pk)
    ).order_by("id")


def open_letter(payment: PaymentRequest) -> Submission | None:
    """The letter that is on its way now, if one is."""
    return letters_of(payment).filter(state__in=OPEN).last()


def quote_under_way(payment: PaymentRequest) -> bool:
    # Before the first there is none to look for.
    asked = letters_of(payment).filter(kind=ways.of(payment).letter("quote"), state__in=OPEN)
    return payment.quote_number > 0 and asked.exists()


def _ask_for_quote(
    payment: PaymentRequest, letter: str, step: str, *, now: datetime, due_at: datetime
) -> Submission:
    way = ways.of(payment)
    guards.set_columns(payment, quote_number=payment.quote_number + 1)
    key = way.key(payment, step, f"{payment.payment_ref}:{payment.quote_number}")
    path = contract.path_for(way.operations.quote, customerId=payment.customer.oceafin_customer_id)
    return _write(payment, way.letter(letter), key, path, way.terms(payment), now=now, due_at=due_at)


def _write(
    payment: PaymentRequest,
    kind: str,
    key: str,
    path_url: str,
    body: dict[str, Any],
    *,
    now: datetime,
    due_at: datetime | None = None,
) -> Submission:
    return outbox.enqueue(
        kind=kind,
        subject=payment,
        key=key,
        path_url=path_url,
        body=body,
        vault_key=payment.customer.vault_key,
        customer_ref=payment.customer.partner_customer_ref,
        now=now,
        due_at=due_at,
    )


def _next_reference(payment: PaymentRequest) -> tuple[int, str]:
    """The payment's own reference, then `-2` and so on; never one that stands for another payment."""
    number = payment.draft_number + 1
    while True:
        ref = payment.payment_ref if number == 1 else f"{payment.payment_ref}-{number}"
        # Its own reference is no other payment's: the database sees to that.
        others = number > 1 and PaymentRequest.objects.filter(payment_ref=ref).exclude(pk=payment.pk).exists()
        if not others and not Draft.objects.filter(draft_ref=ref).exists():
            return number, ref
        number += 1
