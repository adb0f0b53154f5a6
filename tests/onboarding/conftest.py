import copy
import io
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from backoffice.audit import Actor, timeline_of
from backoffice.oceafin.models import Submission
from backoffice.staff.models import User
from backoffice.staff.roles import Role
from customers import services as customers
from customers import statuses
from customers.likeness import services as likeness
from customers.models import Customer, Document
from customers.screening import services as screening
from onboarding import review, services
from onboarding.models import Case
from onboarding.people import records as people
from onboarding.plausibility import must_say_expiry
from onboarding.risk.screened import subjects_of
from tests.customers import specimens
from tests.people import actor, person

PARTNER = Actor("API", "1", "the partner's system")

PERSON: dict[str, Any] = {
    "personalDetails": {
        "firstName": "Zoë",
        "lastName": "李 الأمير",
        "dateOfBirth": "1990-02-28",
        "nationality": "DE",
        "taxResidency": "DE",
        "email": "zoe@example.com",
        "phone": "+49 30 1234567",
        "residentialAddress": {
            "line1": "Hauptstraße 1",
            "city": "Berlin",
            "postcode": "10115",
            "country": "DE",
        },
    },
    "additionalPersonalDetails": {
        "occupation": "Engineer",
        "purposesOfAccountOpening": ["Savings"],
        "sourceOfFunds": ["Salary"],
        "sourceOfWealth": ["Salary"],
    },
    "consentEvidence": {
        "consentVersion": "3",
        "consentTextSha256": "a" * 64,
        "consentedAt": "2026-06-28T00:00:00Z",
        "channel": "app",
    },
}
COMPANY: dict[str, Any] = {
    "corporationDetails": {
        "legalName": "Specimen GmbH",
        "registrationNumber": "HRB 1",
        "incorporationDate": "2001-04-01",
        "incorporationCountry": "DE",
        "registeredAddress": {"line1": "Weg 2", "city": "Köln", "postcode": "50667", "country": "DE"},
    },
    "additionalCorporationDetails": {
        "industry": "Retail",
        "purposesOfAccountOpening": ["Payments"],
        "sourceOfFunds": ["Sales"],
        "directors": [
            {"firstName": "A", "lastName": "B", "dateOfBirth": "1980-01-01", "nationality": "FR"},
        ],
        "beneficialOwners": [
            {
                "firstName": "C",
                "lastName": "D",
                "dateOfBirth": "1970-01-01",
                "nationality": "ES",
                "ownershipPercent": "60",
            },
        ],
    },
    "consentEvidence": PERSON["consentEvidence"],
}


def person_details(**changes: Any) -> dict[str, Any]:
    details = copy.deepcopy(PERSON)
    details["personalDetails"].update(changes)
    return details


def make_customer(ref: str = "cust-1", **changes: Any) -> Customer:
    asked = {
        "customer_type": "INDIVIDUAL",
        "display_name": "Zoe",
        "metadata": {},
        "actor": PARTNER,
        **changes,
    }
    return customers.create_customer(partner_customer_ref=ref, now=timezone.now(), **asked)


def upload(customer: Customer, kind: str = "PASSPORT", content: bytes | None = None) -> Document:
    with specimens.measured_once():
        return customers.upload_document(
            customer=customer,
            document_type=kind,
            file=io.BytesIO(specimens.pdf() if content is None else content),
            file_name="scan.pdf",
            actor=PARTNER,
            now=timezone.now(),
        )[0]


def make_case(customer: Customer | None = None, *, ref: str = "case-1", **changes: Any) -> Case:
    """A whole case with one passport, as the partner's system hands it in, and everybody screened."""
    customer = customer or make_customer()
    if "document_ids" not in changes:
        changes["document_ids"] = [upload(customer).document_id]
    asked = {"details": person_details(), "actor": PARTNER, "now": timezone.now(), **changes}
    return screened(services.open_case(customer=customer, case_ref=ref, **asked)[0])


def screened(case: Case, *hits: screening.Found, provider: str = "Specimen Lists") -> Case:
    """Everybody of the case was screened today; `hits` are of the customer."""
    now = timezone.now()
    for subject in subjects_of(case, case.details):
        screening.record_screening(
            customer=case.customer,
            screening_ref=f"scr-{uuid4().hex[:12]}",
            subject_key=subject.key,
            subject_name=subject.name,
            provider=provider,
            list_date=now.date(),
            screened_at=now,
            hits=hits if subject.key == "customer" else (),
            actor=PARTNER,
            now=now,
        )
    return again(case)


def act(verb: str, who: Any, **arguments: Any) -> Any:
    """One service call by one person, now."""
    by = actor(who) if not isinstance(who, Actor) else who
    if verb == "attest_and_submit":
        arguments.setdefault("second_factor_at", timezone.now())
    if verb == "decide_document" and must_say_expiry(
        Document.objects.get(pk=arguments["case_document"].document_id)
    ):
        arguments.setdefault("expires_on", timezone.now().date() + timedelta(days=900))
    return getattr(services, verb)(actor=by, now=timezone.now(), **arguments)


def again(case: Case) -> Case:
    return Case.objects.select_related("customer").get(pk=case.pk)


def verbs(case: Case) -> list[str]:
    return [entry.verb for entry in timeline_of(case)]


def accept_documents(case: Case, who: Any) -> None:
    for row in review.documents_of(case):
        act("decide_document", who, case_document=row, decision="ACCEPTED")


def accept_people(case: Case, who: Any) -> None:
    """The directors and owners of a company; nothing for a person."""
    for row in people.of_case(again(case)):
        if row.decision == "PENDING":
            act("decide_person", who, person=row, decision="ACCEPTED", reason="Seen on a video call.")


def accept(case: Case, who: Any) -> Case:
    """One person's whole look at a case, ending in a yes."""
    if not case.customer.screenings.exists():
        screened(case)
    act("claim_case", who, case=case)
    accept_documents(case, who)
    accept_people(case, who)
    tell_apart(case.customer, who)
    return act("accept_case", who, case=again(case))


def tell_apart(customer: Customer, who: Any) -> None:
    """The customers of the tests look alike: say of each that it is somebody else."""
    likeness.compare(customer, now=timezone.now())
    for pair in likeness.open_pairs_of(customer):
        likeness.decide(pair=pair, is_same=False, reason="Met both.", actor=actor(who), now=timezone.now())


def decline(case: Case, who: Any, reason: str = "No.") -> Case:
    """One person's look at a case, ending in a no."""
    act("claim_case", who, case=case)
    return act("decline_case", who, case=again(case), reason=reason)


def to_ready(case: Case, who: Any) -> Case:
    """Accepted by this person, and by another one where a second look is called for."""
    case = accept(case, who)
    return accept(case, another_reviewer()) if case.state == "IN_REVIEW" else case


def to_declined(case: Case, who: Any, reason: str = "No.") -> Case:
    """Declined by this person, and by another one."""
    decline(case, who, reason)
    return decline(case, another_reviewer(), reason)


def another_reviewer() -> User:
    return person(Role.COMPLIANCE_REVIEWER, name="Second Reviewer")


def attest(case: Case, who: Any) -> Case:
    act("claim_case", who, case=case)
    digest = review.content_digest(again(case))
    act("attest_and_submit", who, case=case, seen_digest=digest)
    return again(case)


def to_submitting(case: Case, who: Any) -> Case:
    to_ready(case, who)
    return attest(case, who)


def say(customer: Customer, status: str, *, after: float = 0, source: str = "EVENT", **more: Any) -> None:
    """Oceafin says a status of the customer."""
    at = timezone.now() + timedelta(seconds=after)
    statuses.record_status(customer, status=status, at=at, source=source, now=timezone.now(), **more)


def know(customer: Customer, customer_id: UUID | None = None) -> Customer:
    """Oceafin's id of the customer arrives."""
    return statuses.record_customer_id(customer, customer_id=customer_id or uuid4(), now=timezone.now())


def letter_of(case: Case) -> Submission | None:
    return Submission.objects.filter(subject_type="onboarding.Case", subject_id=str(case.pk)).last()


@pytest.fixture
def rita():
    """She reviews."""
    return person(Role.COMPLIANCE_REVIEWER, name="Rita")


@pytest.fixture
def robin():
    """Another reviewer."""
    return person(Role.COMPLIANCE_REVIEWER, name="Robin")


@pytest.fixture
def lena():
    """She leads, and may attest."""
    return person(Role.COMPLIANCE_LEAD, name="Lena")


@pytest.fixture
def sam():
    """He supports customers and must see nothing personal."""
    return person(Role.SUPPORT, name="Sam")


def moments(count: int, start: datetime | None = None) -> list[datetime]:
    first = start or timezone.now()
    return [first + timedelta(seconds=number) for number in range(count)]
