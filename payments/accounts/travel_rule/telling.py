"""What the partner's systems are told of the Travel Rule: where it stands, never who sent what."""

from datetime import datetime
from typing import Any

from payments.accounts.travel_rule.models import TravelRuleTask
from webhooks import outgoing

CHANGED = "crypto_deposit.travel_rule_changed"


def moved(task: TravelRuleTask, old: str, to: str, now: datetime) -> None:
    """In the transaction of the move. Nobody is told of a deposit that may be somebody else's."""
    customer = task.deposit.customer
    if customer is None:
        return
    body: dict[str, Any] = {
        "depositId": task.deposit.deposit_id,
        "partnerCustomerRef": customer.partner_customer_ref,
        "state": to,
        "previousState": old or None,
        "dueAt": task.due_at.isoformat(),
    }
    outgoing.announce(CHANGED, customer.vault_key, body, now)
