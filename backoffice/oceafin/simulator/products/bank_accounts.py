"""Beneficiary bank accounts: contract section 4. Of an account number only the last digits are kept."""

from typing import Any

from ..call import Call
from ..money import read_currency
from ..problems import Answer, Problem, answer, invalid
from ..reading import choice, optional_text, text
from ..resources import BANK_ACCOUNT, Resource
from ..world import World
from .customers import approved, customer_of


def create(world: World, call: Call) -> Answer:
    customer = approved(customer_of(world, call))
    data = call.data
    number = optional_text(data, "iban", longest=64) or optional_text(data, "accountNumber", longest=64)
    if number is None:
        raise invalid("accountNumber", "must be given, or iban")
    country = text(data, "country")
    if len(country) != 2 or not country.isupper():
        raise invalid("country", "must be an ISO alpha-2 code")
    holder = text(data, "accountHolderName")
    account = world.resources.add(
        BANK_ACCOUNT,
        status="PENDING",
        ref=text(data, "bankAccountRef", longest=128),
        customer_id=customer.id,
        script="reject" if holder.lower().rstrip(")]").endswith("reject") else "approve",
        lastDigits=number[-4:],
        bankName=optional_text(data, "bankName"),
        country=country,
        currency=read_currency(data),
        holderType=choice(data, "holderType", "SAME_NAME", "THIRD_PARTY"),
    )
    world.walk.start(account)
    return answer(201, shown(account))


def page(world: World, call: Call) -> Answer:
    accounts, cursor = world.resources.page(BANK_ACCOUNT, call.ids["customerId"], call.query)
    return answer(200, {"items": [shown(account) for account in accounts], "nextCursor": cursor})


def shown(account: Resource) -> dict[str, Any]:
    return {
        "bankAccountId": account.id,
        "bankAccountRef": account.ref,
        "status": account.status,
        "bankName": account.fields["bankName"],
        "country": account.fields["country"],
        "currency": account.fields["currency"],
        "holderType": account.fields["holderType"],
        "createdAt": account.created_at,
        "updatedAt": account.updated_at,
    }


def active(world: World, account_id: str, customer: Resource, currency: str) -> Resource:
    """The customer's own account, ready to be paid to in this currency; raises a Problem otherwise."""
    account = world.resources.find(BANK_ACCOUNT, account_id)
    if account is None or account.customer_id != customer.id:
        raise Problem("PARTNER_RESOURCE_NOT_FOUND", "There is no such bank account of this customer.")
    if account.status != "ACTIVE":
        raise Problem("PARTNER_RESOURCE_STATE_INVALID", "The bank account is not active.")
    if account.fields["currency"] != currency:
        raise invalid("currency", "is not the currency of the bank account")
    return account
