"""Signing exactly what is then submitted."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.audit import Actor
from backoffice.staff.roles import Right
from onboarding import errors, guards, review, submission
from onboarding.models import Case
from onboarding.second_look import services as second_look
from onboarding.states import CaseState


@transaction.atomic
def attest_and_submit(*, case: Case, seen_digest: str, actor: Actor, now: datetime) -> Case:
    """Sign exactly what is then submitted, and submit it. The view has made sure of a fresh second factor.

    `seen_digest` is of what the page showed (review.content_digest). The submission is written at once if
    Oceafin's customerId and every fileAssetId are known; else the case waits and says for what. Raises
    ChangedSinceSeen, Incomplete, CannotBeDone, NotClaimed, ClaimedByAnother, NotAllowed.
    """
    case, customer = guards.locked(case)
    user = guards.decider(case, actor, now, right=Right.ATTEST_CASES)
    guards.expect(case, (CaseState.READY,), _("Only a case whose review is done can be signed."))
    if seen_digest != review.content_digest(case):
        raise errors.ChangedSinceSeen(
            _("This case has changed since you opened it. Look at it again before you sign.")
        )
    if missing := review.missing_in(case, now=now):
        raise errors.Incomplete(missing)
    second_look.require_done(case)
    number, ref = submission.next_reference(case)
    guards.move(
        case,
        CaseState.SUBMITTING,
        actor=actor,
        now=now,
        verb="case.attested",
        facts={"digest": seen_digest, "statement": submission.STATEMENT_VERSION, "submissionRef": ref},
        attested_by=user,
        attested_at=now,
        attested_digest=seen_digest,
        statement_version=submission.STATEMENT_VERSION,
        submission_ref=ref,
        submission_number=number,
        oceafin_submission_id="",
        asked_by_oceafin_sealed=b"",
        stuck_reason="",
        **guards.UNCLAIMED,
    )
    submission.submit_if_complete(case, customer, now=now)
    return case
