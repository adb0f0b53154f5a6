"""States of a payment (design section 4). Pure."""

from collections import deque

from backoffice.states import Machine, State


class PaymentState(State):
    DRAFT = "DRAFT"
    PENDING_APPROVAL = "PENDING_APPROVAL"
    APPROVED = "APPROVED"
    SENDING = "SENDING"
    UNCONFIRMED = "UNCONFIRMED"
    SENT = "SENT"
    NEEDS_INFO = "NEEDS_INFO"
    SETTLED = "SETTLED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"
    RETURNED = "RETURNED"


S = PaymentState

PAYMENT = Machine(
    name="payment",
    initial=S.DRAFT,
    moves={
        S.DRAFT: (S.PENDING_APPROVAL,),
        S.PENDING_APPROVAL: (S.APPROVED, S.REJECTED, S.EXPIRED, S.CANCELLED),
        # Back when an approver takes their word back before a worker has claimed it.
        S.APPROVED: (S.SENDING, S.CANCELLED, S.PENDING_APPROVAL),
        # Back to the approvers when the terms no longer hold and nothing took effect.
        # Or it waits once more, where Oceafin said before anything was instructed that we are not enabled for it.
        S.SENDING: (S.SENT, S.UNCONFIRMED, S.FAILED, S.PENDING_APPROVAL, S.APPROVED),
        # Left only by evidence: Oceafin's, or that of two people that it did not happen.
        S.UNCONFIRMED: (S.SENDING, S.FAILED),
        S.SENT: (S.SETTLED, S.NEEDS_INFO, S.FAILED, S.RETURNED, S.CANCELLED),
        S.NEEDS_INFO: (S.SENT,),
        S.SETTLED: (S.RETURNED,),
        S.REJECTED: (),
        S.EXPIRED: (),
        S.CANCELLED: (),
        S.FAILED: (),
        S.RETURNED: (),
    },
    sentences={
        S.DRAFT: "Being written down.",
        S.PENDING_APPROVAL: "Waits for approval by somebody other than its maker.",
        S.APPROVED: "Approved. It leaves by itself.",
        S.SENDING: "On its way to Oceafin. It goes by itself.",
        S.UNCONFIRMED: "It left, and no readable answer came. What became of it is found out by itself.",
        S.SENT: "Oceafin has it and carries it out. The outcome comes by itself.",
        S.NEEDS_INFO: "Oceafin asks for more before it carries this out.",
        S.SETTLED: "Carried out. The money has left.",
        S.REJECTED: "An approver said no. Nothing was sent.",
        S.EXPIRED: "Nobody approved it in time. Nothing was sent.",
        S.CANCELLED: "Cancelled. No money has left, or Oceafin gave it back.",
        S.FAILED: "Oceafin did not carry it out.",
        S.RETURNED: "The money came back.",
    },
)

OPEN_STATES = (S.PENDING_APPROVAL, S.APPROVED, S.SENDING, S.UNCONFIRMED, S.SENT, S.NEEDS_INFO)
# Where Oceafin carries something out, or may: its word is asked for on a schedule.
AT_OCEAFIN = (S.UNCONFIRMED, S.SENT, S.NEEDS_INFO)
# Approvers can still be needed, and nothing has left.
CANCELLABLE = (S.PENDING_APPROVAL, S.APPROVED)

# What stands with a payment that two people closed (payments.desks): its reason, in Oceafin's place.
DID_NOT_HAPPEN = "DID_NOT_HAPPEN"

# What a person has to see when it comes to this.
TROUBLED = (S.FAILED, S.RETURNED, S.NEEDS_INFO)

# It ended, and the money is not gone: none left, or all of it came back.
NOTHING_LEFT = (S.REJECTED, S.EXPIRED, S.CANCELLED, S.FAILED, S.RETURNED)

# What Oceafin's word about a withdrawal, conversion or refund (contract section 4) says about the payment. DRAFT says
# that nothing was instructed yet, and moves nothing; CREATED is a conversion's first word.
STATE_OF_STATUS = {
    "SUBMITTED": S.SENT,
    "CREATED": S.SENT,
    "PROCESSING": S.SENT,
    "MISSING_INFO_REQUIRED": S.NEEDS_INFO,
    "COMPLETED": S.SETTLED,
    "FAILED": S.FAILED,
    "RETURNED": S.RETURNED,
    "CANCELLED": S.CANCELLED,
}
# How far along each word is: of two words of the same instant the farther one counts.
PROGRESS = {
    "DRAFT": 0,
    "SUBMITTED": 1,
    "CREATED": 1,
    "PROCESSING": 2,
    "MISSING_INFO_REQUIRED": 3,
    "COMPLETED": 4,
    "FAILED": 4,
    "CANCELLED": 4,
    "RETURNED": 5,
}
AN_END = PROGRESS["COMPLETED"]

# The moves that evidence from Oceafin may walk. Whatever Oceafin reports was instructed, so it was sent.
_EVIDENCE: dict[State, tuple[State, ...]] = {
    S.UNCONFIRMED: (S.SENDING,),
    S.SENDING: (S.SENT,),
    S.SENT: PAYMENT.moves[S.SENT],
    S.NEEDS_INFO: (S.SENT,),
    S.SETTLED: (S.RETURNED,),
}


def steps_to(old: str, new: PaymentState) -> tuple[PaymentState, ...] | None:
    """The states to walk through, one by one, when Oceafin says that a payment at `old` is at `new`.

    Events may be late or lost, so evidence may be several steps ahead. () if it is there already; None if the
    table has no such way: then Oceafin contradicts what we know.
    """
    start = PaymentState(old)
    ways: deque[tuple[PaymentState, tuple[PaymentState, ...]]] = deque([(start, ())])
    seen = {start}
    while ways:
        here, way = ways.popleft()
        if here == new:
            return way
        for follower in _EVIDENCE.get(here, ()):
            step = PaymentState(follower)
            if step not in seen:
                seen.add(step)
                ways.append((step, (*way, step)))
    return None
