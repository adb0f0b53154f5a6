"""How an answer becomes bytes for Oceafin, and what each reply means for its task (contract section 4, ASSUMED)."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.audit import Actor
from backoffice.oceafin import contract, kinds, outbox
from backoffice.oceafin.kinds import Contradiction, GateAnswer, Go, Read, Resource, Sight, Wait, Withdraw
from backoffice.oceafin.models import Lane, Submission
from backoffice.oceafin.wire import Answer as Answered
from customers.models import Document
from payments.accounts import plan
from payments.accounts.deposits import hearing
from payments.accounts.deposits.models import PENDING_TRAVEL_RULE, Deposit
from payments.accounts.models import FoundBy
from payments.accounts.owners import Owner
from payments.accounts.travel_rule import opening
from payments.accounts.travel_rule.models import Answer, Outcome, TravelRuleTask
from payments.accounts.travel_rule.states import TravelRuleState

KIND = "travel_rule.submit"
OPERATION = "addTravelRuleInfo"
LATER = timedelta(minutes=1)
WORKER = Actor.system("travel rule")


def register() -> None:
    """Called once in ready()."""
    kinds.register(
        kinds.Kind(
            name=KIND,
            label=gettext_lazy("Who sent a deposit"),
            lane=Lane.PAPERS,
            operation=OPERATION,
            gate=_gate,
            settle=_settle,
            identify=_identify,
            look=_look,
        )
    )


def key_of(answer: Answer) -> str:
    """One key per answer, for ever."""
    deposit = answer.task.deposit
    ref = deposit.customer.partner_customer_ref if deposit.customer else ""
    return f"{ref}:travel-rule:{deposit.deposit_id}:{answer.version}"


def write(answer: Answer, *, now: datetime) -> Submission | None:
    """Write the letter, once the document that it names is at Oceafin. Call with the deposit locked."""
    deposit = answer.task.deposit
    if answer.document is not None and answer.document.oceafin_file_asset_id is None:
        return None
    customer = deposit.customer
    if customer is None:
        raise ValueError("An answer is given for a customer's deposit alone.")
    return outbox.enqueue(
        kind=KIND,
        subject=deposit,
        key=key_of(answer),
        path_url=contract.path_for(OPERATION, depositId=deposit.deposit_id),
        body=body_of(answer),
        vault_key=customer.vault_key,
        customer_ref=customer.partner_customer_ref,
        now=now,
    )


def body_of(answer: Answer) -> dict[str, Any]:
    """The whole body. The contract has one text for the proof: its kind, its words and the document stand in it."""
    body = dict(answer.given)
    if answer.is_self_hosted:
        parts = [answer.proof_kind, body.get("walletOwnershipProof", "")]
        if answer.document is not None:
            parts.append(f"fileAssetId {answer.document.oceafin_file_asset_id}")
        body["walletOwnershipProof"] = ": ".join(part for part in parts if part)
    return body


def document_settled(document: Document, outcome: kinds.Outcome, now: datetime) -> None:
    """Answers that waited for their document leave now; where Oceafin does not take it, the task waits again."""
    waiting = Answer.objects.filter(document=document, outcome="", task__state=TravelRuleState.SENDING)
    for pk in waiting.values_list("pk", flat=True):
        answer = _locked(pk)
        if isinstance(outcome, kinds.Accepted):
            write(answer, now=now)
        elif isinstance(outcome, kinds.Refused):
            _refused(answer, _("The document was not taken: %(said)s") % {"said": outcome.detail}, now=now)


def _gate(submission: Submission, now: datetime) -> GateAnswer:
    answer = _answer_of(submission)
    deposit, task = answer.task.deposit, answer.task
    newest = task.answers.order_by("-version").first()
    if task.state != TravelRuleState.SENDING or newest is None or newest.pk != answer.pk:
        return Withdraw(_("Oceafin no longer waits for this answer."))
    if deposit.customer is None:
        return Wait(_("It is not certain whose deposit this is. Somebody matches it first."), now + LATER)
    sentence = deposit.customer.refusal_reason()
    return Wait(sentence, now + LATER) if sentence else Go()


def _settle(submission: Submission, outcome: kinds.Outcome, now: datetime) -> None:
    answer = _answer_of(submission)
    task = answer.task
    if isinstance(outcome, kinds.Accepted):
        _close(answer, Outcome.TAKEN, "", now=now)
        _hear(task.deposit, outcome, now=now)
        _taken(task, now=now)
    elif isinstance(outcome, kinds.Refused):
        said = "; ".join([outcome.detail, *(f"{field}: {words}" for field, words in outcome.errors)])
        _refused(answer, said or outcome.code, now=now, code=outcome.code)
    elif isinstance(outcome, kinds.Withdrawn):
        _close(answer, Outcome.WITHDRAWN, outcome.reason, now=now)
    else:
        task.waits_for = outcome.reason[:300]
        task.save(update_fields=["waits_for"])


def _hear(deposit: Deposit, outcome: kinds.Accepted, *, now: datetime) -> None:
    owner = Owner(deposit.customer) if deposit.customer else Owner()
    hearing.hear(
        deposit.kind, outcome.resource, owner, found_by=FoundBy.REPLY, source=outcome.source, now=now
    )


def _taken(task: TravelRuleTask, *, now: datetime) -> None:
    """What the reply says of the deposit was heard just now, and may have moved the task farther than this."""
    deposit = hearing.locked(task.deposit_id)
    current = opening.locked(deposit)
    if current is None:
        return
    if current.state == TravelRuleState.SENDING:
        opening.move(current, TravelRuleState.SENT, source="reply", now=now, actor=WORKER)
    current.answered_at = deposit.said_at or now
    current.save(update_fields=["answered_at"])
    if deposit.customer is not None:
        plan.want(deposit.customer, "crypto_deposits", now=now)


def _refused(answer: Answer, said: str, *, now: datetime, code: str = "") -> None:
    _close(answer, Outcome.REFUSED, said, now=now)
    task = answer.task
    if task.state == TravelRuleState.SENDING:
        sentence = _("Oceafin did not take the answer: %(said)s") % {"said": said}
        opening.move(
            task,
            TravelRuleState.WAITING,
            source="reply",
            now=now,
            verb="travel_rule.refused",
            facts={"version": answer.version, "code": code},
            waits_for=sentence[:300],
        )
    if task.deposit.customer is not None:
        # It may not wait for it any more: what is true is read.
        plan.want(task.deposit.customer, "crypto_deposits", now=now)


def _close(answer: Answer, outcome: Outcome, words: str, *, now: datetime) -> None:
    answer.outcome, answer.outcome_words, answer.outcome_at = outcome, words[:300], now
    answer.save(update_fields=["outcome", "outcome_words", "outcome_at"])


def _identify(submission: Submission, resource: Resource) -> str:
    found = kinds.resource_with_id("depositId")(submission, resource)
    if found != Deposit.objects.values_list("deposit_id", flat=True).get(pk=submission.subject_id):
        raise Contradiction(_("Oceafin answered about another deposit than the one that was written about."))
    return found


def _look(submission: Submission, read: Read) -> Sight:
    """A deposit that waits no longer has got its answer."""
    deposit_id = Deposit.objects.values_list("deposit_id", flat=True).get(pk=submission.subject_id)
    reply = read(contract.path_for("getCryptoDeposit", depositId=deposit_id))
    if not isinstance(reply, Answered) or not isinstance(reply.data, dict):
        return kinds.Unreadable(_("The deposit could not be read."))
    if reply.data.get("depositId") != deposit_id:
        return kinds.Unreadable(_("Oceafin answered about another deposit."))
    waits = reply.data.get("status") in {"PENDING", PENDING_TRAVEL_RULE, None, ""}
    return kinds.NotFound() if waits else kinds.Found(reply.data)


def _answer_of(submission: Submission) -> Answer:
    version = int(submission.key.rsplit(":", 1)[1])
    return _locked(Answer.objects.get(task__deposit_id=int(submission.subject_id), version=version).pk)


def _locked(pk: int) -> Answer:
    """The answer with its task and deposit, locked from the customer on."""
    deposit = hearing.locked(Answer.objects.values_list("task__deposit_id", flat=True).get(pk=pk))
    task = opening.locked(deposit)
    answer = Answer.objects.select_related("document").get(pk=pk)
    if task is not None:
        answer.task = task
    return answer
