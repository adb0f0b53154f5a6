"""Answering Oceafin: what it asks before it goes on with a payment, or lets a customer pay out in a currency."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice import references
from backoffice.audit import Actor, record
from backoffice.oceafin import contract, outbox
from backoffice.oceafin.models import Submission
from backoffice.staff import rights
from backoffice.staff.roles import Right
from customers import services as customers
from payments import guards, ways
from payments.accounts.fiat.models import seal_json
from payments.accounts.fiat.services import NewFile, checked_answers, documents_of, refuse_gaps
from payments.capabilities import models as words
from payments.capabilities.models import WithdrawalCapability
from payments.capabilities.services import INFO as CAPABILITY_INFO
from payments.capabilities.submission import locked as locked_capability
from payments.desks.errors import NothingAsked
from payments.desks.models import ANSWERS_CONTEXT, ITEMS_CONTEXT, Answer
from payments.models import PaymentRequest
from payments.states import PaymentState

About = PaymentRequest | WithdrawalCapability
ANSWERS = Right.REQUEST_PAYMENTS
A_ROUND = 200
WORKER = Actor.system("payments")


def answer(
    about: About,
    *,
    answers: Mapping[int, str],
    documents: Iterable[UUID] = (),
    upload: NewFile | None = None,
    actor: Actor,
    now: datetime,
) -> Answer:
    """Answer what Oceafin asks: texts by the place of their question (from 0), documents by their id, one more file.

    A document that Oceafin does not have yet is sent first; the answer waits for it. `upload` is kept as a document
    of the customer's before anything else, so call it with no transaction open. Raises NotAllowed, NothingAsked,
    Unfit, customers.NotUsable.
    """
    wanted = set(documents)
    if upload is not None:
        document, _is_new = customers.upload_document(
            customer=about.customer,
            document_type=upload.document_type,
            file=upload.file,
            file_name=upload.file_name,
            right=ANSWERS,
            actor=actor,
            now=now,
        )
        wanted.add(document.document_id)
    with transaction.atomic():
        row = locked(about)
        rights.require(actor, ANSWERS, now)
        return _answered(row, answers, wanted, actor=actor, now=now)


def answer_round(
    payment: PaymentRequest,
    *,
    number: int,
    answers: Mapping[int, str],
    documents: Iterable[UUID] = (),
    actor: Actor,
    now: datetime,
) -> tuple[Answer, bool]:
    """The same for the partner's system, which names the round; return the answer and whether it is new.

    Raises NothingAsked for another round, Unfit, customers.NotUsable, ReferenceTaken for another answer to it.
    """
    with transaction.atomic():
        row = guards.locked(payment)
        guards.allow(actor, ANSWERS, now)
        given = row.information.filter(number=number).first()
        if given is not None:
            return _same(row, given, answers, set(documents)), False
        if number != round_of(row):
            raise NothingAsked(_("Oceafin has asked nothing in this round. Read what it asks now."))
        return _answered(row, answers, set(documents), actor=actor, now=now), True


def round_of(payment: PaymentRequest) -> int:
    """The round that waits for an answer, else the one that was answered last; 0 where nothing was ever asked."""
    last = newest(payment)
    return (last.number if last else 0) + can_answer(payment)


def items_of(payment: PaymentRequest, number: int) -> list[dict[str, str]] | None:
    """What was asked in this round; None where there was no such round."""
    given = payment.information.filter(number=number).first()
    if given is not None:
        return given.items
    return payment.missing if can_answer(payment) and number == round_of(payment) else None


def locked(about: About) -> About:
    """The record and its customer, locked until the transaction ends."""
    return guards.locked(about) if isinstance(about, PaymentRequest) else locked_capability(about.pk)


def locked_answer(pk: int | str) -> Answer:
    """An answer with what it is about, locked until the transaction ends."""
    row = Answer.objects.select_related("payment", "capability").get(pk=pk)
    about = locked(row.about)
    row = Answer.objects.select_for_update(no_key=True, of=("self",)).get(pk=pk)
    if isinstance(about, PaymentRequest):
        row.payment = about
    else:
        row.capability = about
    return row


def is_asked(about: About) -> bool:
    """Whether Oceafin waits for an answer of ours now."""
    if isinstance(about, WithdrawalCapability):
        return about.status == words.NEEDS_INFO
    return about.state == PaymentState.NEEDS_INFO and bool(ways.of(about).operations.info)


def newest(about: About) -> Answer | None:
    return about.information.order_by("-number").first()


def can_answer(about: About) -> bool:
    """Whether an answer is wanted and none is on its way."""
    last = newest(about)
    return is_asked(about) and (last is None or not last.is_under_way)


def letter_of(about: About) -> str:
    """The kind of the letter that carries an answer."""
    return CAPABILITY_INFO if isinstance(about, WithdrawalCapability) else ways.of(about).letter("info")


def write(one: Answer, *, now: datetime) -> Submission | None:
    """Write the letter once Oceafin has each of its documents. Call with the answer locked; again does no harm."""
    if one.written_at is not None or one.refusal:
        return None
    documents = list(one.documents.order_by("id"))
    for document in documents:
        customers.send_document(document, actor=WORKER, now=now)
        document.refresh_from_db()
    if any(each.oceafin_file_asset_id is None for each in documents):
        return None
    guards.set_columns(one, written_at=now)
    body: dict[str, Any] = {"answers": one.answers}
    if documents:
        body["supportingDocuments"] = [
            {"documentType": each.document_type, "fileAssetId": str(each.oceafin_file_asset_id)}
            for each in documents
        ]
    key, path = _address(one)
    return outbox.enqueue(
        kind=letter_of(one.about),
        subject=one,
        key=key,
        path_url=path,
        body=body,
        vault_key=one.customer.vault_key,
        customer_ref=one.customer.partner_customer_ref,
        now=now,
    )


def write_waiting(now: datetime) -> int:
    """Write what waited for something that is there now, whoever forgot to say so. A duty of the sweep."""
    waiting = Answer.objects.filter(written_at__isnull=True, refusal="").order_by("id")
    count = 0
    for pk in list(waiting.values_list("pk", flat=True)[:A_ROUND]):
        with transaction.atomic():
            count += write(locked_answer(pk), now=now) is not None
    return count


def _answered(
    about: About, answers: Mapping[int, str], documents: set[UUID], *, actor: Actor, now: datetime
) -> Answer:
    if not can_answer(about):
        raise NothingAsked(_("Oceafin does not wait for an answer now. Read the page again."))
    items, key = about.missing, about.customer.vault_key
    given = checked_answers(items, answers)
    chosen = documents_of(about.customer, documents)
    refuse_gaps(items, given, chosen)
    last = newest(about)
    one = Answer(
        number=last.number + 1 if last else 1,
        items_sealed=seal_json(key, items, context=ITEMS_CONTEXT),
        answers_sealed=seal_json(key, [each for each in given if each["value"]], context=ANSWERS_CONTEXT),
        answered_at=now,
        answered_by=actor.label,
    )
    if isinstance(about, PaymentRequest):
        one.payment = about
        guards.take_note(about, actor, now=now)
    else:
        one.capability = about
    one.save(force_insert=True)
    one.documents.set(chosen)
    facts = {"round": one.number, "documents": [each.file_name for each in chosen]}
    verb = "payment.informed" if one.payment else "withdrawal_capability.informed"
    record(actor=actor, verb=verb, subject=about, now=now, facts=facts)
    write(one, now=now)
    return one


def _same(payment: PaymentRequest, one: Answer, answers: Mapping[int, str], documents: set[UUID]) -> Answer:
    """What stands, if it is this. Raises ReferenceTaken."""
    told = [each for each in checked_answers(one.items, answers) if each["value"]]
    if told != one.answers or documents != set(one.documents.values_list("document_id", flat=True)):
        raise references.ReferenceTaken(one, f"{payment.payment_ref}, {one.number}")
    return one


def _address(one: Answer) -> tuple[str, str]:
    """The key, in the style of the contract's examples, and the path."""
    about = one.about
    if isinstance(about, PaymentRequest):
        way = ways.of(about)
        key = way.key(about, "additional-info", f"{about.payment_ref}:{one.number}")
        return key, contract.path_for(way.operations.info, **{way.id_name: about.oceafin_id})
    ref = about.customer.partner_customer_ref
    key = f"{ref}:fiat-withdrawal-capability:additional-info:{about.capability_id}:{one.number}"
    return key, contract.path_for("addFiatWithdrawalCapabilityInfo", capabilityId=about.capability_id)
