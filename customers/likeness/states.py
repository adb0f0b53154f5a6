"""States of a pair of customers who look alike. Pure."""

from backoffice.states import Machine, State


class PairState(State):
    OPEN = "OPEN"
    SAME = "SAME"
    NOT_SAME = "NOT_SAME"


P = PairState

PAIR = Machine(
    name="likely duplicate",
    initial=P.OPEN,
    moves={
        P.OPEN: (P.SAME, P.NOT_SAME),
        # A mistake is put right by deciding again; both decisions stay in the trail.
        P.SAME: (P.NOT_SAME,),
        P.NOT_SAME: (P.SAME,),
    },
    sentences={
        P.OPEN: "Two customers look alike. A person decides whether they are the same.",
        P.SAME: "A person found that both are the same.",
        P.NOT_SAME: "A person found that they are not the same. It is not asked again.",
    },
)
