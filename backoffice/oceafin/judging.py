"""What a reply means, in four words: accepted, refused, busy, unconfirmed (contract sections 1 and 2). Pure."""

from dataclasses import dataclass, replace
from datetime import timedelta

from backoffice.oceafin import kinds
from backoffice.oceafin.models import AttemptOutcome, Submission
from backoffice.oceafin.wire import Answer, NoAnswer, Problem, Reply

# Our own fault or a broken installation: sending to Oceafin stops as a whole.
OPENS_THE_BREAKER = frozenset({"PARTNER_AUTH_FAILED", "PARTNER_SIGNATURE_INVALID"})
BUSY_STATUSES = frozenset({401, 429, 503})
BUSY_CODES = frozenset({"PARTNER_PROCESSING_UNAVAILABLE"})
KEY_CONFLICT = "PARTNER_IDEMPOTENCY_CONFLICT"
KEY_CONFLICT_SENTENCE = (
    "Oceafin knows this key with another body. That is a defect of ours: nothing is sent under a new key."
)
SIGNATURE_EXPIRED = "PARTNER_SIGNATURE_EXPIRED"


@dataclass(frozen=True)
class Verdict:
    """The word for one attempt, and what goes with it. `left` says whether bytes may have arrived."""

    outcome: AttemptOutcome
    detail: str = ""
    resource: kinds.Resource | None = None
    resource_id: str = ""
    code: str = ""
    status: int | None = None
    errors: tuple[tuple[str, str], ...] = ()
    retry_after: timedelta | None = None
    left: bool = True
    # A readable answer that only a person can reconcile with what we know.
    hold: str = ""


def judge(reply: Reply, *, submission: Submission, kind: kinds.Kind) -> Verdict:
    """The verdict on one reply, looked at alone; what other attempts left behind is weighed in settling."""
    if isinstance(reply, NoAnswer):
        outcome = AttemptOutcome.UNCONFIRMED if reply.left else AttemptOutcome.BUSY
        return Verdict(outcome, detail=reply.reason, left=reply.left)
    if isinstance(reply, Problem):
        return _judge_problem(reply)
    return _judge_answer(reply, submission=submission, kind=kind)


def _judge_answer(reply: Answer, *, submission: Submission, kind: kinds.Kind) -> Verdict:
    resource = reply.data if isinstance(reply.data, dict) else {}
    try:
        resource_id = kind.identify(submission, resource)
    except kinds.Foreign as foreign:
        return Verdict(AttemptOutcome.UNCONFIRMED, detail=str(foreign), status=reply.status)
    except kinds.Contradiction as contradiction:
        return Verdict(
            AttemptOutcome.UNCONFIRMED,
            detail=str(contradiction),
            status=reply.status,
            hold=str(contradiction),
        )
    return Verdict(
        AttemptOutcome.ACCEPTED,
        resource=resource,
        resource_id=resource_id,
        status=reply.status,
        detail="Taken.",
    )


def _judge_problem(problem: Problem) -> Verdict:
    said = problem.detail or problem.title or f"Oceafin answered {problem.status}."
    if problem.code == SIGNATURE_EXPIRED:
        said = f"{said} {_clock_difference(problem)}".strip()
    verdict = Verdict(
        _word_for(problem),
        detail=said,
        code=problem.code,
        status=problem.status,
        errors=tuple((item.field, item.message) for item in problem.errors),
        retry_after=problem.retry_after,
    )
    if problem.code == KEY_CONFLICT and verdict.outcome == AttemptOutcome.REFUSED:
        return replace(verdict, hold=KEY_CONFLICT_SENTENCE)
    return verdict


def _word_for(problem: Problem) -> AttemptOutcome:
    if problem.status in BUSY_STATUSES or problem.code in BUSY_CODES:
        return AttemptOutcome.BUSY
    if problem.status >= 500 or not problem.readable:
        return AttemptOutcome.UNCONFIRMED
    return AttemptOutcome.REFUSED


def _clock_difference(problem: Problem) -> str:
    """Why a fresh signature is stale: in a sentence, if Oceafin's `Date` says so."""
    if problem.server_date is None or problem.sent_at is None:
        return ""
    seconds = round((problem.sent_at - problem.server_date).total_seconds())
    if abs(seconds) < 30:
        return ""
    word = "ahead of" if seconds > 0 else "behind"
    return f"The database's clock is {abs(seconds)} s {word} Oceafin's: set it right."
