"""Signing exactly what is then submitted."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.audit import Actor
from backoffice.staff.roles import Right
from backoffice.staff.stepup import FRESH_FOR
from onboarding import errors, guards, review, statements, submission
from onboarding.models import Case
from onboarding.people import records as people
from onboarding.second_look import services as second_look
from onboarding.states import CaseState


@transaction.atomic
def attest_and_submit(
    *,
    case: Case,
    seen_digest: str,
    seen_statement: str = statements.CURRENT.version,
    second_factor_at: datetime | None,
    actor: Actor,
    now: datetime,
) -> Case:
    """Sign exactly what is then submitted, and submit it.

    `seen_digest` is of what the page showed (review.content_digest), `seen_statement` the version of the words on
    it, `second_factor_at` when the person last showed the second factor. The submission is written at once if
    Oceafin's customerId and every fileAssetId are known; else the case waits and says for what. Raises
    SecondFactorNeeded, ChangedSinceSeen, Incomplete, CannotBeDone, NotClaimed, ClaimedByAnother, NotAllowed.
    """
    case, customer = guards.locked(case)
    user = guards.decider(case, actor, now, right=Right.ATTEST_CASES)
    guards.expect(case, (CaseState.READY,), _("Only a case whose review is done can be signed."))
    if second_factor_at is None or not now - FRESH_FOR <= second_factor_at <= now + FRESH_FOR:
        raise errors.SecondFactorNeeded(_("Confirm with your second factor again before you sign."))
    if (seen_digest, seen_statement) != (review.content_digest(case), statements.CURRENT.version):
        raise errors.ChangedSinceSeen(
            _("This case has changed since you opened it. Look at it again before you sign.")
        )
    if missing := review.missing_in(case, now=now):
        raise errors.Incomplete(missing)
    second_look.require_done(case)
    people.note_awaited(case)
    number, ref = submission.next_reference(case)
    guards.move(
        case,
        CaseState.SUBMITTING,
        actor=actor,
        now=now,
        verb="case.attested",
        facts={
            "digest": seen_digest,
            "statement": seen_statement,
            "statementSha256": statements.CURRENT.sha256,
            "secondFactorAt": second_factor_at.isoformat(),
            "submissionRef": ref,
        },
        attested_by=user,
        attested_at=now,
        attested_digest=seen_digest,
        statement_version=seen_statement,
        submission_ref=ref,
        submission_number=number,
        oceafin_submission_id="",
        asked_by_oceafin_sealed=b"",
        stuck_reason="",
        **guards.UNCLAIMED,
    )
    submission.submit_if_complete(case, customer, now=now)
    return case
