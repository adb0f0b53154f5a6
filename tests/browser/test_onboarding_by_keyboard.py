"""Two onboardings as the people live through them, on real processes: by keyboard alone, to Oceafin's yes.

The partner's system answers over the real API. Nobody touches a mouse: `Keyboard` knows only keys.
"""

import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import BrowserContext, expect

from backoffice.staff.roles import Role
from tests.browser.doors import make_stale
from tests.browser.keyboard import Keyboard
from tests.browser.papers import specimen
from tests.customers.specimens import picture as photo
from tests.faults.house import House
from tests.onboarding.conftest import COMPANY, person_details
from tests.partner import Partner
from tests.people import Phone, enrol, person
from tests.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def site_url(house: House) -> str:
    return house.web_url


@pytest.fixture
def partner(house: House) -> Partner:
    return Partner(house)


class Colleague(Keyboard):
    """Somebody of compliance, signed in at a window of their own."""

    def __init__(self, window: BrowserContext, role: Role, name: str) -> None:
        super().__init__(window.new_page())
        self.user = person(role, name=name, email=f"{name.split()[0].lower()}@example.com")
        self.phone: Phone = enrol(self.user)
        self.come_in(self.user, self.phone)

    def opens_the_queue(self, name: str = "") -> None:
        self.reach("Onboarding")
        self.go()
        if name:
            self.reach(name)
            self.go()
        expect(self.page.get_by_role("heading", name="Onboarding cases")).to_be_visible()

    def takes_the_next_case(self, ref: str) -> None:
        self.go("n")
        expect(self.page.get_by_role("heading", name=ref)).to_be_visible()
        self.sees_every_page_drawn()

    def sees_every_page_drawn(self) -> None:
        drawn = "Array.from(document.querySelectorAll('[data-image]')).every((each) => each.naturalWidth)"
        eventually(lambda: self.page.evaluate(drawn))

    def rejects_the_document(self, reason: str, words: str) -> None:
        self.press("r")
        self.is_at(self.page.get_by_label("Why", exact=True))
        self.type(reason)
        self.fill("In your own words", words)
        self.reach("Reject document")
        self.go()
        expect(self.page.locator(".document-tab--rejected")).to_have_count(1)

    def accepts_the_document(self) -> None:
        accepted = self.page.locator(".document-tab--accepted")
        before = accepted.count()
        self.go("a")
        expect(accepted).to_have_count(before + 1)

    def accepts_every_document(self) -> None:
        for _ in range(self.page.locator(".document-tab--pending").count()):
            self.accepts_the_document()

    def turns_to_document(self, number: int) -> None:
        while not self.page.get_by_text(f"Document {number} of").is_visible():
            self.go("k")

    def links_it_to_the_next_person(self) -> None:
        linked = self.page.locator(".person__documents li")
        before = linked.count()
        self.go("l")
        expect(linked).to_have_count(before + 1)

    def accepts_the_next_person(self, *, how: str = "") -> None:
        """By the identity document that is linked to the person, or by the words of who made sure."""
        accepted = self.page.locator("#tab-people .badge", has_text="Accepted")
        before = accepted.count()
        if how:
            self.press("y")
            self.is_at(self.page.get_by_label("How you made sure who it is").locator("visible=true"))
            self.type(how)
            self.reach("Accept person")
            self.go()
        else:
            self.go("y")
        expect(accepted).to_have_count(before + 1)

    def puts_on_the_list(self, *, what: str, document: str) -> None:
        self.press("l")
        self.is_at(self.page.get_by_label("What for"))
        self.type(what)
        self.fill("Which document", document)
        self.reach("Add to the list")
        self.go()
        self.sees("It is on the list. Nothing is sent yet.")

    def accepts_the_case(self, *, then: str) -> None:
        self.go("a")
        self.sees(then)

    def opens_the_tab(self, key: str, heading: str) -> None:
        self.press(key)
        expect(self.page.get_by_role("heading", name=heading)).to_be_visible()

    def asks_the_customer_for_what_is_on_the_list(self) -> None:
        self.go("s")
        self.sees("The customer is asked.")

    def writes_down_a_screening(self, *, public_office: str) -> None:
        self.opens_the_tab("3", "Screening")
        self.press("w")
        self.is_at(self.page.get_by_role("combobox", name="Who was screened"))
        self.fill("Who compared", "Specimen Lists")
        self.fill("Day of the lists", timezone.now().strftime("%m%d%Y"))
        self.reach("Write down a hit")
        self.press("Enter")
        self.fill("Name on the list", public_office)
        self.fill("Kind of list", "Politically")
        self.reach("Keep the screening")
        self.go()
        self.sees("The screening is kept.")

    def confirms_the_hit(self, why: str) -> None:
        self.press("3")
        self.fill("How you know", why)
        self.reach("The same person")
        self.go()
        self.sees("The hit is decided.")

    def takes_the_case_to_sign(self, ref: str) -> None:
        self.opens_the_queue("To sign")
        self.press("j")
        self.is_at(self.page.get_by_role("link", name=ref))
        self.go("Enter")
        self.go("c")
        self.sees_every_page_drawn()

    def signs(self) -> None:
        self.go("a")
        if self.page.get_by_role("heading", name="Confirm that it is you").is_visible():
            self.is_at(self.page.get_by_label("Code"))
            self.type(self.phone.code(1))
            self.go("Enter")
        self.sees("Signed. The case goes to Oceafin by itself.")

    def sees_the_state(self, word: str) -> None:
        """The page follows by itself what the workers and Oceafin do."""
        badge = self.page.get_by_role("heading", level=1).locator(".badge").first
        expect(badge).to_contain_text(word, timeout=20_000)

    def makes_the_evidence_pack(self, folder: Path) -> Path:
        self.opens_the_tab("5", "Evidence pack")
        self.fill("What it is for", "Audit")
        self.reach("Make the evidence pack")
        with self.page.expect_download(timeout=30_000) as download:
            self.press("Enter")
        pack = folder / download.value.suggested_filename
        download.value.save_as(pack)
        return pack


@pytest.fixture
def colleague(new_window: Callable[[], BrowserContext]) -> Callable[[Role, str], Colleague]:
    return lambda role, name: Colleague(new_window(), role, name)


def oceafin_comes_to(house: House, partner: Partner, path: str, state: str) -> None:
    """The letter leaves, and Oceafin works on it until it tells this."""

    def has_come() -> bool:
        house.oceafin.step()
        return bool(partner.get(path)["state"] == state)

    eventually(has_come, 30, every=0.1)


def words_of(pack: Path, folder: Path) -> str:
    """What the pack's own script says of it, run alone, with the keys that an auditor may hold."""
    audit, secret = folder / "audit.key", folder / "webhook.secret"
    audit.write_text(settings.AUDIT_KEY)
    secret.write_text(settings.OCEAFIN_PARTNER_API_WEBHOOK_SECRET)
    script = Path(zipfile.ZipFile(pack).extract("check.py", folder))
    command = [sys.executable, "-I", str(script), str(pack)]
    command += ["--audit-key-file", str(audit), "--webhook-secret-file", str(secret)]
    done = subprocess.run(command, capture_output=True, text=True, env={"PYTHONUTF8": "1"}, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_person_is_approved_after_questions_from_each_side(
    house: House, partner: Partner, colleague: Callable, fits: Callable, judge: Callable, tmp_path: Path
) -> None:
    customer = {"partnerCustomerRef": "cust-1", "customerType": "INDIVIDUAL", "displayName": "Zoë Example"}
    partner.post("customers", {**customer, "metadata": {"simulate": "missing"}})
    passport = partner.upload("PASSPORT", specimen("Passport, blurred"))
    selfie = partner.upload("SELFIE", photo("JPEG", size=(640, 480)))
    body = {"caseRef": "kyc-1", **person_details(), "documentIds": [passport, selfie]}
    partner.post("customers/cust-1/onboarding-cases", body)

    # We ask the customer, and a sharper passport comes into the same case.
    rita = colleague(Role.COMPLIANCE_REVIEWER, "Rita Reviewer")
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
    sharper = partner.upload("PASSPORT", specimen("Passport"))
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
    robin.opens_the_queue()
    robin.takes_the_next_case("kyc-1")
    robin.sees("This is a second look.")
    robin.accepts_every_document()
    robin.accepts_the_case(then="The case waits for a signature")

    lena = colleague(Role.COMPLIANCE_LEAD, "Lena Lead")
    lena.takes_the_case_to_sign("kyc-1")
    make_stale()
    lena.signs()
    oceafin_comes_to(house, partner, "onboarding-cases/kyc-1", "MISSING_INFO")

    # Oceafin asks, in its own words, and the answer goes through the same hands.
    lena.sees_the_state("Missing")
    lena.sees("Please send a clearer copy.")
    [asked] = partner.get("onboarding-cases/kyc-1")["askedFor"]
    assert (asked["by"], asked["message"]) == ("OCEAFIN", "Please send a clearer copy.")
    bill = partner.upload(asked["documentType"], specimen("Electricity bill"))
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
    register = partner.upload("REGISTER_EXTRACT", specimen("Register extract", 1))
    carla = partner.upload("PASSPORT", specimen("Passport of Carla", 1))
    dario = partner.upload("PASSPORT", specimen("Passport of Dario, blurred", 1))
    body = {"caseRef": "kyb-1", **company_details(), "documentIds": [register, carla, dario]}
    partner.post("customers/cust-1/onboarding-cases", body)
    screen_everybody(partner)

    # Two things in one letter: a sharper passport of one owner, and how the company is owned.
    rita = colleague(Role.COMPLIANCE_REVIEWER, "Rita Reviewer")
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
    dario = partner.upload("PASSPORT", specimen("Passport of Dario", 1))
    structure = partner.upload("OWNERSHIP_STRUCTURE", specimen("Ownership", 1))
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
    robin.opens_the_queue()
    robin.takes_the_next_case("kyb-1")
    looks_a_second_time(robin)

    lena = colleague(Role.COMPLIANCE_LEAD, "Lena Lead")
    lena.takes_the_case_to_sign("kyb-1")
    lena.signs()
    oceafin_comes_to(house, partner, "onboarding-cases/kyb-1", "MISSING_INFO")
    lena.sees("Please send a clearer copy.")
    papers.append(partner.upload("PROOF_OF_ADDRESS", specimen("Rental contract", 1)))
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
