"""Accounts in the customer's name, from the application to where to pay in: contract section 4."""

import uuid
from typing import Any

from ..call import Call
from ..money import read_currency
from ..problems import Answer, Problem, answer, invalid
from ..reading import optional_text, text
from ..resources import FIAT_ACCOUNT, FIAT_APPLICATION, Resource
from ..walk import MISSING_FOR_ACCOUNT
from ..world import World
from .customers import approved, customer_of

OFFERED = {"EUR": "DE", "GBP": "GB", "USD": "US"}


def capabilities(world: World, call: Call) -> Answer:
    customer = customer_of(world, call)
    opened = {
        account.fields["currency"] for account in world.resources.of_customer(FIAT_ACCOUNT, customer.id)
    }
    items = [
        {
            "capabilityId": str(uuid.uuid5(uuid.UUID(customer.id), f"account:{currency}")),
            "status": "ACTIVE" if currency in opened else "AVAILABLE",
            "currency": currency,
            "country": country,
            "requiredInfo": [],
        }
        for currency, country in OFFERED.items()
    ]
    return answer(200, {"items": items, "nextCursor": None})


def apply(world: World, call: Call) -> Answer:
    """`purpose` may say `simulate:missing` or `simulate:rejected`."""
    customer = approved(customer_of(world, call))
    currency = read_currency(call.data)
    if currency not in OFFERED:
        raise invalid("currency", "is not one that an account is offered in")
    purpose = optional_text(call.data, "purpose") or ""
    script = next((word for word in ("missing", "rejected") if f"simulate:{word}" in purpose), "")
    application = world.resources.add(
        FIAT_APPLICATION,
        status="SUBMITTED",
        ref=text(call.data, "applicationRef", longest=128),
        customer_id=customer.id,
        script=script,
        currency=currency,
    )
    world.walk.start(application)
    world.walk.tell(application)
    return answer(201, shown(application))


def add_info(world: World, call: Call) -> Answer:
    application = world.resources.find(FIAT_APPLICATION, call.ids["applicationId"])
    if application is None:
        raise Problem("PARTNER_RESOURCE_NOT_FOUND", "There is no such application.")
    if not call.data:
        raise invalid("body", "must carry the information that was asked for")
    if application.status != "MISSING_INFO_REQUIRED":
        raise Problem("PARTNER_RESOURCE_STATE_INVALID", "Nothing was asked for.")
    application.fields["informed"] = True
    world.walk.move(application, "PROCESSING")
    return answer(200, shown(application))


def page(world: World, call: Call) -> Answer:
    accounts, cursor = world.resources.page(FIAT_ACCOUNT, call.ids["customerId"], call.query)
    return answer(200, {"items": [_account(account) for account in accounts], "nextCursor": cursor})


def instructions(world: World, call: Call) -> Answer:
    accounts = world.resources.of_customer(FIAT_ACCOUNT, call.ids["customerId"])
    items = [
        {"fiatAccountId": account.id, **account.fields, "updatedAt": account.updated_at}
        for account in accounts
        if account.status == "ACTIVE"
    ]
    return answer(200, {"items": items, "nextCursor": None})


def shown(application: Resource) -> dict[str, Any]:
    return {
        "applicationId": application.id,
        "applicationRef": application.ref,
        "status": application.status,
        "currency": application.fields["currency"],
        "fiatAccountId": application.fields.get("fiatAccountId"),
        "missing": MISSING_FOR_ACCOUNT if application.status == "MISSING_INFO_REQUIRED" else None,
        "createdAt": application.created_at,
        "updatedAt": application.updated_at,
    }


def _account(account: Resource) -> dict[str, Any]:
    fields = {name: value for name, value in account.fields.items() if name != "paymentReference"}
    return {
        "fiatAccountId": account.id,
        "applicationRef": account.ref,
        "status": account.status,
        **fields,
        "createdAt": account.created_at,
        "updatedAt": account.updated_at,
    }
