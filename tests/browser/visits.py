"""One window that goes from page to page, and which pages there are: for the tests that look at every one."""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from django.urls import URLPattern, URLResolver, get_resolver, resolve
from playwright.sync_api import Page, expect

from tests.browser.conftest import TALL

# Why an address is not looked at.
PRESSED = "takes what a button sends, and is no page"
KEYS_NOT_TOLD = """() => {
    const told = Array.from(document.querySelectorAll("[data-keys] kbd"), (key) => key.textContent);
    const arrows = { ArrowLeft: "←", ArrowRight: "→" };
    return Array.from(document.querySelectorAll("[data-key]"), (each) => arrows[each.dataset.key] || each.dataset.key)
        .filter((key) => !told.includes(key) && !"123456789".includes(key));
}"""


def registered(resolver: URLResolver | None = None, space: str = "") -> Iterator[str]:
    """The names of all addresses that there are, as `space:name`."""
    for each in (resolver or get_resolver()).url_patterns:
        if isinstance(each, URLResolver):
            yield from registered(each, f"{space}{each.namespace}:" if each.namespace else space)
        elif isinstance(each, URLPattern) and each.name:
            yield space + each.name


class Visits:
    """One window that goes from page to page; each page is judged, and noted by the name of its address.

    A page that is like another one is only tried for its size: axe takes a second.
    """

    def __init__(
        self, page: Page, judge: Callable[[Page, str], None], fits: Callable[[Page, str], None]
    ) -> None:
        self.page, self.judge, self.fits = page, judge, fits
        # As axe wants it, so that it is not made so for each page.
        page.set_viewport_size({"width": page.viewport_size["width"], "height": TALL})
        self.seen: set[str] = set()

    def go(self, address: str, name: str, *, like_another: bool = False) -> None:
        answer = self.page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        assert urlsplit(self.page.url).path == urlsplit(address).path, f"{address} leads elsewhere"
        self.look(name, like_another=like_another)

    def look(self, name: str, *, like_another: bool = False) -> None:
        expect(self.page.locator("main h1").first).to_be_visible()
        self.page.wait_for_load_state()
        assert self.page.evaluate(KEYS_NOT_TOLD) == [], f"{name}: the dialog of keys leaves these out"
        (self.fits if like_another else self.judge)(self.page, name)
        self.seen.add(resolve(urlsplit(self.page.url).path).view_name)

    def press(self, button: str, name: str, *, like_another: bool = False) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=button, exact=True).click()
        self.look(name, like_another=like_another)
