"""A real Chromium on a real server. Every page that a test opens is watched for CSP violations and errors."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from backoffice.oceafin import client as client_module
from backoffice.staff.models import User
from tests.browser.axe import Axe
from tests.browser.doors import let_in
from tests.chromium import chromium
from tests.simulator.driver import SimulatorProcess

# Playwright's loop runs in the thread of the tests, which also asks the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# As long as Playwright waits for everything else here.
expect.set_options(timeout=10_000)

SCREENSHOTS = Path(os.environ.get("SCREENSHOTS", ".pytest_cache/screenshots"))
# Has room for every link of the menu.
TALL = 1600
TELL_VIOLATIONS = """document.addEventListener("securitypolicyviolation", (event) =>
    console.error("CSP " + event.violatedDirective + " " + event.blockedURI + " " + event.sourceFile));"""

# What a table keeps from running out of the page is cut off by it.
OUTSIDE = """() => {
    const all = (what) => Array.from(document.querySelectorAll(what));
    const ends = (each) => each.getBoundingClientRect().right > innerWidth;
    const pressed = all("main button, main a.button, main summary").filter((each) => {
        const box = each.getBoundingClientRect();
        return box.width && (box.left < 0 || box.right > innerWidth);
    });
    return {
        "scrolls sideways": document.documentElement.scrollWidth <= innerWidth ? [] :
            ["the page", ...all("main *").filter(ends).map((each) => each.outerHTML.slice(0, 120))],
        "has buttons outside": pressed.map((each) => each.textContent.trim()),
        "is cut off": all("main .queue--cards tbody *").filter(ends).map((each) => each.textContent.trim()),
    };
}"""

# On a desk there is room for the whole of a table.
TABLES_CUT = """Array.from(document.querySelectorAll("main .table-wrap"))
    .filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => each.textContent.trim().slice(0, 80))"""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])


@pytest.fixture(autouse=True)
def _quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["tests.people.FewRounds"]


@pytest.fixture
def site_url(live_server) -> str:
    """Where the pages are. A test of the whole house overrides this with the address of its web process."""
    return str(live_server.url)


@pytest.fixture(scope="session")
def _oceafin() -> Iterator[SimulatorProcess]:
    with SimulatorProcess(
        client_id="test-client", client_secret="test-client-secret", webhook_secret="test-webhook-secret"
    ) as process:
        yield process


@pytest.fixture
def oceafin(_oceafin: SimulatorProcess, settings) -> Iterator[SimulatorProcess]:
    """A whole stand-in Oceafin, fresh, that our own client speaks to."""
    _oceafin.reset()
    settings.OCEAFIN_PARTNER_API_BASE_URL = _oceafin.base_url
    client_module.reset_clients()
    yield _oceafin
    client_module.reset_clients()


@pytest.fixture
def new_window(browser: Browser, site_url: str) -> Iterator[Callable[[], BrowserContext]]:
    """Opens windows of 1440 pixels, each with a session of its own.

    Ends with an assertion: no CSP violation, no error in any console.
    """
    windows: list[BrowserContext] = []
    faults: list[str] = []

    def new_window() -> BrowserContext:
        window = browser.new_context(
            base_url=site_url, viewport={"width": 1440, "height": 900}, timezone_id="Europe/Paris"
        )
        window.grant_permissions(["clipboard-read", "clipboard-write"])
        window.set_default_timeout(10_000)
        window.add_init_script(TELL_VIOLATIONS)
        window.on(
            "console",
            lambda message: (
                faults.append(message.text)
                if message.type == "error" and not re.search(r"status of 4\d\d", message.text)
                else None
            ),
        )
        window.on("weberror", lambda error: faults.append(str(error.error)))
        windows.append(window)
        return window

    yield new_window
    for window in windows:
        window.close()
    assert faults == []


@pytest.fixture
def context(new_window: Callable[[], BrowserContext]) -> BrowserContext:
    """One such window."""
    return new_window()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def enter(context: BrowserContext, site_url: str) -> Callable[[User], None]:
    """Let a person into this window as they are after signing in."""
    return lambda user: let_in(context, user, site_url)


@pytest.fixture
def shoot() -> Callable[[Page, str], None]:
    """Four pictures of the page as it stands: wide and narrow, light and dark. For looking at, not compared.

    Taken only when SCREENSHOTS names a folder: they cost more time than the tests that ask for them.
    """

    def shoot(page: Page, name: str) -> None:
        if "SCREENSHOTS" not in os.environ:
            return
        page.wait_for_load_state()
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            assert width < 1440 or page.evaluate(TABLES_CUT) == [], name
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                page.screenshot(path=SCREENSHOTS / f"{name}-{width}-{scheme}.png", full_page=True)
        page.set_viewport_size({"width": 1440, "height": 900})
        page.emulate_media(color_scheme="light")

    return shoot


@pytest.fixture(scope="session")
def axe() -> Axe:
    return Axe()


@pytest.fixture
def accessible(axe: Axe) -> Callable[[Page], None]:
    """Assert that axe finds nothing against WCAG A and AA on the page, light and dark."""

    def accessible(page: Page) -> None:
        with kept_size(page):
            make_tall(page)
            axe.judge(page)

    return accessible


@pytest.fixture
def fits(shoot) -> Callable[[Page, str], None]:
    """What every page owes a phone: no sideways scrolling, and each button inside the screen. Takes pictures, too."""

    def fits(page: Page, name: str) -> None:
        with kept_size(page):
            look_on_a_phone(page, name)
        shoot(page, name)

    return fits


@pytest.fixture
def judge(axe: Axe, shoot) -> Callable[[Page, str], None]:
    """It fits, and axe finds nothing: for pages that no other test shows to axe, which takes a second."""

    def judge(page: Page, name: str) -> None:
        with kept_size(page):
            make_tall(page)
            axe.judge(page)
            look_on_a_phone(page, name)
        shoot(page, name)

    return judge


@contextmanager
def kept_size(page: Page) -> Iterator[None]:
    before = page.viewport_size
    yield
    resize(page, **before)


def make_tall(page: Page) -> None:
    """A link of a long menu that its scrolling edge cuts would count as too small: here is room for all of them."""
    resize(page, width=page.viewport_size["width"], height=TALL)


def look_on_a_phone(page: Page, name: str) -> None:
    page.wait_for_load_state()
    resize(page, width=390, height=844)
    for fault, where in page.evaluate(OUTSIDE).items():
        assert where == [], f"{name} {fault}: {where}"


def resize(page: Page, *, width: int, height: int) -> None:
    """To draw it all again takes longer than most questions about a page: only if it is not so large already."""
    if page.viewport_size != {"width": width, "height": height}:
        page.set_viewport_size({"width": width, "height": height})
