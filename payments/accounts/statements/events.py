"""What an event about a transaction means: the transaction is read first, then kept as told by an event."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from backoffice.oceafin import contract
from backoffice.oceafin.clock import database_now
from backoffice.oceafin.codes import NOT_FOUND
from backoffice.oceafin.wire import Problem
from customers.models import Customer
from payments.accounts import kept, owners, plan, transactions
from payments.accounts.models import FoundBy, Transaction
from webhooks import inbox
from webhooks.inbox import Applied, Ignored, Outcome, Parked, Read
from webhooks.models import Event

RESOURCE_TYPE = "transaction"


def read_transaction(event: Event, read: Read) -> dict[str, Any] | None:
    """The transaction, and the instant before it was asked for; None where Oceafin does not know it (yet)."""
    asked_at = database_now()
    reply = read(contract.path_for("getTransaction", transactionId=event.resource_id))
    if isinstance(reply, Problem) and reply.code == NOT_FOUND:
        return None
    transaction = inbox.resource_of(reply)
    if str(transaction.get("transactionId")).lower() != event.resource_id.lower():
        raise inbox.ReadFailed(_("Oceafin answered about another transaction."))
    return {"transaction": transaction, "asked_at": asked_at}


def apply_transaction(event: Event, resource: dict[str, Any] | None, now: datetime) -> Outcome:
    """Keep it under the customer that the event names. `have_lists_read` follows once all else of it is done.

    What stands under another customer is not moved: a Contradiction is kept, and the event is ignored with that reason.
    """
    if resource is None:
        return Parked(_("Oceafin does not know this transaction (yet)."))
    transaction_id = kept.identifier(resource["transaction"], "transactionId")
    if not transaction_id:
        return Parked(_("Its id is too long to be kept whole. Ask Oceafin."))
    known = Transaction.objects.filter(transaction_id=transaction_id).select_related("customer").first()
    owner = owners.named_by(event, {}, otherwise=known.customer if known else None)
    customer = owner.customer
    if customer is None:
        return Parked(owner.doubt)
    transactions.keep(customer, [resource["transaction"]], resource["asked_at"], found_by=FoundBy.EVENT.value)
    row = Transaction.objects.get(transaction_id=transaction_id)
    if row.customer_id != customer.pk:
        reason = _(
            "Oceafin named another customer for this transaction before. It stays there, and is shown."
        )
        return Ignored(reason, row, vault_key=customer.vault_key)
    return Applied(row, vault_key=customer.vault_key)


def have_lists_read(outcome: Outcome, now: datetime) -> None:
    """Make the lists due that show it. Call it last: what is planned is locked after customers and payments."""
    if isinstance(outcome, Applied | Ignored) and outcome.vault_key is not None:
        plan.want(Customer.objects.get(vault_key=outcome.vault_key), "transactions", "balances", now=now)
