"""States of one version of the policy. Pure."""

from backoffice.states import Machine, State


class PolicyState(State):
    PROPOSED = "PROPOSED"
    ACTIVE = "ACTIVE"
    SUPERSEDED = "SUPERSEDED"
    WITHDRAWN = "WITHDRAWN"


S = PolicyState

POLICY = Machine(
    name="policy",
    initial=S.PROPOSED,
    moves={
        S.PROPOSED: (S.ACTIVE, S.WITHDRAWN),
        S.ACTIVE: (S.SUPERSEDED,),
        S.SUPERSEDED: (),
        S.WITHDRAWN: (),
    },
    sentences={
        S.PROPOSED: "Waits for another administrator. Nothing changes until then.",
        S.ACTIVE: "In force: every payment is decided by it.",
        S.SUPERSEDED: "A newer version took its place.",
        S.WITHDRAWN: "Taken back or turned down. It never counted.",
    },
)
