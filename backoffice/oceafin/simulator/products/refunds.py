"""Refunds: what came in goes back to where it came from. Contract section 4."""

from decimal import Decimal
from typing import Any

from ..call import Call
from ..money import plain, read_amount
from ..problems import Answer, Problem, answer, invalid
from ..reading import choice, text
from ..resources import COLLECTION, CRYPTO_DEPOSIT, CUSTOMER, FIAT_DEPOSIT, REFUND, Resource
from ..world import World
from .customers import approved, customer_of
from .evidence import check_authorization, script_in

SOURCES = {"FIAT_DEPOSIT": FIAT_DEPOSIT, "CRYPTO_DEPOSIT": CRYPTO_DEPOSIT, "COLLECTION": COLLECTION}
# It holds nothing of its source any more, or not yet: drafts move nothing.
HOLDS_NOTHING = {"DRAFT", "FAILED", "RETURNED", "CANCELLED"}


def draft(world: World, call: Call) -> Answer:
    """Makes the refund of an approved operation. Nothing moves before it is submitted."""
    customer = approved(customer_of(world, call))
    data = call.data
    ref = text(data, "refundRef", longest=128)
    source_type = choice(data, "sourceType", *SOURCES)
    source = world.resources.find(SOURCES[source_type], text(data, "sourceId"))
    if source is None or source.customer_id != customer.id:
        raise Problem(
            "PARTNER_RESOURCE_NOT_FOUND", "There is no such deposit or collection of this customer."
        )
    if source.status != "COMPLETED":
        raise Problem("PARTNER_RESOURCE_STATE_INVALID", f"It is {source.status} and cannot be refunded.")
    currency = _currency_of(source)
    if data.get("currency") != currency:
        raise invalid("currency", f"must be {currency}, as it came in")
    amount = read_amount(data, currency)
    reason = text(data, "reason")
    operation_hash = check_authorization(data.get("operationAuthorization"))
    _expect_left(world, source, amount)
    refund = world.resources.add(
        REFUND,
        status="DRAFT",
        ref=ref,
        customer_id=customer.id,
        script=script_in(reason),
        sourceType=source_type,
        sourceId=source.id,
        currency=currency,
        network=source.fields.get("network"),
        amount=plain(amount, currency),
        feeAmount=plain(Decimal(str(world.store.setting("refund_fee", "0"))), currency),
        reason=reason,
        operationHash=operation_hash,
    )
    world.walk.tell(refund, "refund.created")
    return answer(201, shown(refund))


def submit(world: World, call: Call) -> Answer:
    """Here the money moves: one entry in the book."""
    refund = own(world, call)
    customer = approved(world.resources.find(CUSTOMER, refund.customer_id))
    terms = refund.fields
    if refund.status != "DRAFT":
        sentence = f"A refund that is {refund.status} cannot be submitted."
        raise Problem("PARTNER_RESOURCE_STATE_INVALID", sentence)
    source = world.resources.find(SOURCES[terms["sourceType"]], terms["sourceId"])
    if source is None or source.status != "COMPLETED":
        raise Problem("PARTNER_RESOURCE_STATE_INVALID", "What came in is not there any more.")
    _expect_left(world, source, Decimal(terms["amount"]))
    available = world.book.available(customer.id, terms["currency"], terms["network"])
    if available < Decimal(terms["amount"]):
        raise Problem("PARTNER_RESOURCE_STATE_INVALID", f"The balance in {terms['currency']} is too small.")
    world.book.take(customer, refund, call.key)
    world.walk.move(refund, "SUBMITTED")
    return answer(200, shown(refund))


def page(world: World, call: Call) -> Answer:
    found, cursor = world.resources.page(REFUND, call.ids["customerId"], call.query)
    return answer(200, {"items": [shown(refund) for refund in found], "nextCursor": cursor})


def one(world: World, call: Call) -> Answer:
    return answer(200, shown(own(world, call)))


def own(world: World, call: Call) -> Resource:
    refund = world.resources.find(REFUND, call.ids["refundId"])
    if refund is None:
        raise Problem("PARTNER_RESOURCE_NOT_FOUND", "There is no such refund.")
    return refund


def shown(refund: Resource) -> dict[str, Any]:
    fields = refund.fields
    names = ("sourceType", "sourceId", "currency", "network", "amount", "feeAmount", "reason")
    return {
        "refundId": refund.id,
        "refundRef": refund.ref,
        "status": refund.status,
        **{name: fields[name] for name in names},
        "failureCode": fields.get("failureCode"),
        "failureReason": fields.get("failureReason"),
        "createdAt": refund.created_at,
        "updatedAt": refund.updated_at,
    }


def _currency_of(source: Resource) -> str:
    return str(source.fields.get("asset") or source.fields["currency"])


def _expect_left(world: World, source: Resource, amount: Decimal) -> None:
    """What was sent back of it and this together is no more than came in."""
    taken = sum(
        (
            Decimal(other.fields["amount"])
            for other in world.resources.of_customer(REFUND, source.customer_id)
            if other.fields["sourceId"] == source.id and other.status not in HOLDS_NOTHING
        ),
        Decimal(0),
    )
    if taken + amount > Decimal(source.fields["amount"]):
        raise Problem("PARTNER_RESOURCE_STATE_INVALID", "More would be sent back than came in.")
