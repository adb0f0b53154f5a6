"""The task that a deposit of coins opens when Oceafin must know who sent it (the Travel Rule)."""

from backoffice.states import Machine, State


class TravelRuleState(State):
    WAITING = "WAITING"
    SENDING = "SENDING"
    SENT = "SENT"
    ACCEPTED = "ACCEPTED"
    CLOSED = "CLOSED"


_S = TravelRuleState

TRAVEL_RULE = Machine(
    name="travel rule task",
    initial=_S.WAITING,
    moves={
        _S.WAITING: (_S.SENDING, _S.ACCEPTED, _S.CLOSED),
        _S.SENDING: (_S.WAITING, _S.SENT, _S.ACCEPTED, _S.CLOSED),
        _S.SENT: (_S.WAITING, _S.ACCEPTED, _S.CLOSED),
        _S.ACCEPTED: (_S.WAITING,),
        _S.CLOSED: (_S.WAITING,),
    },
    sentences={
        _S.WAITING: "Oceafin holds the deposit until it knows who sent it. Somebody says who.",
        _S.SENDING: "The answer is on its way to Oceafin.",
        _S.SENT: "Oceafin has the answer and looks at it.",
        _S.ACCEPTED: "Oceafin let the deposit go on.",
        _S.CLOSED: "The deposit came to its end without being let in.",
    },
)
# Nothing has to be done any more, unless Oceafin asks again.
DONE = frozenset({_S.ACCEPTED, _S.CLOSED})
