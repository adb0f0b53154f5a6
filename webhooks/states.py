"""States of what Oceafin tells us (one row per event, design: incoming border)."""

from backoffice.states import Machine, State


class EventState(State):
    RECEIVED = "RECEIVED"
    APPLIED = "APPLIED"
    PARKED = "PARKED"
    IGNORED = "IGNORED"
    DEAD = "DEAD"


S = EventState

EVENT = Machine(
    name="event",
    initial=S.RECEIVED,
    moves={
        S.RECEIVED: (S.APPLIED, S.PARKED, S.IGNORED, S.DEAD),
        S.PARKED: (S.APPLIED, S.IGNORED, S.DEAD),
        S.APPLIED: (),
        # Only a person brings these back, when what they are about has become known to us.
        S.IGNORED: (S.RECEIVED,),
        S.DEAD: (S.RECEIVED,),
    },
    sentences={
        S.RECEIVED: "It is kept, and waits to be applied. That happens by itself.",
        S.APPLIED: "It moved or confirmed one of our records.",
        S.PARKED: "The record it is about is not here yet, or our handling failed. It is tried again by itself.",
        S.IGNORED: "It changes nothing here. It is kept.",
        S.DEAD: "It came from Oceafin, but cannot be applied. It is kept.",
    },
)
