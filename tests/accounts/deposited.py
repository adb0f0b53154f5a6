"""What the tests of deposits begin with: coins and money that come in, and Oceafin's events about them."""

from typing import Any

from django.utils import timezone

from customers.models import Customer
from payments.accounts import plan
from payments.accounts.deposits import hearing
from payments.accounts.deposits.models import Deposit
from payments.accounts.models import Reading
from tests.payments.people import post_event
from tests.simulator.driver import SimulatorProcess
from webhooks import inbox

SECRET = "test-webhook-secret"
ETH = {"asset": "ETH", "network": "ETHEREUM"}
NUMBER = "6f0f9b1e-0000-4000-8000-{:012d}"


def pay_in(oceafin: SimulatorProcess, customer: Customer, **more: Any) -> str:
    """Coins that wait for the Travel Rule; Oceafin's id of the deposit. Nothing is told of it yet."""
    asked: dict[str, Any] = {"amount": "0.5", "simulate": "travel_rule", **ETH, **more}
    kind = asked.pop("kind", "crypto_deposit")
    made = oceafin.deposit(kind, ref=customer.partner_customer_ref, **asked)
    return str(made["resourceId"])


def tell(oceafin: SimulatorProcess, *resource_types: str) -> None:
    """Carry Oceafin's events through our front door, and apply what came."""
    for event in oceafin.events():
        body = event.get("body") or event.get("event") or event
        if not resource_types or body.get("resource", {}).get("resourceType") in resource_types:
            assert post_event(body, SECRET) == 202
    inbox.apply_due(worker="test")


def read_all(customer: Customer) -> None:
    """Every list of this customer's is read now."""
    plan.want(customer, now=timezone.now())
    for reading in Reading.objects.filter(customer=customer).select_related("customer"):
        plan.read(reading)


def item(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A deposit of coins as Oceafin lists it."""
    return {
        "depositId": NUMBER.format(number),
        "status": "PROCESSING",
        **ETH,
        "amount": "0.5",
        "senderAddress": "0x52908400098527886E0F7030069857D2E4169EE7",
        "transactionHash": "0xabc",
        "occurredAt": "2026-06-28T00:00:00Z",
        "updatedAt": "2026-06-28T00:00:05Z",
    } | changes


def keep(customer: Customer, *items: dict[str, Any]) -> int:
    return hearing.keep_crypto(customer, list(items), timezone.now())


def only() -> Deposit:
    return Deposit.objects.select_related("customer").get()
