"""States of a run and of a break. Pure."""

from backoffice.states import Machine, State


class RunState(State):
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    CANCELLED = "CANCELLED"


class BreakState(State):
    OPEN = "OPEN"
    TAKEN = "TAKEN"
    EXPLAINED = "EXPLAINED"
    RESOLVED = "RESOLVED"


R, B = RunState, BreakState

RUN = Machine(
    name="reconciliation",
    initial=R.RUNNING,
    moves={R.RUNNING: (R.FINISHED, R.CANCELLED), R.FINISHED: (), R.CANCELLED: ()},
    sentences={
        R.RUNNING: "One customer after the other is compared. It goes on by itself.",
        R.FINISHED: "Every customer was compared, but for what is named as not checked.",
        R.CANCELLED: "Stopped by a person. What it found until then stands.",
    },
)

BREAK = Machine(
    name="break",
    initial=B.OPEN,
    moves={
        B.OPEN: (B.TAKEN, B.EXPLAINED, B.RESOLVED),
        B.TAKEN: (B.OPEN, B.EXPLAINED, B.RESOLVED),
        # What both sides say has changed since: somebody has to look again.
        B.EXPLAINED: (B.OPEN, B.RESOLVED),
        # Found again.
        B.RESOLVED: (B.OPEN,),
    },
    sentences={
        B.OPEN: "Nobody looks after it yet.",
        B.TAKEN: "Somebody finds out why.",
        B.EXPLAINED: "A person wrote why. It is here as long as both sides differ.",
        B.RESOLVED: "A later complete comparison no longer finds it.",
    },
)

UNSOLVED = (B.OPEN, B.TAKEN)
STANDING = (B.OPEN, B.TAKEN, B.EXPLAINED)
