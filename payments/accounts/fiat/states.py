"""States of an application for an account: what we did and know. Oceafin's own word stands beside it. Pure."""

from collections import deque

from backoffice.states import Machine, State


class ApplicationState(State):
    REQUESTED = "REQUESTED"
    SENDING = "SENDING"
    SUBMITTED = "SUBMITTED"
    NEEDS_INFO = "NEEDS_INFO"
    ANSWERING = "ANSWERING"
    APPROVED = "APPROVED"
    OPENED = "OPENED"
    REJECTED = "REJECTED"
    REFUSED = "REFUSED"
    CANCELLED = "CANCELLED"


S = ApplicationState

APPLICATION = Machine(
    name="fiat account application",
    initial=S.REQUESTED,
    moves={
        S.REQUESTED: (S.SENDING, S.CANCELLED),
        S.SENDING: (S.SUBMITTED, S.REFUSED),
        S.SUBMITTED: (S.NEEDS_INFO, S.APPROVED, S.REJECTED),
        # Back to SUBMITTED also when Oceafin goes on without an answer of ours.
        S.NEEDS_INFO: (S.ANSWERING, S.SUBMITTED),
        S.ANSWERING: (S.SUBMITTED, S.NEEDS_INFO),
        S.APPROVED: (S.OPENED,),
        S.OPENED: (),
        S.REJECTED: (),
        S.REFUSED: (),
        S.CANCELLED: (),
    },
    sentences={
        S.REQUESTED: "Asked for here. It goes to Oceafin by itself once the customer is approved there.",
        S.SENDING: "On its way to Oceafin. It goes by itself.",
        S.SUBMITTED: "Oceafin has it and decides. The outcome comes by itself.",
        S.NEEDS_INFO: "Oceafin asks for more. Somebody here has to answer.",
        S.ANSWERING: "Answered. The answer goes to Oceafin by itself.",
        S.APPROVED: "Oceafin approved it. The account appears by itself once Oceafin lists it.",
        S.OPENED: "The account is there.",
        S.REJECTED: "Oceafin said no. No account was opened.",
        S.REFUSED: "Oceafin did not take the application. Trying again is a new one.",
        S.CANCELLED: "Taken back before it left.",
    },
)

# Where a person here has to do something, and where Oceafin has to.
WAITS_FOR_US = (S.NEEDS_INFO,)
WAITS_FOR_OCEAFIN = (S.REQUESTED, S.SENDING, S.SUBMITTED, S.ANSWERING, S.APPROVED)
AT_OCEAFIN = (S.SUBMITTED, S.NEEDS_INFO, S.ANSWERING)

# What Oceafin's word about an application (contract file, ASSUMED) says about ours.
STATE_OF_STATUS = {
    "SUBMITTED": S.SUBMITTED,
    "PROCESSING": S.SUBMITTED,
    "MISSING_INFO_REQUIRED": S.NEEDS_INFO,
    "APPROVED": S.APPROVED,
    "REJECTED": S.REJECTED,
}
# How far along each word is: of two words of the same instant the farther one counts.
PROGRESS = {"SUBMITTED": 1, "PROCESSING": 2, "MISSING_INFO_REQUIRED": 3, "APPROVED": 4, "REJECTED": 4}

# The moves that evidence from Oceafin may walk. Whatever Oceafin reports arrived there, so it was sent.
_EVIDENCE: dict[State, tuple[State, ...]] = {
    S.SENDING: (S.SUBMITTED,),
    S.SUBMITTED: APPLICATION.moves[S.SUBMITTED],
    S.NEEDS_INFO: (S.SUBMITTED,),
    S.ANSWERING: APPLICATION.moves[S.ANSWERING],
    S.APPROVED: (S.OPENED,),
}


def steps_to(old: str, new: ApplicationState) -> tuple[ApplicationState, ...] | None:
    """The states to walk through when Oceafin says that an application at `old` is at `new`.

    () if it is there already; None if the table has no such way: then Oceafin contradicts what we know.
    """
    start = ApplicationState(old)
    ways: deque[tuple[ApplicationState, tuple[ApplicationState, ...]]] = deque([(start, ())])
    seen = {start}
    while ways:
        here, way = ways.popleft()
        if here == new:
            return way
        for follower in _EVIDENCE.get(here, ()):
            step = ApplicationState(follower)
            if step not in seen:
                seen.add(step)
                ways.append((step, (*way, step)))
    return None
