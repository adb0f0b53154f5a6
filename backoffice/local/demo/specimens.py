"""Documents that prove nothing: drawn here, from invented data, and marked SPECIMEN across the page."""

import io
from functools import cache

from PIL import Image, ImageDraw, ImageFont

CARD = (1000, 640)
SHEET = (1000, 1414)
INK, PALE, RED = "#22313f", "#8796a5", "#b3261e"
PAPERS = ("#e9f0f5", "#f3efe4", "#eaf3ec", "#f4eaf0", "#eeeef6")


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def identity_card(*, kind: str, country: str, lines: list[tuple[str, str]], number: int) -> bytes:
    """A picture (JPEG) of a card with a drawn face and these lines. Raises nothing."""
    page = Image.new("RGB", CARD, PAPERS[number % len(PAPERS)])
    pen = ImageDraw.Draw(page)
    for y in range(0, CARD[1], 14):
        pen.line([(0, y), (CARD[0], y + 60)], fill="#dfe6ea", width=2)
    pen.rectangle([0, 0, CARD[0], 84], fill=INK)
    pen.text((32, 20), kind.upper(), fill="white", font=_font(38))
    pen.text((CARD[0] - 130, 20), country, fill="white", font=_font(38))
    _face(pen, number)
    y = 122
    for label, value in lines:
        pen.text((370, y), label, fill=PALE, font=_font(20))
        pen.text((370, y + 24), value, fill=INK, font=_font(31))
        y += 76
    pen.text((40, CARD[1] - 54), "Not a document of any authority", fill=PALE, font=_font(22))
    return _as_jpeg(_marked(page))


def sheet(*, title: str, issuer: str, lines: list[tuple[str, str]], text: str = "") -> bytes:
    """A PDF of one page: an extract, a letter, a bill. Raises nothing."""
    page = Image.new("RGB", SHEET, "white")
    pen = ImageDraw.Draw(page)
    pen.rectangle([70, 80, 150, 160], outline=INK, width=5)
    pen.line([(80, 150), (140, 90)], fill=INK, width=5)
    pen.text((175, 98), issuer, fill=INK, font=_font(34))
    pen.text((70, 230), title, fill=INK, font=_font(48))
    y = 340
    for label, value in lines:
        pen.text((70, y), label, fill=PALE, font=_font(24))
        pen.text((380, y), value, fill=INK, font=_font(26))
        pen.line([(70, y + 44), (SHEET[0] - 70, y + 44)], fill="#d8dee4", width=2)
        y += 62
    for line in text.splitlines():
        y += 42
        pen.text((70, y), line, fill=INK, font=_font(24))
    out = io.BytesIO()
    _marked(page).save(out, format="PDF", resolution=120, title="SPECIMEN")
    return out.getvalue()


def _face(pen: ImageDraw.ImageDraw, number: int) -> None:
    skin = ("#e8b998", "#c68863", "#8d5a3b", "#f1cdb0", "#a9704a")[number % 5]
    hair = ("#2b211c", "#6d4a2f", "#b08d57", "#1c1c22", "#8a8a8a")[(number // 2) % 5]
    cloth = ("#3f5c7a", "#6b4f6f", "#4f6b53", "#7a5a3f")[number % 4]
    pen.rectangle([40, 122, 330, 500], fill="white", outline=PALE, width=3)
    pen.pieslice([65, 380, 305, 616], 180, 360, fill=cloth)
    pen.ellipse([110, 165, 262, 345], fill=hair)
    pen.rectangle([160, 335, 212, 410], fill=skin)
    pen.ellipse([120, 190, 252, 372], fill=skin)
    for x in (158, 208):
        pen.ellipse([x, 268, x + 12, 280], fill=INK)
    pen.arc([156, 296, 218, 338], 20, 160, fill=INK, width=4)


def _marked(page: Image.Image) -> Image.Image:
    """The word SPECIMEN across the whole page, in red, where nobody can cut it off."""
    font = _font(page.width // 7)
    strip = Image.new("RGBA", (page.width, page.width // 5), (0, 0, 0, 0))
    ImageDraw.Draw(strip).text((page.width // 9, 10), "SPECIMEN", fill=(179, 38, 30, 88), font=font)
    turned = strip.rotate(24, expand=True)
    out = page.convert("RGBA")
    for y in (page.height // 8 - turned.height // 4, page.height // 2) if page.height > page.width else (60,):
        out.alpha_composite(turned.crop((0, 0, page.width, turned.height)), (0, max(0, y)))
    ImageDraw.Draw(out).rectangle([6, 6, out.width - 7, out.height - 7], outline=RED, width=5)
    return out.convert("RGB")


def _as_jpeg(page: Image.Image) -> bytes:
    out = io.BytesIO()
    page.save(out, format="JPEG", quality=84)
    return out.getvalue()
