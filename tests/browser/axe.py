"""What axe finds against WCAG A and AA on a page, in the light and in the dark.

Four fifths of axe's time go into the contrast of every text, twice. How well a text can be read is settled by its
colour, its size, its weight, and all that is painted behind it: by its look. A look that axe has found good is not
judged again, on no other page of this run; every page is still searched for looks that are new, in both schemes.
"""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

EVERYTHING = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

BUT_CONTRAST = """async (tags) => {
    // What a head that stays covers for the moment would count as too small to press.
    scrollTo(0, 0);
    const found = await axe.run({
        runOnly: tags,
        rules: { "color-contrast": { enabled: false } },
        resultTypes: ["violations"],
    });
    return found.violations.map((each) => [each.id, each.nodes.map((node) => node.html.slice(0, 160))]);
}"""

# What axe leaves undecided (a single sign, what is switched off, what stands outside the screen) is known by its look
# and by its very words: what looks the same elsewhere may be in plain sight there.
CONTRAST = """async (known) => {
    const good = new Set(known), behind = new Map(), looks = new Map();
    const clear = { backgroundColor: "rgba(0, 0, 0, 0)", backgroundImage: "none", opacity: "1", filter: "none",
        backdropFilter: "none", mixBlendMode: "normal" };
    const painted = (element) => {
        if (!element) return "";
        if (!behind.has(element)) {
            const style = getComputedStyle(element);
            const own = Object.keys(clear).filter((key) => style[key] !== clear[key]).map((key) => style[key]);
            behind.set(element, painted(element.parentElement) + own.map((each) => " / " + each).join(""));
        }
        return behind.get(element);
    };
    const look = (element) => {
        if (!looks.has(element)) {
            const { color, fontSize, fontWeight, textShadow, webkitTextStroke } = getComputedStyle(element);
            const own = [color, fontSize, fontWeight, textShadow, webkitTextStroke];
            looks.set(element, own.join(" ") + painted(element));
        }
        return looks.get(element);
    };
    const written = (element) => element.matches("input, select, textarea") ||
        Array.from(element.childNodes).some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim());
    const itself = (element) => look(element) + " " + element.outerHTML;
    const shown = (element) => written(element) && element.checkVisibility({ visibilityProperty: true });
    const fresh = Array.from(document.querySelectorAll("body, body *")).filter(
        (element) => shown(element) && !good.has(look(element)) && !good.has(itself(element)));
    const bad = [], passed = new Set();
    const judge = async (elements) => {
        if (!elements.length) return;
        const found = await axe.run({ include: elements }, {
            runOnly: { type: "rule", values: ["color-contrast"] },
            resultTypes: ["violations", "passes"],
            elementRef: true,
        });
        found.violations.forEach((each) => each.nodes.forEach((node) => bad.push(node.html.slice(0, 160))));
        found.passes.forEach((each) => each.nodes.forEach((node) => passed.add(look(node.element))));
    };
    const undecided = () => fresh.filter((element) => !passed.has(look(element)));
    const firsts = new Map(fresh.toReversed().map((element) => [look(element), element]));
    await judge(Array.from(firsts.values()));
    await judge(undecided().filter((element) => firsts.get(look(element)) !== element));
    return { bad, known: [...passed, ...undecided().map(itself)] };
}"""


class Axe:
    """Judges pages, and remembers each look that it found to be good."""

    def __init__(self) -> None:
        self._known: dict[str, set[str]] = {"light": set(), "dark": set()}

    def judge(self, page: Page) -> None:
        """The page is in the light scheme, and is left in it.

        A click ends as soon as the browser has turned to the next page, of which nothing may be there yet.
        """
        page.wait_for_load_state()
        # Half a megabyte that the browser reads once for each page, not for each question.
        if not page.evaluate("'axe' in window"):
            page.evaluate(AXE_SCRIPT)
        told = page.evaluate(BUT_CONTRAST, EVERYTHING)
        assert told == [], told
        self._judge_contrast(page, "light")
        page.emulate_media(color_scheme="dark")
        self._judge_contrast(page, "dark")
        page.emulate_media(color_scheme="light")

    def _judge_contrast(self, page: Page, scheme: str) -> None:
        found = page.evaluate(CONTRAST, sorted(self._known[scheme]))
        assert found["bad"] == [], f"{scheme}: {found['bad']}"
        self._known[scheme].update(found["known"])
