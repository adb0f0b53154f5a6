"""Balances and transactions, both read from the book: contract section 4."""

from ..call import Call
from ..problems import Answer, Problem, answer
from ..world import World


def balances(world: World, call: Call) -> Answer:
    return answer(200, {"items": world.book.balances(call.ids["customerId"]), "nextCursor": None})


def transactions(world: World, call: Call) -> Answer:
    items, cursor = world.book.transactions(call.ids["customerId"], call.query)
    return answer(200, {"items": items, "nextCursor": cursor})


def transaction(world: World, call: Call) -> Answer:
    found = world.book.transaction(call.ids["transactionId"])
    if found is None:
        raise Problem("PARTNER_RESOURCE_NOT_FOUND", "There is no such transaction.")
    return answer(200, found)
