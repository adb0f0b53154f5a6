"""States of what we send to Oceafin (one row per mutation, design: outgoing border)."""

from backoffice.states import Machine, State


class SubmissionState(State):
    QUEUED = "QUEUED"
    UNCONFIRMED = "UNCONFIRMED"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"
    HELD = "HELD"


S = SubmissionState

SUBMISSION = Machine(
    name="submission",
    initial=S.QUEUED,
    moves={
        S.QUEUED: (S.UNCONFIRMED, S.ACCEPTED, S.REFUSED, S.WITHDRAWN, S.HELD),
        # Left only by evidence: a reply to the same key, a read, an event; held, also by that of two people. Never by
        # a timer.
        S.UNCONFIRMED: (S.ACCEPTED, S.REFUSED, S.HELD),
        S.HELD: (S.QUEUED, S.UNCONFIRMED, S.ACCEPTED, S.WITHDRAWN),
        S.ACCEPTED: (),
        S.REFUSED: (),
        S.WITHDRAWN: (),
    },
    sentences={
        S.QUEUED: "Waits to be sent. It goes by itself.",
        S.UNCONFIRMED: "It left, and no readable answer came. It is asked for, and sent again under the same key.",
        S.ACCEPTED: "Oceafin took it.",
        S.REFUSED: "Oceafin said no, for good. Nothing took effect.",
        S.WITHDRAWN: "Taken back before it left, or two people found that it did not arrive. Nothing took effect.",
        S.HELD: "Stopped, because only a person can decide what is true.",
    },
)
