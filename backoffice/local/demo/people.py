"""The directors and owners of the demo's companies, as a reviewer looks at them."""

from datetime import datetime

from backoffice.audit import Actor
from onboarding import services
from onboarding.models import Case, Decision
from onboarding.people import records

HOW = "Identity checked on a video call, passport shown to the camera."


def accept(case: Case, actor: Actor, now: datetime) -> None:
    """Each person of a company; nothing to do for a customer who is a person."""
    for person in records.of_case(case):
        if person.decision == Decision.PENDING:
            services.decide_person(
                person=person, decision=Decision.ACCEPTED, reason=HOW, actor=actor, now=now
            )
