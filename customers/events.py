"""What Oceafin's events mean for customers (contract section 5). There is no GET: an event without a status makes
us ask again by sending the creation once more."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from backoffice.oceafin import kinds, outbox
from customers import statuses, submission
from customers.models import Customer, Source
from webhooks.inbox import Applied, Handler, Outcome, Parked, register
from webhooks.models import Event

RESOURCE = "customer"


def register_handler() -> None:
    register(RESOURCE, Handler(apply=apply))


def apply(event: Event, _resource: Any, now: datetime) -> Outcome:
    """Take down the status that the event brings, or ask for it. Parked while we do not know the customer, and
    where Oceafin's id and our reference do not belong together."""
    customer = _customer_of(event)
    if customer is None:
        return Parked(_("We have no such customer yet."))
    customer_id = _customer_id(event)
    if customer_id is None and not customer.is_known_to_oceafin:
        return Parked(_("It names no customerId, and we do not know one yet."))
    conflict = _conflict(event, customer, customer_id)
    if conflict:
        return Parked(conflict)
    if not customer.is_known_to_oceafin:
        # The event overtook the reply to the creation: it proves the same.
        try:
            _settle_creation(customer, customer_id, now)
        except kinds.Contradiction as contradiction:
            return Parked(str(contradiction))
    status = event.data.get("status")
    if isinstance(status, str) and status:
        statuses.record_status(
            customer,
            status=status,
            at=event.happened_at,
            source=Source.EVENT,
            now=now,
            event_id=event.event_id,
            missing=_missing(event.data.get("missing")),
        )
    else:
        _ask(customer, now)
    return Applied(customer, customer.vault_key)


def _customer_of(event: Event) -> Customer | None:
    customer_id = _customer_id(event)
    found = Customer.objects.filter(oceafin_customer_id=customer_id).first() if customer_id else None
    return found or Customer.objects.filter(partner_customer_ref=event.partner_customer_ref).first()


def _customer_id(event: Event) -> UUID | None:
    """The event's own customerId; of a customer's event the resource is the customer."""
    for text in (event.oceafin_customer_id, event.resource_id):
        try:
            return UUID(text)
        except ValueError:
            continue
    return None


def _conflict(event: Event, customer: Customer, customer_id: UUID | None) -> str:
    if event.partner_customer_ref not in {"", customer.partner_customer_ref}:
        return _(
            "Its customerId is of %(ours)s, its reference is of another customer. Ask Oceafin which is right."
        ) % {"ours": customer.partner_customer_ref}
    if customer.oceafin_customer_id is not None and customer_id not in {None, customer.oceafin_customer_id}:
        return _(
            "It names another customerId than the one we know for this reference. Ask Oceafin which is right."
        )
    return ""


def _settle_creation(customer: Customer, customer_id: UUID | None, now: datetime) -> None:
    creation = submission.create_submission(customer)
    if creation is not None:
        resource = {"customerId": str(customer_id), "partnerCustomerRef": customer.partner_customer_ref}
        outbox.settle_from_evidence(creation, resource, source="event", now=now)


def _ask(customer: Customer, now: datetime) -> None:
    customer = statuses.locked(customer)
    if customer.is_known_to_oceafin:
        submission.enqueue_poll(customer, now=now)


def _missing(stated: Any) -> list[dict[str, Any]]:
    return [item for item in stated if isinstance(item, dict)] if isinstance(stated, list) else []
