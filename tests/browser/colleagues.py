"""People of compliance at their windows, with nothing but a keyboard, and what Oceafin makes of their work."""

import subprocess
import sys
import zipfile
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from playwright.sync_api import BrowserContext, expect

from backoffice.staff.roles import Role
from tests.browser.doors import let_in
from tests.browser.keyboard import Keyboard
from tests.faults.house import House
from tests.partner import Partner
from tests.people import Phone, enrol, person
from tests.waiting import eventually

# As the browser takes a day from the keys: month, day, year.
GOOD_UNTIL = f"0531{timezone.now().year + 5}"


class Colleague(Keyboard):
    """Somebody of compliance at a window of their own. To sign in by keys takes longer than most of their work."""

    def __init__(self, window: BrowserContext, role: Role, name: str) -> None:
        super().__init__(window.new_page())
        self.user = person(role, name=name, email=f"{name.split()[0].lower()}@example.com")
        self.phone: Phone = enrol(self.user)

    def signs_in(self) -> None:
        self.come_in(self.user, self.phone)

    def is_in(self, site_url: str) -> None:
        """As they are after signing in."""
        let_in(self.page.context, self.user, site_url)
        self.page.goto("/")

    def opens_the_queue(self, name: str = "") -> None:
        self.reach("Onboarding")
        self.go()
        if name:
            self.skips_the_menu()
            self.reach(name)
            self.go()
        expect(self.page.get_by_role("heading", name="Onboarding cases")).to_be_visible()

    def skips_the_menu(self) -> None:
        """Else they would press Tab for each entry of it."""
        self.reach("Skip to the content")
        self.press("Enter")

    def takes_the_next_case(self, ref: str) -> None:
        self.go("n")
        expect(self.page.get_by_role("heading", name=ref)).to_be_visible()
        self.sees_every_page_drawn()

    def sees_every_page_drawn(self) -> None:
        drawn = "Array.from(document.querySelectorAll('[data-image]')).every((each) => each.naturalWidth)"
        eventually(lambda: self.page.evaluate(drawn), every=0.1)

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
        until = self.page.locator("#accept_expires_on")
        if until.count():
            self.press("a")
            self.is_at(until)
            self.type(GOOD_UNTIL)
            self.reach("Accept document")
            self.go()
        else:
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
        self.opens_the_tab("3", "Screening")
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
