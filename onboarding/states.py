"""States of an onboarding case (design section 4). Pure."""

from backoffice.states import Machine, State


class CaseState(State):
    OPEN = "OPEN"
    IN_REVIEW = "IN_REVIEW"
    READY = "READY"
    NEEDS_INFO = "NEEDS_INFO"
    SUBMITTING = "SUBMITTING"
    SUBMITTED = "SUBMITTED"
    PROCESSING = "PROCESSING"
    MISSING_INFO = "MISSING_INFO"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"


S = CaseState

CASE = Machine(
    name="case",
    initial=S.OPEN,
    moves={
        S.OPEN: (S.IN_REVIEW, S.WITHDRAWN),
        S.IN_REVIEW: (S.READY, S.NEEDS_INFO, S.DECLINED, S.WITHDRAWN),
        S.READY: (S.SUBMITTING, S.IN_REVIEW, S.DECLINED, S.WITHDRAWN),
        S.NEEDS_INFO: (S.IN_REVIEW, S.DECLINED, S.WITHDRAWN),
        # Back to review when Oceafin refuses the submission, or what was attested can no longer be sent.
        S.SUBMITTING: (S.SUBMITTED, S.IN_REVIEW),
        S.SUBMITTED: (S.PROCESSING,),
        S.PROCESSING: (S.APPROVED, S.REJECTED, S.MISSING_INFO),
        S.MISSING_INFO: (S.IN_REVIEW, S.DECLINED, S.WITHDRAWN),
        S.APPROVED: (),
        S.REJECTED: (),
        S.DECLINED: (),
        S.WITHDRAWN: (),
    },
    sentences={
        S.OPEN: "New. A reviewer takes it.",
        S.IN_REVIEW: "A reviewer looks at the data and the documents.",
        S.READY: "The review is done. Somebody who may attest signs it, and it goes to Oceafin.",
        S.NEEDS_INFO: "We asked the customer for more. It comes back to review with the answer.",
        S.SUBMITTING: "Signed, and on its way to Oceafin. It goes by itself.",
        S.SUBMITTED: "Oceafin has it. It moves on by itself.",
        S.PROCESSING: "Oceafin looks at it. It moves on by itself.",
        S.MISSING_INFO: "Oceafin asks for more. It comes back to review with the answer.",
        S.APPROVED: "Oceafin approved the customer.",
        S.REJECTED: "Oceafin rejected the customer.",
        S.DECLINED: "We declined the customer. Nothing more is sent.",
        S.WITHDRAWN: "Taken back. Nothing more is sent.",
    },
)

OPEN_STATES = tuple(state for state in CaseState if state not in CASE.final)
# What waits for one of us; the service levels say how long it may.
OURS = (S.OPEN, S.IN_REVIEW, S.READY)
# What may still be changed by the customer's data or documents.
AMENDABLE = (S.OPEN, S.IN_REVIEW, S.READY, S.NEEDS_INFO, S.MISSING_INFO)
# From here on a person has signed what was sent.
ATTESTED = (S.SUBMITTING, S.SUBMITTED, S.PROCESSING, S.APPROVED, S.REJECTED)

# What Oceafin's word about the customer (contract section 3) says about the open case.
STATE_OF_STATUS = {
    "SUBMITTED": S.SUBMITTED,
    "PROCESSING": S.PROCESSING,
    "MISSING_INFO_REQUIRED": S.MISSING_INFO,
    "APPROVED": S.APPROVED,
    "REJECTED": S.REJECTED,
}
_ROAD = (S.SUBMITTING, S.SUBMITTED, S.PROCESSING)


def steps_to(old: str, new: CaseState) -> tuple[CaseState, ...]:
    """The states to walk through, one by one, when evidence says that a case at `old` is at `new`.

    Events may be late or lost, so evidence may be several steps ahead. Empty if the table has no way there.
    """
    here = CaseState(old)
    if here not in _ROAD:
        return ()
    ahead = _ROAD[_ROAD.index(here) + 1 :]
    if new in ahead:
        return ahead[: ahead.index(new) + 1]
    return (*ahead, new) if CASE.allows(S.PROCESSING, new) else ()
