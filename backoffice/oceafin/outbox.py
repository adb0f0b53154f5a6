"""The outgoing border: claim a due row, deliver its frozen bytes, settle by the reply.

1. A decision writes the letter in its own transaction (`enqueue`); the bell rings after the commit.
2. `claim`: one transaction asks the app's gate, leases the row by the database's clock and opens an Attempt.
3. `deliver`: no transaction is open while bytes travel; the same key and body each time, a new nonce.
4. `settle`: one transaction writes the reply on the Attempt, moves the Submission and the app's record.
5. A worker that died leaves an open Attempt: when its lease runs out, that counts as unconfirmed.
6. A worker that woke late still writes its reply on its own Attempt, and the sweep settles from it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction
from django.db.models.functions import Now

from backoffice import vault
from backoffice.audit import Actor, record
from backoffice.oceafin import backoff, bell, breaker, kinds, letters, permits, reads, rows, settling
from backoffice.oceafin.client import TransactionOpen, client, refuse_open_transaction
from backoffice.oceafin.freezing import FrozenFile, KeyTaken, enqueue
from backoffice.oceafin.judging import Verdict, judge
from backoffice.oceafin.models import REPLY_CONTEXT, Attempt, AttemptOutcome, Purpose, Submission
from backoffice.oceafin.states import SUBMISSION, SubmissionState
from backoffice.oceafin.wire import Answer, BodyChanged, BodyUnreadable, NoAnswer, Problem, Reply
from backoffice.staff.errors import Refusal

__all__ = [
    "Claimed",
    "FrozenFile",
    "KeyTaken",
    "TransactionOpen",
    "accept_found",
    "claim",
    "close_attempt",
    "deliver",
    "deliver_due",
    "enqueue",
    "look",
    "permitted",
    "release_held",
    "settle_from_evidence",
]

QUEUES = (SubmissionState.QUEUED, SubmissionState.UNCONFIRMED)
KEPT_REPLY_BYTES = 256 * 1024
GATE_FAILED = timedelta(minutes=1)
# What is switched off at Oceafin is asked about so seldom: when it may go, it is woken (see `permitted`).
OFF_FOR = timedelta(minutes=15)
# A storage that stays away this long is shown to a person.
STORAGE_TRIES = 12

log = structlog.get_logger(__name__)


class NotHeld(Refusal):
    """Only what is held can be released."""


@dataclass(frozen=True)
class Claimed:
    """A leased row and its open Attempt. `look_first` reads the world before any byte is sent again."""

    submission: Submission
    attempt: Attempt
    look_first: bool
    may_send: bool
    # No longer wanted: withdrawn if the look finds nothing.
    withdraw: str = ""


def deliver_due(*, lane: str, worker: str, limit: int = 200) -> int:
    """Deliver due rows of one lane until none is due or the limit is reached; return how many."""
    count = 0
    while count < limit:
        claimed = claim(lane=lane, worker=worker)
        if claimed is None:
            break
        deliver(claimed)
        count += 1
    return count


def claim(*, lane: str, worker: str) -> Claimed | None:
    """Lease the next due row that its app lets go, or None. Rows that may not go are put off or withdrawn."""
    while True:
        try:
            with transaction.atomic():
                due = rows.next_due(lane)
                if due is None:
                    return None
                claimed = _weigh(due[0], worker=worker, now=due[1])
        except GateFailed as failure:
            _put_off(failure.submission)
            continue
        if claimed is not None:
            return claimed


def deliver(claimed: Claimed) -> None:
    """Carry one claimed row to Oceafin and settle it. Promise: whatever happens here, the row is never lost,
    and never sent under another key or with other bytes."""
    refuse_open_transaction()
    submission, attempt = claimed.submission, claimed.attempt
    kind = kinds.kind_of(submission)
    if claimed.look_first:
        sight = look(kind, submission)
        next_attempt = _settle_look(claimed, sight)
        if next_attempt is None:
            return
        attempt = next_attempt
    verdict, reply = _send(kind, submission, attempt)
    _settle(attempt, verdict, reply=reply)


def settle_from_evidence(
    submission: Submission, resource: kinds.Resource, *, source: str, now: datetime
) -> bool:
    """Accept a submission because a read or an event shows its effect. Call in a transaction, before the app's
    record is locked. Returns False if it was settled already or can no longer be accepted."""
    locked, _ = rows.locked(submission.pk)
    if not SUBMISSION.allows(locked.state, SubmissionState.ACCEPTED):
        return False
    resource_id = kinds.kind_of(locked).identify(locked, resource)
    settling.accept(locked, resource, resource_id=resource_id, source=source, now=now)
    return True


def permitted(operation: str) -> None:
    """An operation that was switched off may be tried again: what waited for it is due once this commits."""
    names = [kind.name for kind in kinds.all_kinds() if kind.operation == operation]

    def wake() -> None:
        # After the commit: whoever claims one now sees that it may go, and no lock is held while we wait for one.
        waiting = Submission.objects.filter(kind__in=names, state__in=QUEUES)
        if waiting.update(due_at=Now()):
            for lane in {kinds.named(name).lane for name in names}:
                bell.ring(lane)

    transaction.on_commit(wake, robust=True)


def release_held(submission: Submission, *, actor: Actor, note: str, now: datetime) -> None:
    """Let a held submission be looked at and, where its key is fresh, sent again under the same key.

    Raises NotHeld. The world is read first if any try may have arrived.
    """
    with transaction.atomic():
        locked, _ = rows.locked(submission.pk)
        if locked.state != SubmissionState.HELD:
            raise NotHeld("This is no longer held: somebody released it, or evidence settled it.")
        to = SubmissionState.UNCONFIRMED if locked.first_left_at else SubmissionState.QUEUED
        record(
            actor=actor,
            verb="submission.released",
            subject=locked,
            now=now,
            note=note,
            customer_key=locked.vault_key,
            facts={"key": locked.key},
        )
        locked.tries = locked.delays = 0
        settling.put_back(locked, to, now=now)


class GateFailed(Exception):
    """The app's own check broke. One record that cannot be checked must not stop the queue behind it."""

    def __init__(self, submission: Submission) -> None:
        super().__init__(f"The gate of {submission} failed.")
        self.submission = submission


def _put_off(submission: Submission) -> None:
    with transaction.atomic():
        locked, now = rows.locked(submission.pk)
        if locked.leased_until is None and not locked.is_final:
            sentence = "Our own check failed; it is tried again every minute."
            settling.release_lease(locked, due_at=now + GATE_FAILED, waits_for=sentence)


def _weigh(submission: Submission, *, worker: str, now: datetime) -> Claimed | None:
    kind = kinds.kind_of(submission)
    try:
        answer = _ask_gate(kind, submission, now)
    except Exception as error:
        log.exception("outbox.gate_failed", submission=submission.pk, kind=submission.kind)
        raise GateFailed(submission) from error
    # One that is queued can be in doubt too: Oceafin answered, and our own handling of the answer failed.
    doubtful = submission.state == SubmissionState.UNCONFIRMED or (
        submission.lease_number > 0 and settling.is_unconfirmed(submission)
    )
    if isinstance(answer, kinds.Withdraw) and not doubtful:
        if kind.look is not None and settling.met_an_error(submission):
            attempt = _open_attempt(submission, purpose=Purpose.LOOK, worker=worker, now=now)
            return Claimed(submission, attempt, look_first=True, may_send=False, withdraw=answer.reason)
        settling.withdraw(submission, reason=answer.reason, now=now)
        return None
    fresh = settling.key_is_fresh(submission, now=now)
    may_send = isinstance(answer, kinds.Go) and fresh and not (doubtful and settling.refused_last(submission))
    look_first = kind.look is not None and (doubtful or not fresh)
    if may_send or look_first:
        return _leased(submission, worker=worker, now=now, look_first=look_first, may_send=may_send)
    if isinstance(answer, kinds.Wait):
        settling.release_lease(submission, due_at=answer.until, waits_for=answer.reason)
    elif isinstance(answer, kinds.Withdraw) and submission.state == SubmissionState.UNCONFIRMED:
        # Nothing can be read, and it must not be sent: no evidence would ever come by itself.
        reason = f"It may have reached Oceafin, and cannot be looked for. {answer.reason}"
        settling.hold(submission, reason=reason, now=now)
    elif isinstance(answer, kinds.Withdraw):
        settling.release_lease(submission, due_at=now + GATE_FAILED, waits_for=answer.reason)
    else:
        settling.hold(submission, reason="Too old to be sent again safely, and it cannot be read.", now=now)
    return None


def _ask_gate(kind: kinds.Kind, submission: Submission, now: datetime) -> kinds.GateAnswer:
    """The gate's word. Of an operation that is switched off only a withdrawal counts.

    The gate moves the record that it lets go, so what it did is undone where its letter stays here after all.
    """
    off = permits.off(kind.operation)
    if off is None:
        return kind.gate(submission, now)
    with transaction.atomic():
        answer = kind.gate(submission, now)
        if isinstance(answer, kinds.Withdraw):
            return answer
        transaction.set_rollback(True)
    return kinds.Wait(off.sentence, now + OFF_FOR)


def _leased(
    submission: Submission, *, worker: str, now: datetime, look_first: bool, may_send: bool
) -> Claimed:
    purpose = Purpose.LOOK if look_first else Purpose.SEND
    attempt = _open_attempt(submission, purpose=purpose, worker=worker, now=now)
    return Claimed(submission, attempt, look_first=look_first, may_send=may_send)


def _open_attempt(submission: Submission, *, purpose: Purpose, worker: str, now: datetime) -> Attempt:
    return rows.lease(
        submission,
        purpose=purpose,
        worker=worker,
        request_id=letters.new_request_id(),
        length=settling.lease_length(submission),
        now=now,
    )


def _send(kind: kinds.Kind, submission: Submission, attempt: Attempt) -> tuple[Verdict, Reply | None]:
    try:
        request = letters.request_for(submission)
        reply = client().send(request, now=attempt.opened_at, request_id=attempt.request_id)
    except BodyChanged as changed:
        # The last bytes were held back, so no whole request arrived.
        return Verdict(AttemptOutcome.BUSY, detail=str(changed), left=False, hold=str(changed)), None
    except (BodyUnreadable, vault.KeyDestroyed, vault.SealBroken) as lost:
        hold = "" if submission.delays < STORAGE_TRIES else str(lost)
        return Verdict(AttemptOutcome.BUSY, detail=str(lost), left=False, hold=hold), None
    return judge(reply, submission=submission, kind=kind), reply


def look(kind: kinds.Kind, submission: Submission) -> kinds.Sight:
    """Read the world for the effect. Call with no transaction open."""
    if kind.look is None:
        return kinds.Unreadable("There is nothing to read for this kind.")
    try:
        return kind.look(submission, reads.read)
    except Exception as error:  # a read that fails is put off, never taken for an answer
        log.exception("outbox.look_failed", submission=submission.pk)
        return kinds.Unreadable(f"The read failed ({type(error).__name__}).")


def _settle_look(claimed: Claimed, sight: kinds.Sight) -> Attempt | None:
    """Settle by what the world shows; return a new Attempt if the bytes are to be sent again now."""
    attempt = claimed.attempt
    with transaction.atomic():
        submission, now = rows.locked(attempt.submission_id)
        ours = submission.lease_number == attempt.number and not submission.is_final
        if isinstance(sight, kinds.Found):
            close_attempt(attempt, AttemptOutcome.FOUND, detail="The effect is there.", now=now)
            accept_found(submission, sight.resource, now=now)
            return None
        if isinstance(sight, kinds.Unreadable):
            close_attempt(attempt, AttemptOutcome.UNREADABLE, detail=sight.reason, now=now)
            if ours:
                submission.delays += 1
                sentence = f"Whether it took effect could not be read ({sight.reason})."
                settling.release_lease(
                    submission, due_at=now + backoff.delay(submission.delays), waits_for=sentence
                )
            return None
        close_attempt(attempt, AttemptOutcome.NOT_FOUND, detail="The effect is not there.", now=now)
        return _after_nothing_found(submission, claimed, now=now) if ours else None


def accept_found(submission: Submission, resource: kinds.Resource, *, now: datetime) -> None:
    """Settle by an effect that was found. The caller holds the lock."""
    if not SUBMISSION.allows(submission.state, SubmissionState.ACCEPTED):
        return
    try:
        resource_id = kinds.kind_of(submission).identify(submission, resource)
    except (kinds.Foreign, kinds.Contradiction) as contradiction:
        if submission.state != SubmissionState.HELD:
            settling.hold(
                submission, reason=f"What Oceafin shows is not what was sent: {contradiction}", now=now
            )
        return
    settling.accept(submission, resource, resource_id=resource_id, source="read", now=now)


def _after_nothing_found(submission: Submission, claimed: Claimed, *, now: datetime) -> Attempt | None:
    refusal = settling.refused_last(submission)
    if claimed.withdraw:
        settling.withdraw(submission, reason=claimed.withdraw, now=now)
    elif refusal is not None and submission.moves_money and settling.is_unconfirmed(submission):
        reason = f"Refused after an unanswered try, and nothing is to be found at Oceafin: {refusal.detail}"
        settling.hold(submission, reason=reason, now=now)
    elif refusal is not None:
        verdict = Verdict(
            AttemptOutcome.REFUSED, detail=refusal.detail, code=refusal.code, status=refusal.status_code
        )
        settling.settle_refusal(submission, verdict, now=now)
    elif claimed.may_send:
        return _open_attempt(submission, purpose=Purpose.SEND, worker=claimed.attempt.worker, now=now)
    elif not settling.key_is_fresh(submission, now=now):
        reason = "Nothing is to be found at Oceafin, and the key is too old to be sent again safely."
        settling.hold(submission, reason=reason, now=now)
    else:
        submission.delays += 1
        settling.release_lease(
            submission,
            due_at=now + backoff.delay(submission.delays),
            waits_for="Not sent again for now; whether it took effect is read again.",
        )
    return None


def _settle(attempt: Attempt, verdict: Verdict, *, reply: Reply | None) -> None:
    try:
        _settle_in_one_transaction(attempt, verdict, reply=reply, apply=True)
    except Exception:
        if connection.in_atomic_block or not connection.is_usable():
            raise
        # Our own handling failed; the reply is worth more than the handler. Keep it, and let the sweep retry.
        log.exception("outbox.settling_failed", submission=attempt.submission_id)
        _settle_in_one_transaction(attempt, verdict, reply=reply, apply=False)


def _settle_in_one_transaction(
    attempt: Attempt, verdict: Verdict, *, reply: Reply | None, apply: bool
) -> None:
    with transaction.atomic():
        submission, now = rows.locked(attempt.submission_id)
        late = submission.lease_number != attempt.number
        unsettled = (late or not apply) and not submission.is_final
        # It was closed meanwhile: what Oceafin took all the same is told to its app by the sweep.
        unsettled |= submission.is_closed and verdict.outcome == AttemptOutcome.ACCEPTED
        close_attempt(attempt, verdict.outcome, now=now, verdict=verdict, reply=reply, unsettled=unsettled)
        if submission.is_final or late:
            return
        if apply:
            settling.apply(submission, attempt, verdict, now=now)
        else:
            settling.note_leaving(submission, attempt, verdict)
            settling.release_lease(
                submission,
                due_at=now + timedelta(minutes=1),
                waits_for="Oceafin answered, but the record could not be updated. It is tried again.",
            )
        breaker.observe(attempt, now=now)


def close_attempt(
    attempt: Attempt,
    outcome: AttemptOutcome,
    *,
    now: datetime,
    detail: str = "",
    verdict: Verdict | None = None,
    reply: Reply | None = None,
    unsettled: bool = False,
) -> None:
    """Write down what came of a try."""
    attempt.outcome, attempt.closed_at, attempt.unsettled = outcome, now, unsettled
    attempt.detail = (verdict.detail if verdict else detail)[:500]
    if isinstance(reply, Answer | Problem):
        attempt.status_code, attempt.oceafin_request_id = reply.status, reply.oceafin_request_id[:128]
        attempt.code = reply.code[:80] if isinstance(reply, Problem) else ""
        kept = reply.body[:KEPT_REPLY_BYTES]
        attempt.reply_sealed = vault.seal(attempt.submission.vault_key, kept, context=REPLY_CONTEXT)
    if isinstance(reply, Answer | Problem | NoAnswer):
        attempt.nonce = reply.nonce
    rows.close(attempt)
