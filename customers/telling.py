"""What the partner's systems are told of a customer: what the API shows, safe for the customer to read."""

from customers.statuses import StatusNews
from webhooks import outgoing

STATUS_CHANGED = "customer.status_changed"


def status_changed(news: StatusNews) -> None:
    """Tell of a status that Oceafin gave, in the transaction that takes it down."""
    if not news.changed:
        return
    customer = news.customer
    body = {
        "partnerCustomerRef": customer.partner_customer_ref,
        "customerId": str(customer.oceafin_customer_id) if customer.oceafin_customer_id else None,
        "status": news.status,
        "previousStatus": news.old or None,
        "at": news.at.isoformat(),
    }
    outgoing.announce(STATUS_CHANGED, customer.vault_key, body, news.now)
