"""How resources move forward by themselves, each along the part (`script`) that it plays."""

import threading
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .products import opening
from .resources import (
    BANK_ACCOUNT,
    CAPABILITY,
    COLLECTION,
    COLLECTION_WALLET,
    CONVERSION,
    CRYPTO_DEPOSIT,
    CRYPTO_WITHDRAWAL,
    CUSTOMER,
    DEPOSIT_ADDRESS,
    FIAT_APPLICATION,
    FIAT_DEPOSIT,
    PAID_IN,
    PAID_OUT,
    WALLET_ADDRESS,
    Resource,
)

if TYPE_CHECKING:
    from .world import World

SLOW_STEPS = 5
SECONDS_BETWEEN = (2.0, 5.0)
FIRST_FUNDS = {"EUR": Decimal(50_000), "USD": Decimal(50_000), "GBP": Decimal(50_000)}
MONEY_COMES_BACK = {"FAILED", "RETURNED", "CANCELLED"}

CUSTOMER_ENDS = {
    "approve": "APPROVED",
    "slow": "APPROVED",
    "reject": "REJECTED",
    "missing": "MISSING_INFO_REQUIRED",
}
PAID_OUT_ENDS = {
    "completed": "COMPLETED",
    "slow": "COMPLETED",
    "failed": "FAILED",
    "insufficient": "FAILED",
    "returned": "RETURNED",
    "returned_late": "COMPLETED",
    "cancelled": "CANCELLED",
    "missing": "MISSING_INFO_REQUIRED",
}
APPLICATION_ENDS = {"missing": "MISSING_INFO_REQUIRED", "rejected": "REJECTED"}
CAPABILITY_ENDS = {"missing": "MISSING_INFO_REQUIRED", "rejected": "REJECTED"}
DEPOSIT_ENDS = {"failed": "FAILED", "returned": "RETURNED"}
FIRST_WORDS = {
    (FIAT_APPLICATION, "SUBMITTED"): "fiat_account.application.submitted",
    (CRYPTO_DEPOSIT, "PENDING_TRAVEL_RULE"): "crypto.deposit.pending_travel_rule",
    (COLLECTION_WALLET, "PENDING"): "collection_wallet.created",
    (CONVERSION, "CREATED"): "conversion.created",
}
MISSING = [
    {
        "code": "DOCUMENT_UNREADABLE",
        "message": "Please send a clearer copy.",
        "documentType": "PROOF_OF_ADDRESS",
    }
]
MISSING_FOR_ACCOUNT = [
    {
        "code": "SOURCE_OF_FUNDS",
        "message": "Please explain where the money comes from, and send a document that shows it.",
        "documentType": "SOURCE_OF_FUNDS",
    }
]
FAILURES = {
    "failed": ("BENEFICIARY_BANK_REJECTED", "The beneficiary's bank refused the payment."),
    "insufficient": ("INSUFFICIENT_FUNDS", "The balance was too small."),
    "returned": ("ACCOUNT_CLOSED", "The beneficiary's account is closed."),
    "returned_late": ("ACCOUNT_CLOSED", "The beneficiary's account is closed."),
    "cancelled": ("CANCELLED_BY_OCEAFIN", "Oceafin cancelled it."),
}


def next_status(resource: Resource) -> str | None:
    """Where the resource goes next by itself; None if it stays."""
    here = (resource.type, resource.status)
    if here in {(BANK_ACCOUNT, "PENDING"), (WALLET_ADDRESS, "PENDING")}:
        return "REJECTED" if resource.script == "reject" else "ACTIVE"
    begun = resource.status == ("CREATED" if resource.type == CONVERSION else "SUBMITTED")
    if here == (CAPABILITY, "PENDING"):
        return "ACTIVE" if resource.fields.get("informed") else CAPABILITY_ENDS.get(resource.script, "ACTIVE")
    if resource.type in {CUSTOMER, *PAID_OUT} and begun:
        return "PROCESSING"
    if here == (CUSTOMER, "PROCESSING"):
        amended = resource.script == "missing" and resource.fields["submissions"] > 1
        return "APPROVED" if amended else CUSTOMER_ENDS[resource.script]
    if resource.type in PAID_OUT and resource.status == "PROCESSING":
        return "COMPLETED" if resource.fields.get("informed") else PAID_OUT_ENDS[resource.script]
    if resource.type in PAID_OUT and resource.status == "COMPLETED" and resource.script == "returned_late":
        return "RETURNED"
    return _next_of_money_in(resource)


def _next_of_money_in(resource: Resource) -> str | None:
    kind, status = resource.type, resource.status
    informed = bool(resource.fields.get("informed"))
    if kind in {DEPOSIT_ADDRESS, COLLECTION_WALLET}:
        return "ACTIVE" if status == "PENDING" else None
    if kind == FIAT_APPLICATION:
        if status == "SUBMITTED":
            return "PROCESSING"
        end = "APPROVED" if informed else APPLICATION_ENDS.get(resource.script, "APPROVED")
        return end if status == "PROCESSING" else None
    if kind in {FIAT_DEPOSIT, CRYPTO_DEPOSIT, COLLECTION}:
        if status == "PENDING":
            waits = kind == CRYPTO_DEPOSIT and resource.script == "travel_rule" and not informed
            return "PENDING_TRAVEL_RULE" if waits else "PROCESSING"
        return DEPOSIT_ENDS.get(resource.script, "COMPLETED") if status == "PROCESSING" else None
    return None


class Walk:
    def __init__(self, world: "World") -> None:
        self._world = world

    def start(self, resource: Resource) -> None:
        """Sets when the resource moves next; it is due at once for whoever steps by hand."""
        resource.moves_at = None
        if next_status(resource) is not None:
            wait = self._world.resources.chance.uniform(*SECONDS_BETWEEN) / self._world.options.speed
            resource.moves_at = self._world.clock.now() + wait
        self._world.resources.save(resource)

    def step(self, resource: Resource) -> bool:
        """One step forward; a slow one stands still for a few steps. False if it has nowhere to go."""
        status = next_status(resource)
        if status is None:
            return False
        if resource.script == "slow" and resource.status == "PROCESSING" and resource.waited < SLOW_STEPS:
            resource.waited += 1
            self.start(resource)
            return True
        self.move(resource, status)
        return True

    def move(
        self,
        resource: Resource,
        status: str,
        *,
        tell: bool = True,
        occurred_at: str = "",
        data: dict[str, Any] | None = None,
    ) -> None:
        """Moves one resource, with what follows from it: money back, first funds, an event."""
        resource.status = status
        if resource.type in PAID_OUT and status in MONEY_COMES_BACK:
            code, reason = FAILURES.get(resource.script, FAILURES["failed"])
            resource.fields = {"failureCode": code, "failureReason": reason} | resource.fields
        if resource.type == CRYPTO_WITHDRAWAL:
            opening.confirm(self._world, resource)
        self.start(resource)
        customer = self._customer_of(resource)
        returned: list[str] = []
        if resource.type in PAID_OUT and status in MONEY_COMES_BACK:
            returned = self._world.book.give_back(customer, resource)
        if resource.type in PAID_IN and status == "COMPLETED":
            returned = self._world.book.take_in(customer, resource)
        if resource.type == CONVERSION and status == "COMPLETED":
            returned = self._world.book.bring_in_bought(customer, resource)
        opening.follow(self._world, resource)
        # The contract knows no event about an address, nor about a capability.
        if tell and resource.type not in {DEPOSIT_ADDRESS, WALLET_ADDRESS, CAPABILITY}:
            self.tell(resource, occurred_at=occurred_at, data=data)
            for entry_id in (*self._world.book.entries_of(resource), *returned):
                self._tell_transaction(customer, entry_id)
        if resource.type == CUSTOMER and status == "APPROVED" and self._world.options.auto:
            self._fund_first(resource)

    def tell(
        self,
        resource: Resource,
        event_type: str = "",
        *,
        occurred_at: str = "",
        data: dict[str, Any] | None = None,
    ) -> str:
        """Sends the event of the resource's present status."""
        if resource.type == CUSTOMER:
            step = "submitted" if resource.status == "SUBMITTED" else "updated"
            event_type = event_type or f"customer.onboarding.{step}"
            missing = MISSING if resource.status == "MISSING_INFO_REQUIRED" else []
            data = {"status": resource.status, "missing": missing} | (data or {})
        if resource.type == FIAT_APPLICATION:
            # There is no GET for it: the event carries what a customer's does.
            missing = MISSING_FOR_ACCOUNT if resource.status == "MISSING_INFO_REQUIRED" else []
            data = {"applicationRef": resource.ref, "status": resource.status, "missing": missing} | (
                data or {}
            )
        return self._world.events.tell(
            event_type or FIRST_WORDS.get((resource.type, resource.status), f"{resource.type}.updated"),
            customer=self._customer_of(resource),
            resource_type=resource.type,
            resource_id=resource.id,
            occurred_at=occurred_at or resource.updated_at,
            data=data,
        )

    def _tell_transaction(self, customer: Resource, entry_id: str | None) -> None:
        if entry_id is not None:
            self._world.events.tell(
                "customer.transaction.updated",
                customer=customer,
                resource_type="transaction",
                resource_id=entry_id,
                occurred_at=self._world.clock.instant(),
            )

    def fund(self, customer: Resource, currency: str, amount: Decimal) -> str:
        entry_id = self._world.book.fund(customer, currency, amount)
        self._tell_transaction(customer, entry_id)
        return entry_id

    def _fund_first(self, customer: Resource) -> None:
        if not self._world.book.balances(customer.id):
            for currency, amount in FIRST_FUNDS.items():
                self.fund(customer, currency, amount)

    def _customer_of(self, resource: Resource) -> Resource:
        if resource.type == CUSTOMER:
            return resource
        customer = self._world.resources.find(CUSTOMER, resource.customer_id)
        if customer is None:
            raise LookupError(f"{resource.type} {resource.id} has no customer")
        return customer

    def step_all(self, steps: int) -> int:
        """Everything that can move, `steps` times; the number of steps that were made."""
        made = 0
        for _ in range(steps):
            with self._world.store.transaction():
                made += sum(self.step(resource) for resource in self._world.resources.movable())
        return made

    def step_due(self) -> None:
        """What is due by the clock, one transaction each so that requests get their turn."""
        for due in self._world.resources.due(self._world.clock.now()):
            with self._world.store.transaction():
                resource = self._world.resources.find(due.type, due.id)
                if resource is not None and resource.moves_at == due.moves_at:
                    self.step(resource)


def walk_by_itself(world: "World", stopped: threading.Event) -> None:
    """The thread of --auto."""
    while not stopped.wait(0.2):
        world.walk.step_due()
