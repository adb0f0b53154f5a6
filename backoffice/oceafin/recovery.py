"""What the sweep mends: leases of workers that died, and replies that came too late for their lease."""

import json
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import connection, transaction

from backoffice.oceafin import backoff, kinds, settling
from backoffice.oceafin.clock import database_now
from backoffice.oceafin.judging import Verdict
from backoffice.oceafin.models import Attempt, AttemptOutcome, Purpose, Submission

AGAIN = timedelta(minutes=1)

log = structlog.get_logger(__name__)


def recover_leases(*, limit: int = 200) -> int:
    """Take back rows whose worker stopped answering. A send that was open counts as unconfirmed.

    A row that cannot be taken back does not keep the others; the next sweep tries it again.
    """
    count = 0
    failed: set[int] = set()
    while count < limit and _recover_next(failed):
        count += 1
    return count - len(failed)


def settle_late_replies(*, limit: int = 200) -> int:
    """Settle from replies that were written after their lease was lost, or that our handling failed on."""
    count = 0
    for pk in list(
        Attempt.objects.filter(unsettled=True).order_by("id").values_list("pk", flat=True)[:limit]
    ):
        try:
            count += _settle_late(pk)
        except Exception:
            if not connection.is_usable():
                raise
            log.exception("outbox.late_reply_failed", attempt=pk)
            _put_off(pk)
    return count


def _recover_next(failed: set[int]) -> bool:
    submission = None
    try:
        with transaction.atomic():
            now = database_now()
            submission = (
                Submission.objects.select_for_update(skip_locked=True)
                .filter(leased_until__lt=now)
                .exclude(pk__in=failed)
                .order_by("leased_until")
                .first()
            )
            if submission is not None:
                _recover(submission, now)
    except Exception:
        if submission is None or not connection.is_usable():
            raise
        log.exception("outbox.recovery_failed", submission=submission.pk)
        failed.add(submission.pk)
    return submission is not None


def _recover(submission: Submission, now: datetime) -> None:
    attempt = submission.attempts.filter(number=submission.lease_number).first()
    if submission.is_final or attempt is None or attempt.outcome != AttemptOutcome.OPEN:
        settling.release_lease(submission, due_at=submission.due_at, waits_for=submission.waits_for)
        return
    looked = attempt.purpose == Purpose.LOOK
    attempt.outcome = AttemptOutcome.UNREADABLE if looked else AttemptOutcome.UNCONFIRMED
    attempt.detail, attempt.closed_at = "The worker stopped before an answer was written.", now
    attempt.save(update_fields=["outcome", "detail", "closed_at"])
    if looked:
        submission.delays += 1
        due_at = now + backoff.delay(submission.delays)
        settling.release_lease(submission, due_at=due_at, waits_for=submission.waits_for)
    else:
        verdict = Verdict(AttemptOutcome.UNCONFIRMED, detail=attempt.detail)
        settling.apply(submission, attempt, verdict, now=now)


def _settle_late(pk: int) -> int:
    with transaction.atomic():
        found = Attempt.objects.filter(pk=pk, unsettled=True).first()
        if found is None:
            return 0
        # The submission first, everywhere; then its attempt is read again under that lock.
        submission = Submission.objects.select_for_update().get(pk=found.submission_id)
        attempt = Attempt.objects.get(pk=pk)
        now = database_now()
        if not attempt.unsettled or (submission.due_at > now and not submission.is_final):
            return 0
        if attempt.outcome == AttemptOutcome.ACCEPTED:
            _accept_late(submission, _resource(attempt), now)
        # A late no proves nothing about the tries that followed: only an acceptance is evidence.
        attempt.unsettled = False
        attempt.save(update_fields=["unsettled"])
        return 1


def _accept_late(submission: Submission, resource: dict[str, Any], now: datetime) -> None:
    kind = kinds.kind_of(submission)
    if not submission.is_final:
        resource_id = kind.identify(submission, resource)
        settling.accept(submission, resource, resource_id=resource_id, source="late reply", now=now)
    elif submission.is_closed and kind.after_all is not None:
        kind.after_all(submission, resource, now)


def _resource(attempt: Attempt) -> dict[str, Any]:
    data = json.loads(attempt.reply, parse_float=str)
    return data if isinstance(data, dict) else {}


def _put_off(pk: int) -> None:
    now = database_now()
    Submission.objects.filter(attempts__pk=pk, leased_until__isnull=True).update(due_at=now + AGAIN)
