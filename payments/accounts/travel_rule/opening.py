"""When a task opens, waits again and closes: by what Oceafin says of its deposit, whoever brought it."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from backoffice import audit
from backoffice.audit import Actor
from backoffice.oceafin.codes import TRAVEL_RULE_REQUIRED
from backoffice.oceafin.wire import Problem
from payments.accounts.deposits import hearing
from payments.accounts.deposits.hearing import Word
from payments.accounts.deposits.models import PENDING_TRAVEL_RULE, Deposit, Kind
from payments.accounts.refundable import CRYPTO_DEPOSIT
from payments.accounts.travel_rule import telling
from payments.accounts.travel_rule.models import TravelRuleTask
from payments.accounts.travel_rule.states import DONE, TRAVEL_RULE, TravelRuleState

# Oceafin's words (contract, ASSUMED): the deposit went on, or came to its end without being let in.
WENT_ON = frozenset({"PROCESSING", "COMPLETED"})
ENDED = frozenset({"FAILED", "RETURNED"})


def heard(word: Word) -> None:
    """A word about a deposit counts: open its task, let it wait again, or close it. The deposit is locked."""
    deposit = word.deposit
    if deposit.kind != Kind.CRYPTO:
        return
    task = locked(deposit)
    if deposit.status == PENDING_TRAVEL_RULE:
        if task is None:
            _open(deposit, source=word.source, now=word.now)
        elif _asks_again(task, word):
            ask_again(task, source=word.source, now=word.now)
    elif task is not None and task.state not in DONE:
        if deposit.status in WENT_ON:
            move(task, TravelRuleState.ACCEPTED, source=word.source, now=word.now)
        elif deposit.status in ENDED:
            move(task, TravelRuleState.CLOSED, source=word.source, now=word.now)


@transaction.atomic
def required_by_reply(deposit_id: str, reply: Problem | str, *, now: datetime) -> bool:
    """Oceafin refused something of ours for want of the Travel Rule: its task opens or waits again.

    `reply` is the problem or its code; any other code is none of its business. Returns False if the deposit is not
    known here. Call before anything behind the deposit in the order of locks is locked.
    """
    code = reply.code if isinstance(reply, Problem) else reply
    pk = Deposit.objects.filter(kind=Kind.CRYPTO, deposit_id=deposit_id).values_list("pk", flat=True).first()
    if code != TRAVEL_RULE_REQUIRED or pk is None:
        return False
    deposit = hearing.locked(pk)
    task = locked(deposit)
    if task is None:
        _open(deposit, source="reply", now=now)
    elif task.state in DONE:
        ask_again(task, source="reply", now=now)
    return True


def payment_moved(payment: Any, _old: str, to: str, now: datetime) -> None:
    """A refund of coins that Oceafin refused for want of the Travel Rule: called with its customer locked."""
    if (
        to == "FAILED"
        and payment.failure_code == TRAVEL_RULE_REQUIRED
        and payment.source_type == CRYPTO_DEPOSIT
    ):
        required_by_reply(payment.source_id, TRAVEL_RULE_REQUIRED, now=now)


def ask_again(task: TravelRuleTask, *, source: str, now: datetime) -> None:
    """Another round: a new due time, and what was answered before stays to be read."""
    move(
        task,
        TravelRuleState.WAITING,
        source=source,
        now=now,
        verb="travel_rule.asked_again",
        round=task.round + 1,
        asked_at=now,
        due_at=now + settings.TRAVEL_RULE_DUE,
        waits_for=_("Oceafin asks again. Read what was answered, and say more."),
    )


def move(
    task: TravelRuleTask, to: TravelRuleState, *, source: str, now: datetime, verb: str = "", **changes: Any
) -> None:
    changes.setdefault("waits_for", "")
    audit.move(
        task,
        to,
        machine=TRAVEL_RULE,
        actor=changes.pop("actor", None) or Actor.oceafin(source),
        now=now,
        verb=verb or f"travel_rule.{to.lower()}",
        facts={"deposit": task.deposit.deposit_id, **changes.pop("facts", {})},
        **changes,
    )


def locked(deposit: Deposit) -> TravelRuleTask | None:
    """The deposit's task, locked. The deposit is locked already."""
    rows = TravelRuleTask.objects.select_for_update(no_key=True, of=("self",))
    task = rows.filter(deposit=deposit).first()
    if task is not None:
        task.deposit = deposit
    return task


def _open(deposit: Deposit, *, source: str, now: datetime) -> TravelRuleTask:
    task = TravelRuleTask.objects.create(
        deposit=deposit,
        state=TravelRuleState.WAITING,
        state_since=now,
        asked_at=now,
        due_at=now + settings.TRAVEL_RULE_DUE,
    )
    facts = {"deposit": deposit.deposit_id, "due": f"{task.due_at:%-d %B %Y, %H:%M} UTC"}
    actor = Actor.oceafin(source)
    audit.record(actor=actor, verb="travel_rule.asked", subject=task, now=now, facts=facts)
    telling.moved(task, "", task.state, now)
    return task


def _asks_again(task: TravelRuleTask, word: Word) -> bool:
    """It was answered, and Oceafin says later than that answer that it waits. The same word again is no question."""
    if task.state in {TravelRuleState.WAITING, TravelRuleState.SENDING}:
        return False
    if word.old != PENDING_TRAVEL_RULE:
        return True
    return word.at is not None and task.answered_at is not None and word.at > task.answered_at
