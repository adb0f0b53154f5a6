"""What Oceafin's events mean for deposits: each is a hint, the deposit itself is read first (contract section 5)."""

from datetime import datetime
from functools import partial

from django.utils.translation import gettext as _

from backoffice.oceafin import contract, reads
from backoffice.oceafin.codes import NOT_FOUND, TRAVEL_RULE_REQUIRED
from backoffice.oceafin.kinds import Resource
from backoffice.oceafin.wire import Problem, Reply
from customers import statuses
from payments.accounts import kept, owners, plan
from payments.accounts.deposits import hearing
from payments.accounts.deposits.models import PENDING_TRAVEL_RULE, Kind
from payments.accounts.models import FoundBy
from webhooks import inbox
from webhooks.inbox import Applied, Handler, Ignored, Outcome, Parked, Read
from webhooks.models import Event

OPERATIONS = {Kind.FIAT: "getFiatDeposit", Kind.CRYPTO: "getCryptoDeposit"}
# The public list of types mixes dots and underscores: either is taken for the same resource.
RESOURCE_TYPES = {
    "fiat_deposit": Kind.FIAT,
    "fiat.deposit": Kind.FIAT,
    "crypto_deposit": Kind.CRYPTO,
    "crypto.deposit": Kind.CRYPTO,
}


def register() -> None:
    """Called once in ready()."""
    for name, kind in RESOURCE_TYPES.items():
        inbox.register(name, Handler(read=partial(read, kind), apply=partial(apply, kind)))


def read(kind: Kind, event: Event, ask: Read) -> Resource | None:
    """The deposit that the event names. Where Oceafin does not let us read it, what the event itself says."""
    reply = ask(contract.path_for(OPERATIONS[kind], depositId=event.resource_id))
    return _said_by(event) if reads.is_denied(reply) else shown(reply, event.resource_id)


def shown(reply: Reply, deposit_id: str) -> Resource | None:
    """What a reading of this deposit shows; None where Oceafin does not know it. Raises ReadFailed."""
    if isinstance(reply, Problem) and reply.code == NOT_FOUND:
        return None
    if isinstance(reply, Problem) and reply.code == TRAVEL_RULE_REQUIRED:
        return {"depositId": deposit_id, "status": PENDING_TRAVEL_RULE}
    resource = inbox.resource_of(reply)
    if str(resource.get("depositId")).lower() != deposit_id.lower():
        raise inbox.ReadFailed(_("Oceafin answered about another deposit."))
    return resource


def apply(kind: Kind, event: Event, resource: Resource | None, now: datetime) -> Outcome:
    """Take the deposit down for the customer that is named; for nobody where that is not certain."""
    if resource is None:
        return Parked(_("Oceafin does not know this deposit (yet)."))
    if not kept.identifier(resource, "depositId"):
        return Parked(_("Its id is too long to be kept whole. Ask Oceafin."))
    owner = owners.named_by(event, resource)
    customer = statuses.locked(owner.customer) if owner.customer else None
    deposit, why = hearing.hear(
        kind,
        resource,
        owners.Owner(customer, owner.told_id, owner.told_ref, owner.doubt),
        found_by=FoundBy.EVENT,
        source=event.event_id,
        now=now,
    )
    if customer is not None and deposit.customer_id == customer.pk:
        moved = ("balances", "transactions") if deposit.is_final else ()
        plan.want(customer, hearing.LISTS[kind], *moved, now=now)
    key = deposit.customer.vault_key if deposit.customer else None
    return Ignored(why, deposit, vault_key=key) if why else Applied(deposit, vault_key=key)


def _said_by(event: Event) -> Resource:
    status = event.data.get("status")
    if not isinstance(status, str):
        status = PENDING_TRAVEL_RULE if event.event_type.endswith("pending_travel_rule") else ""
    occurred_at = event.occurred_at.isoformat() if event.occurred_at else None
    return {"depositId": event.resource_id, "status": status, "updatedAt": occurred_at}
