"""Whose a deposit is, as we know it. Oceafin's own word about it is kept beside, as it comes."""

from backoffice.states import Machine, State


class DepositState(State):
    UNMATCHED = "UNMATCHED"
    MATCHED = "MATCHED"
    SET_ASIDE = "SET_ASIDE"


DEPOSIT = Machine(
    name="deposit",
    initial=DepositState.UNMATCHED,
    moves={
        DepositState.UNMATCHED: (DepositState.MATCHED, DepositState.SET_ASIDE),
        DepositState.MATCHED: (DepositState.UNMATCHED,),
        DepositState.SET_ASIDE: (DepositState.MATCHED,),
    },
    sentences={
        DepositState.UNMATCHED: "It is not certain whose deposit this is. Somebody matches it, or sets it aside.",
        DepositState.MATCHED: "It belongs to a customer of ours.",
        DepositState.SET_ASIDE: "Somebody decided that it is none of our customers'.",
    },
)
