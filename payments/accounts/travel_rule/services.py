"""Saying who sent a deposit of coins."""

import json
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice import references, vault
from backoffice.audit import Actor
from backoffice.staff import rights
from backoffice.staff.errors import Refusal
from backoffice.staff.roles import Right
from customers import services as customers
from customers import storing
from customers.files import DocumentType
from customers.models import Customer, Document
from payments.accounts.deposits import hearing
from payments.accounts.deposits.models import Deposit
from payments.accounts.travel_rule import answers, opening, submission
from payments.accounts.travel_rule.models import BODY_CONTEXT, Answer, Outcome, ProofKind, TravelRuleTask
from payments.accounts.travel_rule.opening import required_by_reply
from payments.accounts.travel_rule.states import TravelRuleState
from payments.errors import Unfit

__all__ = [
    "AnswerUnderWay",
    "NotMatchedYet",
    "NothingAsked",
    "answer",
    "answer_with_document",
    "required_by_reply",
]


class NothingAsked(Refusal):
    """Oceafin does not ask who sent this deposit."""


class NotMatchedYet(Refusal):
    """Whose deposit it is comes first."""


class AnswerUnderWay(Refusal):
    """Another answer was given, and Oceafin has not asked again."""


@transaction.atomic
def answer(
    deposit: Deposit,
    *,
    given: dict[str, Any],
    proof_kind: str = "",
    document: Document | None = None,
    actor: Actor,
    now: datetime,
) -> tuple[Answer, bool]:
    """Say who sent it, in the contract's names; it goes to Oceafin by itself. Returns the answer and if it is new.

    The same again gives the answer that stands; after a refusal, or asked again, it is another version.
    `document` shows that a wallet is the sender's own, and goes to Oceafin first.
    Raises Unfit, NothingAsked, NotMatchedYet, AnswerUnderWay, NotAllowed.
    """
    if document is not None and given.get("selfHosted") and not given.get("walletOwnershipProof"):
        given = {**given, "walletOwnershipProof": _("See the document.")}
    clean = answers.checked(given)
    kind = _proof_kind(clean, proof_kind, document)
    row = hearing.locked(deposit.pk)
    task = opening.locked(row)
    if actor.kind == "STAFF":
        rights.require(actor, Right.REQUEST_PAYMENTS, now)
    if task is None:
        raise NothingAsked(_("Oceafin does not ask who sent this deposit."))
    customer = row.customer
    if customer is None:
        raise NotMatchedYet(_("It is not certain whose deposit this is. Match it to its customer first."))
    if document is not None and document.customer_id != customer.pk:
        raise Unfit("walletOwnershipProof", _("This document is of another customer."))
    digest = references.request_digest(
        {"answer": clean, "proof": kind, "document": document.sha256 if document else ""}
    )
    if standing := _standing(task, digest):
        return standing, False
    if task.state != TravelRuleState.WAITING:
        raise AnswerUnderWay(_open_sentence(task))
    return _given(task, customer, clean, digest, kind, document, actor=actor, now=now), True


def answer_with_document(
    deposit: Deposit,
    *,
    given: dict[str, Any],
    proof_kind: str,
    file: storing.Upload,
    file_name: str,
    actor: Actor,
    now: datetime,
) -> tuple[Answer, bool]:
    """The same with a document that shows that the wallet is the sender's own. Call it with no transaction open.

    Raises what `answer` raises, and NotUsable or StorageAway for the file.
    """
    if deposit.customer is None:
        raise NotMatchedYet(_("It is not certain whose deposit this is. Match it to its customer first."))
    answers.checked({"walletOwnershipProof": _("See the document."), **given})
    document, _is_new = customers.upload_document(
        customer=deposit.customer,
        document_type=DocumentType.OTHER,
        file=file,
        file_name=file_name,
        actor=actor,
        now=now,
        right=Right.REQUEST_PAYMENTS,
    )
    return answer(deposit, given=given, proof_kind=proof_kind, document=document, actor=actor, now=now)


def _given(
    task: TravelRuleTask,
    customer: Customer,
    clean: dict[str, Any],
    digest: str,
    proof_kind: str,
    document: Document | None,
    *,
    actor: Actor,
    now: datetime,
) -> Answer:
    plain = json.dumps(clean, ensure_ascii=False)
    row = Answer.objects.create(
        task=task,
        version=task.answers.count() + 1,
        round=task.round,
        body_sealed=vault.seal_text(customer.vault_key, plain, context=BODY_CONTEXT),
        vault_key=customer.vault_key,
        request_digest=digest,
        originator_type=clean["originatorType"],
        is_self_hosted=bool(clean.get("selfHosted")),
        proof_kind=proof_kind,
        document=document,
        created_at=now,
        created_by=actor.label,
    )
    row.task = task
    facts = {"version": row.version, "round": row.round}
    if document is not None and document.oceafin_file_asset_id is None:
        customers.send_document(document, actor=actor, now=now)
        sentence = _("The document goes to Oceafin first; the answer follows by itself.")
    else:
        sentence = ""
    opening.move(
        task,
        TravelRuleState.SENDING,
        source="",
        now=now,
        verb="travel_rule.answered",
        actor=actor,
        facts=facts,
        waits_for=sentence,
    )
    submission.write(row, now=now)
    return row


def _standing(task: TravelRuleTask, digest: str) -> Answer | None:
    """The same answer, given before in this round and not refused."""
    last = task.answers.order_by("-version").first()
    is_same = last is not None and last.round == task.round and last.request_digest == digest
    return last if is_same and last is not None and last.outcome != Outcome.REFUSED else None


def _proof_kind(clean: dict[str, Any], proof_kind: str, document: Document | None) -> str:
    if not clean.get("selfHosted"):
        if document is not None:
            raise Unfit("walletOwnershipProof", _("A proof belongs to the sender's own wallet alone."))
        return ""
    if proof_kind and proof_kind not in ProofKind.values:
        raise Unfit("walletOwnershipProof", _("Say of which kind the proof is."))
    return proof_kind


def _open_sentence(task: TravelRuleTask) -> str:
    if task.state in {TravelRuleState.SENDING, TravelRuleState.SENT}:
        return _("Another answer was given already. If Oceafin asks again, you can say more.")
    return _("Oceafin waits for nothing here any more.")
