"""What the partner's systems are told of payments: what the API shows, safe for the customer to read."""

from datetime import datetime

from payments.models import PaymentRequest
from webhooks import outgoing

STATE_CHANGED = "payment.state_changed"


def state_changed(payment: PaymentRequest, previous: str, *, now: datetime) -> None:
    """Tell of a new state, in the transaction that moves the payment."""
    body = {
        "paymentRef": payment.payment_ref,
        "kind": payment.kind,
        "partnerCustomerRef": payment.customer.partner_customer_ref,
        "state": payment.state,
        "previousState": previous,
        "failureCode": payment.failure_code or None,
    }
    outgoing.announce(STATE_CHANGED, payment.customer.vault_key, body, now)
