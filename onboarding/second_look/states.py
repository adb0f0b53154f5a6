"""States of a second look. Pure."""

from backoffice.states import Machine, State


class LookState(State):
    WAITING = "WAITING"
    DISAGREED = "DISAGREED"
    AGREED = "AGREED"
    SETTLED = "SETTLED"
    VOID = "VOID"


L = LookState

LOOK = Machine(
    name="second look",
    initial=L.WAITING,
    moves={
        L.WAITING: (L.AGREED, L.DISAGREED, L.VOID),
        L.DISAGREED: (L.SETTLED, L.VOID),
        L.AGREED: (),
        L.SETTLED: (),
        L.VOID: (),
    },
    sentences={
        L.WAITING: "One person has decided. Another one decides without seeing the first result.",
        L.DISAGREED: "Two people came to different results. Who leads compliance decides, also when the case changes.",
        L.AGREED: "Two people came to the same result, each alone.",
        L.SETTLED: "Two people disagreed, and a lead decided.",
        L.VOID: "The case changed before anybody else had looked, or was withdrawn.",
    },
)

OPEN_LOOKS = tuple(state for state in LookState if state not in LOOK.final)
