"""States of a batch of payments. Pure."""

from backoffice.states import Machine, State


class BatchState(State):
    UPLOADED = "UPLOADED"
    READING = "READING"
    READ = "READ"
    BOOKING = "BOOKING"
    BOOKED = "BOOKED"
    SETTLED = "SETTLED"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"


S = BatchState

BATCH = Machine(
    name="batch",
    initial=S.UPLOADED,
    moves={
        S.UPLOADED: (S.READING, S.CANCELLED, S.FAILED),
        S.READING: (S.READ, S.CANCELLED, S.FAILED),
        # Back to be looked at when rows that were good are not any more, and all or none were wanted.
        S.READ: (S.BOOKING, S.CANCELLED),
        S.BOOKING: (S.BOOKED, S.READ, S.CANCELLED),
        S.BOOKED: (S.SETTLED, S.CANCELLED),
        S.SETTLED: (),
        S.CANCELLED: (),
        S.FAILED: (),
    },
    sentences={
        S.UPLOADED: "The file is here. It is read by itself.",
        S.READING: "The file is being read. Nothing is asked for yet.",
        S.READ: "Read. It waits for its maker to look it over and to book it.",
        S.BOOKING: "Being booked: every good row is checked once more.",
        S.BOOKED: "Booked. Each good row becomes a payment by itself and is approved like any other.",
        S.SETTLED: "Every payment of it has ended.",
        S.CANCELLED: "Cancelled. No row of it becomes a payment any more.",
        S.FAILED: "The file could not be read to its end. Nothing was asked for.",
    },
)

WORKED_ON = (S.UPLOADED, S.READING, S.BOOKING, S.BOOKED)
CANCELLABLE = (S.UPLOADED, S.READING, S.READ, S.BOOKING, S.BOOKED)
