"""The onboarding of a company as the people live through it, on real processes: by keyboard alone, to Oceafin's yes.

The partner's system answers over the real API. Nobody touches a mouse: `Keyboard` knows only keys.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext

from backoffice.staff.roles import Role
from tests.browser.colleagues import Colleague, oceafin_comes_to, words_of
from tests.browser.papers import slip
from tests.faults.house import House
from tests.onboarding.conftest import COMPANY
from tests.partner import Partner

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def site_url(house: House) -> str:
    return house.web_url


@pytest.fixture
def partner(house: House) -> Partner:
    return Partner(house)


@pytest.fixture
def colleague(new_window: Callable[[], BrowserContext]) -> Callable[[Role, str], Colleague]:
    return lambda role, name: Colleague(new_window(), role, name)


def owner(first: str, last: str, percent: str) -> dict[str, str]:
    born = {"dateOfBirth": "1970-01-01", "nationality": "ES"}
    return {"firstName": first, "lastName": last, "ownershipPercent": percent, **born}


def company_details() -> dict[str, Any]:
    """One director; Carla owns 60 % and Dario 40 %."""
    more = COMPANY["additionalCorporationDetails"]
    owners = [owner("Carla", "Specimen", "60"), owner("Dario", "Specimen", "40")]
    return {**COMPANY, "additionalCorporationDetails": {**more, "beneficialOwners": owners}}


def screen_everybody(partner: Partner) -> None:
    """The partner's provider looked for the company and for each of its people, and found nobody."""
    people = [("DIRECTOR", "A B", "1980-01-01")]
    people += [("OWNER", f"{name} Specimen", "1970-01-01") for name in ("Carla", "Dario")]
    subjects: list[dict[str, str]] = [{"role": "CUSTOMER", "name": "Specimen GmbH"}]
    subjects += [{"role": role, "name": name, "dateOfBirth": born} for role, name, born in people]
    now = timezone.now()
    for number, subject in enumerate(subjects):
        body = {"screeningRef": f"scr-{number}", "provider": "Specimen Lists", "subject": subject}
        body |= {"listDate": now.date().isoformat(), "screenedAt": now.isoformat()}
        partner.post("customers/cust-1/screenings", body)


def test_a_company_with_two_owners_is_approved_after_questions_from_each_side(
    house: House, partner: Partner, colleague: Callable, tmp_path: Path
) -> None:
    customer = {"partnerCustomerRef": "cust-1", "customerType": "CORPORATE", "displayName": "Specimen GmbH"}
    partner.post("customers", {**customer, "metadata": {"simulate": "missing"}})
    register = partner.upload("REGISTER_EXTRACT", slip("Register extract"))
    carla = partner.upload("PASSPORT", slip("Passport of Carla"))
    dario = partner.upload("PASSPORT", slip("Passport of Dario, blurred"))
    body = {"caseRef": "kyb-1", **company_details(), "documentIds": [register, carla, dario]}
    partner.post("customers/cust-1/onboarding-cases", body)
    screen_everybody(partner)

    # Two things in one letter: a sharper passport of one owner, and how the company is owned.
    rita = colleague(Role.COMPLIANCE_REVIEWER, "Rita Reviewer")
    rita.is_in(house.web_url)
    rita.opens_the_queue()
    rita.takes_the_next_case("kyb-1")
    rita.accepts_the_document()
    rita.accepts_the_document()
    rita.rejects_the_document("Cannot be read", "The photo is too dark.")
    rita.opens_the_tab("2", "Ownership")
    rita.opens_the_tab("4", "To ask the customer")
    rita.puts_on_the_list(what="A document", document="Ownership")
    rita.asks_the_customer_for_what_is_on_the_list()
    asked = partner.get("onboarding-cases/kyb-1")["askedFor"]
    assert {each["documentType"] for each in asked} == {"PASSPORT", "OWNERSHIP_STRUCTURE"}
    dario = partner.upload("PASSPORT", slip("Passport of Dario"))
    structure = partner.upload("OWNERSHIP_STRUCTURE", slip("Ownership"))
    papers = [register, carla, dario, structure]
    partner.put("onboarding-cases/kyb-1", {**company_details(), "documentIds": papers})

    rita.takes_the_next_case("kyb-1")
    rita.accepts_every_document()
    rita.opens_the_tab("2", "Ownership")
    rita.accepts_the_next_person(how="Seen on a video call.")
    rita.turns_to_document(2)
    rita.links_it_to_the_next_person()
    rita.accepts_the_next_person()
    rita.go("j")
    rita.links_it_to_the_next_person()
    rita.accepts_the_next_person()
    rita.accepts_the_case(then="Another person looks at this case too before it counts.")

    robin = colleague(Role.COMPLIANCE_REVIEWER, "Robin Reviewer")
    robin.is_in(house.web_url)
    robin.opens_the_queue()
    robin.takes_the_next_case("kyb-1")
    looks_a_second_time(robin)

    lena = colleague(Role.COMPLIANCE_LEAD, "Lena Lead")
    lena.is_in(house.web_url)
    lena.takes_the_case_to_sign("kyb-1")
    lena.signs()
    oceafin_comes_to(house, partner, "onboarding-cases/kyb-1", "MISSING_INFO")
    lena.sees("Please send a clearer copy.")
    papers.append(partner.upload("PROOF_OF_ADDRESS", slip("Rental contract")))
    partner.put("onboarding-cases/kyb-1", {**company_details(), "documentIds": papers})

    rita.takes_the_next_case("kyb-1")
    rita.accepts_every_document()
    rita.accepts_the_case(then="Another person looks at this case too before it counts.")
    robin.takes_the_next_case("kyb-1")
    looks_a_second_time(robin)
    lena.takes_the_case_to_sign("kyb-1")
    lena.signs()
    oceafin_comes_to(house, partner, "onboarding-cases/kyb-1", "APPROVED")
    lena.sees_the_state("Approved")

    said = words_of(lena.makes_the_evidence_pack(tmp_path), tmp_path)
    assert "skipped" not in said


def looks_a_second_time(robin: Colleague) -> None:
    """At everything, as if nobody had: the documents, the director, both owners, the case."""
    robin.sees("This is a second look.")
    robin.accepts_every_document()
    robin.opens_the_tab("2", "Ownership")
    robin.accepts_the_next_person(how="Met in our office.")
    robin.accepts_the_next_person()
    robin.accepts_the_next_person()
    robin.accepts_the_case(then="The case waits for a signature")
