"""Two onboardings as the people live through them, on real processes: by keyboard alone, to Oceafin's yes.

The partner's system answers over the real API. Nobody touches a mouse: `Keyboard` knows only keys.
"""

import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

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
from tests.houses import lived_in
from tests.onboarding.conftest import person_details
from tests.partner import Partner
from tests.people import Phone, enrol, person
from tests.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def running_house(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[House]:
    with django_db_blocker.unblock(), House(tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest.fixture
def house(transactional_db, running_house: House, settings) -> Iterator[House]:
    with lived_in(running_house, settings) as house:
        yield house


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

    def accepts_the_case(self, *, then: str) -> None:
        self.go("a")
        self.sees(then)

    def opens_the_tab(self, key: str, heading: str) -> None:
        self.press(key)
        expect(self.page.get_by_role("heading", name=heading)).to_be_visible()

    def asks_the_customer_for_what_is_on_the_list(self) -> None:
        self.opens_the_tab("4", "To ask the customer")
        self.go("s")
        self.sees("The customer is asked.")

    def writes_down_a_screening(self, *, public_office: str) -> None:
        self.opens_the_tab("3", "Screening")
        self.reach("Take down a screening")
        self.press("Enter")
        self.is_at(self.page.get_by_label("Who was screened"))
        self.fill("Provider", "Specimen Lists")
        self.fill("Day of the lists", timezone.now().strftime("%m%d%Y"))
        self.fill("Kind of list", "Politically")
        self.fill("Name on the list", public_office)
        self.go()
        self.sees("The screening is taken down.")

    def confirms_the_hit(self, why: str) -> None:
        self.press("3")
        self.fill("Why", why)
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
