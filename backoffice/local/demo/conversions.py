"""The conversion of the demo: it waits for an approver, who finds its quote renewed when they open it."""

from datetime import datetime

from backoffice.local.demo import staff
from backoffice.local.demo.money_in import Wanted
from customers.models import Customer
from payments import services as payments


def _conversion(customer: Customer, now: datetime) -> bool:
    payments.request_payment(
        payment_ref="cv-9201",
        kind="CONVERSION",
        customer=customer,
        details={"sellCurrency": "EUR", "buyCurrency": "USD", "sellAmount": "7500.00"},
        purpose="Dollars for engine parts",
        actor=staff.actor("maker"),
        now=now,
    )
    return True


FIRST = (Wanted("corp-2001", _conversion),)
