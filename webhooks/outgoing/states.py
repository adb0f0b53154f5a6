"""States of one message on its way to one endpoint. Pure."""

from backoffice.states import Machine, State


class DeliveryState(State):
    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


S = DeliveryState

DELIVERY = Machine(
    name="delivery",
    initial=S.PENDING,
    moves={
        S.PENDING: (S.DELIVERED, S.FAILED, S.CANCELLED),
        # Only a person sends these again; the receiver knows them by their id.
        S.DELIVERED: (S.PENDING,),
        S.FAILED: (S.PENDING, S.CANCELLED),
        S.CANCELLED: (),
    },
    sentences={
        S.PENDING: "It waits to be sent, or to be tried again. That happens by itself.",
        S.DELIVERED: "Your system took it.",
        S.FAILED: "Your system did not take it in all tries. A person can send it again.",
        S.CANCELLED: "It is not sent any more: the endpoint was revoked, or the customer's data erased.",
    },
)
