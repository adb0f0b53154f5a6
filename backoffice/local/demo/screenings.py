"""What an invented provider says of the demo's customers: most have no hit, a few resemble somebody."""

from datetime import datetime

from backoffice.audit import Actor
from backoffice.local.demo.cast import Customer
from customers.screening import services as screening
from onboarding.models import Case
from onboarding.risk.screened import subjects_of

PROVIDER = "Invented Lists"
# The case shows how a hit is decided: each of these waits for a reviewer.
HITS = {
    1012: screening.Found(
        kind="SANCTIONS",
        name="SHARMA Deepak",
        list="Invented Sanctions List",
        note="Born 1951, a man. The list gives no address.",
        hit_ref="ISL-0042",
        score="0.71",
    ),
}


def screen(customer: Customer, case: Case, *, actor: Actor, now: datetime) -> None:
    """Hand in a screening of everybody in the case, each once."""
    for number, subject in enumerate(subjects_of(case, case.details)):
        is_customer = subject.key == "customer"
        hit = HITS.get(customer.number) if is_customer else None
        screening.record_screening(
            customer=case.customer,
            screening_ref=f"scr-{customer.number}-{number}",
            subject_key=subject.key,
            subject_name=subject.name,
            provider=PROVIDER,
            list_date=now.date(),
            screened_at=now,
            hits=[hit] if hit else [],
            actor=actor,
            now=now,
        )
