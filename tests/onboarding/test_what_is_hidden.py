"""What is hidden from who has not taken the case, wherever on the desk it could show: data, hits, people, words."""

import copy

import pytest
from django.utils import timezone

from backoffice.staff.roles import Role
from customers.facts import services as facts
from customers.likeness import services as likeness
from customers.screening import services as screening
from onboarding.models import Case
from tests.onboarding.conftest import COMPANY, act, again, make_case, make_customer, screened, upload
from tests.people import actor, person, sign_in

pytestmark = pytest.mark.django_db

PLANTED = (
    "Quibblestone",
    "Marmalette",
    "1971-03-04",
    "4 March 1971",
    "HRB-777-PLANTED",
    "Plantedstrasse",
    "PASSNUMBER99",
    "PASSNUMBER88",
    "Hitnamed Listed",
    "wordsofareviewer",
    "scan-of-marmalette",
)
TABS = ("data", "people", "risk", "messages", "history")


@pytest.fixture
def case(rita, robin) -> Case:
    """Rita looked at it first and Robin has given it back; everything in it has a name that can be found."""
    details = copy.deepcopy(COMPANY)
    details["corporationDetails"] |= {
        "legalName": "Quibblestone Ltd",
        "registrationNumber": "HRB-777-PLANTED",
    }
    details["corporationDetails"]["registeredAddress"]["line1"] = "Plantedstrasse 1"
    director = details["additionalCorporationDetails"]["directors"][0]
    director |= {"firstName": "Marmalette", "dateOfBirth": "1971-03-04"}
    company = make_customer("corp-1", customer_type="CORPORATE", display_name="Quibblestone Ltd")
    papers = [upload(company, "REGISTER_EXTRACT").document_id]
    case = make_case(company, ref="kyb-1", details=details, document_ids=papers)
    twin = make_customer("corp-2", customer_type="CORPORATE", display_name="Quibblestone Limited")
    likeness.compare(twin, now=timezone.now())
    screened(case, screening.Found(kind="PEP", name="Hitnamed Listed"))
    act("claim_case", rita, case=case)
    row = case.case_documents.get()
    # Read anew: the trail keeps in a note what was read before.
    for number in ("PASSNUMBER88", "PASSNUMBER99"):
        facts.read_document(
            row.document,
            number=number,
            issuing_country="DE",
            issued_on=None,
            expires_on=None,
            actor=actor(rita),
            now=timezone.now(),
        )
    hit = case.customer.screenings.exclude(hits=None).get().hits.get()
    screening.decide_hit(
        hit=hit, decision="DISMISSED", reason="wordsofareviewer", actor=actor(rita), now=timezone.now()
    )
    for who in case.people.all():
        act("decide_person", rita, person=who, decision="ACCEPTED", reason="wordsofareviewer")
    act(
        "decide_document",
        rita,
        case_document=row,
        decision="REJECTED",
        reason_code="UNREADABLE",
        reason="wordsofareviewer",
    )
    act("collect_item", rita, case=again(case), code="OTHER", text="wordsofareviewer to Marmalette")
    act("release_case", rita, case=again(case))
    return again(case)


def pages(case: Case) -> list[str]:
    row = case.case_documents.get()
    pair = likeness.pairs_of(case.customer).first()
    return [
        "/",
        "/cases/",
        "/cases/?queue=review",
        "/cases/kyb-1/",
        *(f"/cases/kyb-1/?tab={tab}" for tab in TABS),
        *(f"/cases/kyb-1/tabs/{tab}/" for tab in TABS),
        "/cases/kyb-1/data/",
        "/cases/kyb-1/drafts/",
        "/cases/kyb-1/consent/",
        "/cases/kyb-1/hand-over/",
        f"/cases/kyb-1/documents/{row.pk}/original/",
        f"/customers/customer/{case.customer_id}/change/",
        f"/customers/document/{row.document_id}/change/",
        "/customers/customer/",
        "/customers/customer/?q=corp-1",
        "/duplicates/",
        *([f"/duplicates/{pair.pk}/"] if pair else []),
        "/looks/",
        "/audit/entry/",
        "/oceafin/submission/",
        "/outgoing/delivery/",
    ]


@pytest.mark.parametrize("role", Role)
def test_stays_hidden_on_every_page(client, case, role):
    sign_in(client, person(role))
    words = set(PLANTED)
    if role in {Role.COMPLIANCE_REVIEWER, Role.COMPLIANCE_LEAD, Role.MLRO}:
        # What the customer is asked in the case's own words is read by every reviewer.
        words -= {"wordsofareviewer", "Marmalette"}
    for page in pages(case):
        answer = client.get(page)
        assert answer.status_code < 500, page
        found = [word for word in words if word.encode() in b"".join(answer)]
        assert not found, (role, page, found)


def test_opens_to_who_takes_the_case(client, case, robin):
    act("claim_case", robin, case=case)
    sign_in(client, robin)
    places = ["/cases/kyb-1/", *(f"/cases/kyb-1/tabs/{tab}/" for tab in TABS)]
    read = "".join(client.get(place).content.decode() for place in places)
    opened = ("Quibblestone", "Marmalette", "HRB-777-PLANTED", "PASSNUMBER99", "PASSNUMBER88")
    missing = [word for word in opened if word not in read]
    assert not missing
