"""Fiat withdrawals, from the quote to the submit that moves money: contract section 4."""

from decimal import Decimal
from typing import Any

from ..call import Call
from ..clock import instant_of, seconds_of
from ..money import plain, read_amount, read_currency
from ..problems import Answer, Problem, answer, invalid
from ..reading import optional_text, text
from ..resources import CUSTOMER, QUOTE, WITHDRAWAL, Resource
from ..world import World
from .bank_accounts import active
from .capabilities import OFFERED, is_active
from .customers import approved, customer_of
from .evidence import check_authorization, script_in

QUOTE_LIFETIME = 120
FEE_PERCENT = "0.10"
LEAST_FEE = Decimal(1)
MISSING = [{"code": "INVOICE_NEEDED", "message": "Please send the invoice.", "documentType": "OTHER"}]


def quote(world: World, call: Call) -> Answer:
    """The fee is part of the amount: amount leaves the balance, amount less fee arrives."""
    customer = approved(customer_of(world, call))
    currency = read_currency(call.data)
    amount = read_amount(call.data, currency)
    account = active(world, text(call.data, "bankAccountId"), customer, currency)
    if currency in OFFERED and not is_active(world, customer.id, currency):
        raise Problem("PARTNER_RESOURCE_STATE_INVALID", f"Payouts in {currency} are not activated.")
    fee = _fee(world, amount, currency)
    if fee >= amount:
        raise invalid("amount", f"does not exceed the fee of {plain(fee, currency)} {currency}")
    lifetime = float(world.store.setting("quote_lifetime", QUOTE_LIFETIME))
    made = world.resources.add(
        QUOTE,
        status="OPEN",
        customer_id=customer.id,
        bankAccountId=account.id,
        currency=currency,
        amount=plain(amount, currency),
        feeAmount=plain(fee, currency),
        feeCurrency=currency,
        receiveAmount=plain(amount - fee, currency),
        receiveCurrency=currency,
        rate=None,
        expiresAt=instant_of(world.clock.now() + lifetime),
    )
    return answer(201, {"quoteId": made.id, **made.fields})


def _fee(world: World, amount: Decimal, currency: str) -> Decimal:
    percent = Decimal(str(world.store.setting("fee_percent", FEE_PERCENT)))
    return Decimal(plain(max(amount * percent / 100, LEAST_FEE), currency))


def draft(world: World, call: Call) -> Answer:
    """Makes the withdrawal of an approved operation. Nothing moves before it is submitted."""
    customer = approved(customer_of(world, call))
    data = call.data
    ref = text(data, "withdrawalRef", longest=128)
    currency = read_currency(data)
    amount = read_amount(data, currency)
    account = active(world, text(data, "bankAccountId"), customer, currency)
    purpose = optional_text(data, "purpose")
    reference = optional_text(data, "paymentReference")
    operation_hash = check_authorization(data.get("operationAuthorization"))
    offered = _usable_quote(world, text(data, "quoteId"), customer)
    for name, wanted in (
        ("amount", plain(amount, currency)),
        ("currency", currency),
        ("bankAccountId", account.id),
    ):
        if offered.fields[name] != wanted:
            raise invalid(name, "is not what the quote says")
    # A quote serves one withdrawal; a second draft on it finds it used.
    offered.status = "USED"
    world.resources.save(offered)
    withdrawal = world.resources.add(
        WITHDRAWAL,
        status="DRAFT",
        ref=ref,
        customer_id=customer.id,
        script=script_in(purpose, reference),
        quoteId=offered.id,
        bankAccountId=account.id,
        currency=currency,
        amount=offered.fields["amount"],
        feeAmount=offered.fields["feeAmount"],
        receiveAmount=offered.fields["receiveAmount"],
        operationHash=operation_hash,
    )
    world.walk.tell(withdrawal, "fiat_withdrawal.created")
    return answer(201, shown(withdrawal))


def submit(world: World, call: Call) -> Answer:
    """Here the money moves: one entry in the book."""
    withdrawal = own(world, call)
    customer = approved(world.resources.find(CUSTOMER, withdrawal.customer_id))
    terms = withdrawal.fields
    if withdrawal.status != "DRAFT":
        sentence = f"A withdrawal that is {withdrawal.status} cannot be submitted."
        raise Problem("PARTNER_RESOURCE_STATE_INVALID", sentence)
    offered = world.resources.find(QUOTE, terms["quoteId"])
    if offered is None or _expired(world, offered):
        raise Problem("PARTNER_QUOTE_EXPIRED", "The quote has expired.")
    active(world, terms["bankAccountId"], customer, terms["currency"])
    if world.book.available(customer.id, terms["currency"]) < Decimal(terms["amount"]):
        raise Problem("PARTNER_RESOURCE_STATE_INVALID", f"The balance in {terms['currency']} is too small.")
    world.book.take(customer, withdrawal, call.key)
    world.walk.move(withdrawal, "SUBMITTED")
    return answer(200, shown(withdrawal))


def add_info(world: World, call: Call) -> Answer:
    withdrawal = own(world, call)
    if not call.data:
        raise invalid("body", "must carry the information that was asked for")
    if withdrawal.status != "MISSING_INFO_REQUIRED":
        raise Problem("PARTNER_RESOURCE_STATE_INVALID", "Nothing was asked for.")
    withdrawal.fields["informed"] = True
    world.walk.move(withdrawal, "PROCESSING")
    return answer(200, shown(withdrawal))


def page(world: World, call: Call) -> Answer:
    found, cursor = world.resources.page(WITHDRAWAL, call.ids["customerId"], call.query)
    return answer(200, {"items": [shown(withdrawal) for withdrawal in found], "nextCursor": cursor})


def one(world: World, call: Call) -> Answer:
    return answer(200, shown(own(world, call)))


def own(world: World, call: Call) -> Resource:
    withdrawal = world.resources.find(WITHDRAWAL, call.ids["withdrawalId"])
    if withdrawal is None:
        raise Problem("PARTNER_RESOURCE_NOT_FOUND", "There is no such withdrawal.")
    return withdrawal


def shown(withdrawal: Resource) -> dict[str, Any]:
    fields = withdrawal.fields
    return {
        "withdrawalId": withdrawal.id,
        "withdrawalRef": withdrawal.ref,
        "status": withdrawal.status,
        "currency": fields["currency"],
        "amount": fields["amount"],
        "feeAmount": fields["feeAmount"],
        "receiveAmount": fields["receiveAmount"],
        "receiveCurrency": fields["currency"],
        "bankAccountId": fields["bankAccountId"],
        "quoteId": fields["quoteId"],
        "missing": MISSING if withdrawal.status == "MISSING_INFO_REQUIRED" else None,
        "failureCode": fields.get("failureCode"),
        "failureReason": fields.get("failureReason"),
        "createdAt": withdrawal.created_at,
        "updatedAt": withdrawal.updated_at,
    }


def _usable_quote(world: World, quote_id: str, customer: Resource) -> Resource:
    offered = world.resources.find(QUOTE, quote_id)
    if offered is None or offered.customer_id != customer.id:
        raise Problem("PARTNER_RESOURCE_NOT_FOUND", "There is no such quote of this customer.")
    if offered.status != "OPEN" or _expired(world, offered):
        raise Problem("PARTNER_QUOTE_EXPIRED", "The quote is used or has expired.")
    return offered


def _expired(world: World, offered: Resource) -> bool:
    return (seconds_of(offered.fields["expiresAt"]) or 0) <= world.clock.now()
