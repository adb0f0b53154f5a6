"""The onboarding of a person as the people live through it, on real processes: by keyboard alone, to Oceafin's yes.

The partner's system answers over the real API. Nobody touches a mouse: `Keyboard` knows only keys.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from backoffice.staff.roles import Role
from tests.browser.colleagues import Colleague, oceafin_comes_to, words_of
from tests.browser.doors import make_stale
from tests.browser.papers import slip
from tests.customers.specimens import picture as photo
from tests.faults.house import House
from tests.onboarding.conftest import person_details
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


def test_a_person_is_approved_after_questions_from_each_side(
    house: House, partner: Partner, colleague: Callable, tmp_path: Path
) -> None:
    customer = {"partnerCustomerRef": "cust-1", "customerType": "INDIVIDUAL", "displayName": "Zoë Example"}
    partner.post("customers", {**customer, "metadata": {"simulate": "missing"}})
    passport = partner.upload("PASSPORT", slip("Passport, blurred", 2))
    selfie = partner.upload("SELFIE", photo("JPEG", size=(640, 480)))
    body = {"caseRef": "kyc-1", **person_details(), "documentIds": [passport, selfie]}
    partner.post("customers/cust-1/onboarding-cases", body)

    # We ask the customer, and a sharper passport comes into the same case.
    rita = colleague(Role.COMPLIANCE_REVIEWER, "Rita Reviewer")
    rita.signs_in()
    rita.opens_the_queue()
    rita.takes_the_next_case("kyc-1")
    rita.press("ArrowRight")
    expect(rita.page.locator("[data-page-number]")).to_have_text("2")
    rita.rejects_the_document("Cannot be read", "The number is blurred.")
    rita.accepts_the_document()
    rita.opens_the_tab("4", "To ask the customer")
    rita.asks_the_customer_for_what_is_on_the_list()
    [asked] = partner.get("onboarding-cases/kyc-1")["askedFor"]
    assert (asked["by"], asked["documentType"]) == ("US", "PASSPORT")
    sharper = partner.upload("PASSPORT", slip("Passport"))
    partner.put("onboarding-cases/kyc-1", {**person_details(), "documentIds": [sharper, selfie]})

    rita.takes_the_next_case("kyc-1")
    rita.sees("version 2")
    rita.go("b")
    rita.sees_every_page_drawn()
    expect(rita.page.get_by_label("Document beside this one")).to_contain_text("Passport")
    rita.accepts_every_document()
    rita.writes_down_a_screening(public_office="Zoe Example, mayor")
    rita.confirms_the_hit("Same day of birth; she was elected in 2024.")
    rita.accepts_the_case(then="Another person looks at this case too before it counts.")

    robin = colleague(Role.COMPLIANCE_REVIEWER, "Robin Reviewer")
    robin.is_in(house.web_url)
    robin.opens_the_queue()
    robin.takes_the_next_case("kyc-1")
    robin.sees("This is a second look.")
    robin.accepts_every_document()
    robin.accepts_the_case(then="The case waits for a signature")

    lena = colleague(Role.COMPLIANCE_LEAD, "Lena Lead")
    lena.is_in(house.web_url)
    lena.takes_the_case_to_sign("kyc-1")
    make_stale()
    lena.signs()
    oceafin_comes_to(house, partner, "onboarding-cases/kyc-1", "MISSING_INFO")

    # Oceafin asks, in its own words, and the answer goes through the same hands.
    lena.sees_the_state("Missing")
    lena.sees("Please send a clearer copy.")
    [asked] = partner.get("onboarding-cases/kyc-1")["askedFor"]
    assert (asked["by"], asked["message"]) == ("OCEAFIN", "Please send a clearer copy.")
    bill = partner.upload(asked["documentType"], slip("Electricity bill"))
    partner.put("onboarding-cases/kyc-1", {**person_details(), "documentIds": [sharper, selfie, bill]})
    rita.takes_the_next_case("kyc-1")
    rita.sees("Please send a clearer copy.")
    rita.accepts_every_document()
    rita.accepts_the_case(then="Another person looks at this case too before it counts.")
    robin.takes_the_next_case("kyc-1")
    robin.accepts_every_document()
    robin.accepts_the_case(then="The case waits for a signature")
    lena.takes_the_case_to_sign("kyc-1")
    lena.signs()
    oceafin_comes_to(house, partner, "onboarding-cases/kyc-1", "APPROVED")
    lena.sees_the_state("Approved")

    said = words_of(lena.makes_the_evidence_pack(tmp_path), tmp_path)
    assert "skipped" not in said
    assert partner.get("customers/cust-1")["status"] == "APPROVED"
