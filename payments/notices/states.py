"""States of one e-mail to one approver. Pure."""

from backoffice.states import Machine, State


class NoticeState(State):
    QUEUED = "QUEUED"
    TAKEN = "TAKEN"
    SENT = "SENT"
    DROPPED = "DROPPED"
    UNCERTAIN = "UNCERTAIN"


S = NoticeState

NOTICE = Machine(
    name="notice",
    initial=S.QUEUED,
    moves={
        S.QUEUED: (S.TAKEN, S.DROPPED),
        # Back only when the mail server itself said that it did not take it.
        S.TAKEN: (S.SENT, S.QUEUED, S.DROPPED, S.UNCERTAIN),
        S.SENT: (),
        S.DROPPED: (),
        S.UNCERTAIN: (),
    },
    sentences={
        S.QUEUED: "Waits to be sent. It goes by itself.",
        S.TAKEN: "A worker is sending it.",
        S.SENT: "The mail server took it.",
        S.DROPPED: "It was not needed any more. Nothing was sent.",
        S.UNCERTAIN: "Cut off while it was sent: it may have arrived. It is not sent a second time.",
    },
)
