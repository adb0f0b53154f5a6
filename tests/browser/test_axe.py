"""What the browser tests use to judge each page still finds what cannot be read, however much it has seen already."""

import pytest
from playwright.sync_api import Page

from tests.browser.axe import Axe
from tests.browser.slow_page import slow_page

pytestmark = pytest.mark.browser

GOOD = "<p>Readable</p><button disabled>Later</button>"
PAGE = """<html lang="en"><title>A page</title><style>
    :root {{ color-scheme: light dark }}
    body {{ background: #fff; color: #222 }}
    .pale {{ color: #bbb }}
    .night {{ color: #333 }}
    .box {{ background: #333 }}
    .thin {{ opacity: 0.3 }}
    @media (prefers-color-scheme: dark) {{ body {{ background: #111; color: #eee }} .box {{ background: #111 }} }}
</style><main><h1>Hello</h1>{}</main></html>"""


@pytest.fixture
def judged(page: Page) -> Axe:
    axe = Axe()
    for _ in range(2):
        show(page, GOOD, axe)
    return axe


def show(page: Page, body: str, axe: Axe) -> None:
    page.set_content(PAGE.format(body))
    axe.judge(page)


@pytest.mark.parametrize(
    ("body", "scheme"),
    [
        ("<p class='pale'>Pale</p>", "light"),
        ("<p class='night'>Dark on dark</p>", "dark"),
        ("<div class='box'><p>On a dark box</p></div>", "light"),
        ("<div class='thin'><p>Thin</p></div>", "light"),
        ("<p>Readable</p><p>Readable, <b class='pale'>but for this</b></p>", "light"),
        ("<button class='pale'>Now</button>", "light"),
    ],
)
def test_finds_what_cannot_be_read_on_a_page_like_one_that_was_good(
    page: Page, judged: Axe, body: str, scheme: str
) -> None:
    with pytest.raises(AssertionError, match=f"^{scheme}: "):
        show(page, GOOD + body, judged)


def test_finds_what_stands_in_plain_sight_for_the_first_time(page: Page, judged: Axe) -> None:
    show(page, GOOD + "<p class='pale' hidden>Pale</p><button class='pale' disabled>Now</button>", judged)
    with pytest.raises(AssertionError, match=r"^light: "):
        show(page, GOOD + "<p class='pale'>Pale</p>", judged)
    with pytest.raises(AssertionError, match=r"^light: "):
        show(page, GOOD + "<button class='pale'>Now</button>", judged)


def test_finds_again_what_was_not_mended(page: Page, judged: Axe) -> None:
    for _ in range(2):
        with pytest.raises(AssertionError, match=r"^light: "):
            show(page, GOOD + "<p class='pale'>Pale</p>", judged)


def test_finds_what_has_no_name(page: Page, judged: Axe) -> None:
    with pytest.raises(AssertionError, match="image-alt"):
        show(page, GOOD + "<img src='data:,'>", judged)


def test_waits_for_a_page_that_is_only_on_its_way(page: Page) -> None:
    with slow_page(PAGE.format(GOOD + "<p class='pale'>Pale</p>")) as address:
        page.goto(address, wait_until="commit")
        with pytest.raises(AssertionError, match=r"^light: "):
            Axe().judge(page)
