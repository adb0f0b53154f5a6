"""What a person does with a submission whose outcome nobody knows: look again, send it again, or close it.

None of it sends under another key or with other bytes, and looking never sends.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.audit import Actor, record
from backoffice.oceafin import bell, kinds, letters, outbox, rows, settling
from backoffice.oceafin.client import refuse_open_transaction
from backoffice.oceafin.models import Attempt, AttemptOutcome, Purpose, Submission
from backoffice.oceafin.states import SubmissionState
from backoffice.staff import rights
from backoffice.staff.errors import Refusal
from backoffice.staff.roles import Right

IN_DOUBT = (SubmissionState.UNCONFIRMED, SubmissionState.HELD)


class NotInDoubt(Refusal):
    """Its outcome is known, or it is on its way by itself."""


class BeingTried(Refusal):
    """A worker is asking Oceafin about it at this moment."""


class CannotLook(Refusal):
    """Oceafin offers nothing to read for this kind."""


class KeyTooOld(Refusal):
    """Oceafin may have forgotten the key, so that sending again could take effect twice."""


def safe_until(submission: Submission) -> datetime | None:
    """Until when it may be sent again under its key; None if it never left, or moves no money."""
    if not submission.moves_money or submission.first_left_at is None:
        return None
    lifetime: timedelta = settings.OCEAFIN_IDEMPOTENCY_KEY_LIFETIME
    return submission.first_left_at + settling.SAFE_SHARE_OF_KEY_LIFETIME * lifetime


def look_now(submission: Submission, *, right: Right, actor: Actor, now: datetime) -> kinds.Sight:
    """Read the world once, now, and settle it if the effect is there. Nothing is sent.

    Call with no transaction open. Raises NotAllowed, NotInDoubt, BeingTried, CannotLook.
    """
    refuse_open_transaction()
    with transaction.atomic():
        held = locked_in_doubt(submission)
        rights.require(actor, right, now)
        kind = kinds.kind_of(held)
        if kind.look is None:
            raise CannotLook(_("Oceafin offers nothing to read for this. Ask its support."))
        record(actor=actor, verb="submission.looked", subject=held, now=now, facts={"key": held.key})
        attempt = rows.lease(
            held,
            purpose=Purpose.LOOK,
            worker=f"staff {actor.id}"[:80],
            request_id=letters.new_request_id(),
            length=settling.lease_length(held),
            now=rows.locked(held.pk)[1],
        )
    sight = outbox.look(kind, held)
    with transaction.atomic():
        _take_down(attempt, sight)
    return sight


def send_again(submission: Submission, *, right: Right, actor: Actor, note: str, now: datetime) -> None:
    """Let it be sent again under its own key; the world is read first if any try may have arrived.

    Raises NotAllowed, NotInDoubt, BeingTried, KeyTooOld.
    """
    with transaction.atomic():
        doubted = locked_in_doubt(submission)
        rights.require(actor, right, now)
        if not settling.key_is_fresh(doubted, now=rows.locked(doubted.pk)[1]):
            raise KeyTooOld(
                _(
                    "The key is too old: Oceafin may have forgotten it, and sending again could pay twice. "
                    "Look again, or ask Oceafin's support what became of it."
                )
            )
        if doubted.state == SubmissionState.HELD:
            outbox.release_held(doubted, actor=actor, note=note, now=now)
            return
        facts = {"key": doubted.key}
        record(actor=actor, verb="submission.hurried", subject=doubted, now=now, facts=facts)
        settling.release_lease(doubted, due_at=now, waits_for=doubted.waits_for)
        bell.ring_after_commit(doubted.lane)


def locked_in_doubt(submission: Submission) -> Submission:
    """The row, locked, if its outcome is in doubt and nobody asks at this moment. Raises NotInDoubt, BeingTried.

    Call in a transaction, before the app's record is locked.
    """
    locked, now = rows.locked(submission.pk)
    if locked.state not in IN_DOUBT:
        raise NotInDoubt(
            _("What became of this is known by now, or it goes on by itself. Read the page again.")
        )
    if locked.leased_until is not None and locked.leased_until > now:
        raise BeingTried(_("Oceafin is being asked about this at this moment. Try again in a minute."))
    return locked


def stop(submission: Submission, *, reason: str, now: datetime) -> Submission:
    """While people decide, nothing of it is sent. Call in a transaction. Raises NotInDoubt, BeingTried."""
    doubted = locked_in_doubt(submission)
    if doubted.state == SubmissionState.UNCONFIRMED:
        settling.hold(doubted, reason=reason, now=now)
    return doubted


def close(doubted: Submission, *, reason: str, now: datetime) -> None:
    """People found out that it took no effect: it is never sent again.

    `doubted` comes from `locked_in_doubt`; who may say so, and on what evidence, is the app's rule, and its record
    was moved before in the same transaction. A later sign of the effect reaches the app as an event.
    """
    if doubted.state == SubmissionState.UNCONFIRMED:
        settling.hold(doubted, reason=reason, now=now)
    settling.withdraw(doubted, reason=reason, now=now)


def _take_down(attempt: Attempt, sight: kinds.Sight) -> None:
    submission, now = rows.locked(attempt.submission_id)
    if isinstance(sight, kinds.Found):
        outbox.close_attempt(attempt, AttemptOutcome.FOUND, detail=_("The effect is there."), now=now)
        outbox.accept_found(submission, sight.resource, now=now)
    elif isinstance(sight, kinds.NotFound):
        outbox.close_attempt(attempt, AttemptOutcome.NOT_FOUND, detail=_("The effect is not there."), now=now)
    else:
        outbox.close_attempt(attempt, AttemptOutcome.UNREADABLE, detail=sight.reason, now=now)
    if submission.lease_number == attempt.number and submission.leased_until is not None:
        settling.release_lease(submission, due_at=submission.due_at, waits_for=submission.waits_for)
