"""What an attempt's outcome does to its submission. Everything here runs in one transaction, under its lock.

Lock order, everywhere: the submission first, then the app's record. Services of the apps never lock
submissions; they move their record, and the gate sees it at the next claim.
"""

from datetime import datetime, timedelta

from django.conf import settings

from backoffice import audit
from backoffice.audit import Actor
from backoffice.oceafin import backoff, bell, kinds, permits
from backoffice.oceafin.codes import STATE_INVALID
from backoffice.oceafin.judging import Verdict
from backoffice.oceafin.models import Attempt, AttemptOutcome, Purpose, Submission
from backoffice.oceafin.states import SUBMISSION, SubmissionState

# Of the time that Oceafin remembers a key, this much may pass before a money call is only read.
SAFE_SHARE_OF_KEY_LIFETIME = 0.8


def apply(submission: Submission, attempt: Attempt, verdict: Verdict, *, now: datetime) -> None:
    """Move the submission by one verdict and tell its app. The caller holds the lock and the lease."""
    note_leaving(submission, attempt, verdict)
    operation = kinds.kind_of(submission).operation
    permits.heed(operation, code=verdict.code, detail=verdict.detail, now=now)
    if verdict.hold:
        hold(submission, reason=verdict.hold, now=now)
    elif verdict.outcome == AttemptOutcome.ACCEPTED:
        accept(submission, verdict.resource or {}, resource_id=verdict.resource_id, source="reply", now=now)
    elif verdict.outcome == AttemptOutcome.REFUSED:
        _refuse(submission, attempt, verdict, now=now)
    elif verdict.outcome == AttemptOutcome.BUSY:
        _postpone(submission, verdict, now=now)
    else:
        leave_unconfirmed(submission, verdict, now=now)


def note_leaving(submission: Submission, attempt: Attempt, verdict: Verdict) -> None:
    """From the first try that left, the key grows old."""
    if verdict.left and attempt.purpose == Purpose.SEND and submission.first_left_at is None:
        submission.first_left_at = attempt.opened_at


def accept(
    submission: Submission, resource: kinds.Resource, *, resource_id: str, source: str, now: datetime
) -> None:
    _move(submission, SubmissionState.ACCEPTED, now=now, verb="submission.accepted", resource_id=resource_id)
    kinds.kind_of(submission).settle(submission, kinds.Accepted(resource, source), now)


def hold(submission: Submission, *, reason: str, now: datetime) -> None:
    _move(submission, SubmissionState.HELD, now=now, verb="submission.held", waits_for=reason)
    kinds.kind_of(submission).settle(submission, kinds.Held(reason), now)


def withdraw(submission: Submission, *, reason: str, now: datetime) -> None:
    _move(submission, SubmissionState.WITHDRAWN, now=now, verb="submission.withdrawn", waits_for=reason)
    kinds.kind_of(submission).settle(submission, kinds.Withdrawn(reason), now)


def settle_refusal(submission: Submission, verdict: Verdict, *, now: datetime) -> None:
    _move(submission, SubmissionState.REFUSED, now=now, verb="submission.refused", waits_for=verdict.detail)
    refused = kinds.Refused(verdict.code, verdict.detail, verdict.status, verdict.errors)
    kinds.kind_of(submission).settle(submission, refused, now)


def leave_unconfirmed(submission: Submission, verdict: Verdict, *, now: datetime) -> None:
    """It may have taken effect: only evidence clears this, never a timer."""
    submission.tries += 1
    submission.delays += 1
    if submission.tries >= backoff.MAX_TRIES and not submission.moves_money:
        hold(submission, reason=f"Sent {submission.tries} times without a readable answer.", now=now)
        return
    due_at = now + backoff.delay(submission.delays, retry_after=verdict.retry_after)
    sentence = f"No readable answer came ({verdict.detail}). Asked for, then sent again under the same key."
    if submission.state == SubmissionState.UNCONFIRMED:
        release_lease(submission, due_at=due_at, waits_for=sentence)
        return
    _move(
        submission,
        SubmissionState.UNCONFIRMED,
        now=now,
        verb="submission.unconfirmed",
        waits_for=sentence,
        due_at=due_at,
    )
    kinds.kind_of(submission).settle(submission, kinds.Unconfirmed(verdict.detail), now)


def put_back(submission: Submission, to: SubmissionState, *, now: datetime) -> None:
    """From HELD back into the queue, due at once."""
    _move(submission, to, now=now, verb="submission.queued_again", due_at=now)
    bell.ring_after_commit(submission.lane)


def release_lease(submission: Submission, *, due_at: datetime, waits_for: str) -> None:
    submission.due_at, submission.waits_for = due_at, waits_for[:300]
    submission.leased_until, submission.leased_by = None, ""
    submission.save(
        update_fields=["due_at", "waits_for", "leased_until", "leased_by", "tries", "delays", "first_left_at"]
    )


def key_is_fresh(submission: Submission, *, now: datetime) -> bool:
    """Whether Oceafin surely still remembers the key of a money call, so that sending again is safe."""
    if not submission.moves_money or submission.first_left_at is None:
        return True
    return (
        now
        < submission.first_left_at + SAFE_SHARE_OF_KEY_LIFETIME * settings.OCEAFIN_IDEMPOTENCY_KEY_LIFETIME
    )


def is_unconfirmed(submission: Submission, *, beside: Attempt | None = None) -> bool:
    """Whether a try (other than `beside`) left and may have taken effect.

    An acceptance counts as long as the letter is not settled by it: it came when its lease was over, or our
    own handling of it failed.
    """
    maybe = submission.attempts.filter(
        purpose=Purpose.SEND,
        outcome__in=[AttemptOutcome.OPEN, AttemptOutcome.UNCONFIRMED, AttemptOutcome.ACCEPTED],
    )
    return (maybe.exclude(pk=beside.pk) if beside else maybe).exists()


def met_an_error(submission: Submission) -> bool:
    """Whether a money call was answered "not now" with a 5xx. Something in between may have said that after
    Oceafin took it, so the world is read before the payment is called off or sent in another form."""
    return submission.moves_money and submission.attempts.filter(status_code__gte=500).exists()


def refused_last(submission: Submission) -> Attempt | None:
    """The newest send, if Oceafin refused it: after a look that found nothing, that is the word."""
    last = submission.attempts.filter(purpose=Purpose.SEND).order_by("-number").first()
    return last if last is not None and last.outcome == AttemptOutcome.REFUSED else None


def _refuse(submission: Submission, attempt: Attempt, verdict: Verdict, *, now: datetime) -> None:
    doubtful = is_unconfirmed(submission, beside=attempt)
    look = kinds.kind_of(submission).look
    if look and (doubtful or verdict.code == STATE_INVALID or met_an_error(submission)):
        # A no that follows silence proves nothing about the silent try: read the world first, at once.
        sentence = "Oceafin said no after a try without an answer. What took effect is read first."
        if submission.state == SubmissionState.QUEUED:
            _move(
                submission,
                SubmissionState.UNCONFIRMED,
                now=now,
                verb="submission.unconfirmed",
                waits_for=sentence,
                due_at=now,
            )
            kinds.kind_of(submission).settle(submission, kinds.Unconfirmed(sentence), now)
        else:
            release_lease(submission, due_at=now, waits_for=sentence)
        bell.ring_after_commit(submission.lane)
    elif doubtful and submission.moves_money:
        hold(submission, reason=f"Refused after an unanswered try: {verdict.detail}", now=now)
    else:
        settle_refusal(submission, verdict, now=now)


def _postpone(submission: Submission, verdict: Verdict, *, now: datetime) -> None:
    submission.delays += 1
    due_at = now + backoff.delay(submission.delays, retry_after=verdict.retry_after)
    release_lease(submission, due_at=due_at, waits_for=f"Oceafin could not take it yet ({verdict.detail})")


def _move(
    submission: Submission,
    to: SubmissionState,
    *,
    now: datetime,
    verb: str,
    waits_for: str = "",
    due_at: datetime | None = None,
    resource_id: str = "",
) -> None:
    final = to in SUBMISSION.final
    audit.move(
        submission,
        to,
        machine=SUBMISSION,
        actor=Actor.system("outbox"),
        now=now,
        verb=verb,
        facts={"key": submission.key, "kind": submission.kind},
        waits_for=waits_for[:300],
        due_at=due_at or submission.due_at,
        resource_id=resource_id[:64],
        leased_until=None,
        leased_by="",
        tries=submission.tries,
        delays=submission.delays,
        first_left_at=submission.first_left_at,
        settled_at=now if final else None,
    )


def lease_length(submission: Submission) -> timedelta:
    return timedelta(seconds=180 if submission.carries_file else 60)
