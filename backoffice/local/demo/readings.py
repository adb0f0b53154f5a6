"""What a reviewer of the demo reads off a document: what stands on the specimen."""

from datetime import datetime

from backoffice.audit import Actor
from backoffice.local.demo import papers
from backoffice.local.demo.cast import Customer
from customers.facts import services as facts
from onboarding.models import CaseDocument


def read(customer: Customer, row: CaseDocument, *, actor: Actor, now: datetime) -> None:
    """Write down number, country and last day of an identity card."""
    facts.read_document(
        row.document,
        number=papers.number_of(customer),
        issuing_country=customer.country,
        issued_on=None,
        expires_on=papers.good_until(now.date()),
        actor=actor,
        now=now,
    )
