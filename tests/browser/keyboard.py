"""A person at a window of their own, with nothing but a keyboard.

rita = Keyboard(page)
rita.come_in(user, phone)
rita.go("n")                                  # a key that leads to another page
rita.fill("Number", "C01X00T47")              # Tab until that field has the focus, then type
"""

from playwright.sync_api import Locator, Page, expect

from backoffice.staff.models import User
from tests.people import PASSWORD, Phone

# Nobody presses Tab more often than this to come to a button.
FARTHEST = 60
FOCUSED = """() => {
    const here = document.activeElement;
    const named = (here.labels && here.labels[0]) || here;
    return (here.getAttribute("aria-label") || named.innerText || "").trim();
}"""


class Keyboard:
    """What somebody does who has no mouse. They look at the page with `sees` and Playwright's `expect`."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def go(self, key: str = "Enter") -> None:
        """Press a key that leads to another page; returns once that page listens to keys."""
        with self.page.expect_navigation(wait_until="domcontentloaded"):
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Write, or pick from a list what begins with these words."""
        self.page.keyboard.type(text)

    def reach(self, name: str) -> None:
        """Tab on, until something has the focus whose name begins with these words."""
        passed = []
        for _ in range(FARTHEST):
            self.page.keyboard.press("Tab")
            here = self.page.evaluate(FOCUSED)
            if here.startswith(name):
                return
            passed.append(here.split("\n")[0][:30])
        raise AssertionError(f"Tab does not come to {name!r}, only to {passed}")

    def fill(self, name: str, text: str) -> None:
        self.reach(name)
        self.type(text)

    def sees(self, *sentences: str) -> None:
        for sentence in sentences:
            expect(self.page.get_by_text(sentence).locator("visible=true").first).to_be_visible()

    def is_at(self, place: Locator) -> None:
        """The focus is there already."""
        expect(place).to_be_focused()

    def come_in(self, user: User, phone: Phone) -> None:
        """Email, password, and the code from the phone."""
        self.page.goto("/")
        self.fill("Email", user.email)
        self.fill("Password", PASSWORD)
        self.go()
        self.fill("Code", phone.code())
        self.go()
        expect(self.page.get_by_role("heading", name=f"Hello, {user.get_short_name()}")).to_be_visible()
