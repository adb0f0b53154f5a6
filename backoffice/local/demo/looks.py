"""Who looked at personal data in the demo: a few for good reasons, and one at so many that a lead is told."""

from datetime import datetime, timedelta

from backoffice import reveals
from backoffice.local.demo import staff
from backoffice.reveals import Purpose
from backoffice.reveals.models import Reveal
from customers.models import Customer

LOOKS = (
    ("lead", "cust-1006", Purpose.SUSPICION, "Oceafin suspended this customer this morning."),
    ("auditor", "cust-1001", Purpose.AUDIT, "Sample of the month."),
    (
        "mlro",
        "cust-1007",
        Purpose.AUTHORITY,
        "Request of the financial intelligence unit, our file 2026-114.",
    ),
    ("approver", "cust-1002", Purpose.PAYMENT_TRACED, ""),
)
TRACER, TRACED = "operations", 17


def look(now: datetime) -> None:
    """By the service that the pages call. What was looked at before is left as it is."""
    if Reveal.objects.filter(user=staff.person(TRACER)).exists():
        return
    known = {row.partner_customer_ref: row for row in Customer.objects.order_by("id")[:200]}
    tracing = [(TRACER, ref, Purpose.PAYMENT_TRACED, "") for ref in list(known)[:TRACED]]
    for number, (who, ref, purpose, words) in enumerate((*LOOKS, *tracing)):
        if ref in known:
            reveals.open(
                customer=known[ref],
                purpose=purpose,
                words=words,
                subject=known[ref],
                actor=staff.actor(who),
                now=now - timedelta(minutes=45 - 2 * number),
            )
