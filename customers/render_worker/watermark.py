"""Who looks, and when, drawn across a page: what leaves this house as a photograph of a screen says from whose."""

import io
import re
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

_INK, _LIGHT = 70, 60
_TURNED = 24
# A script that the plain font lacks: Chinese, Japanese, Korean.
_WIDE = re.compile(r"([\u2e80-\ud7ff\uf900-\ufaff\ufe30-\uffef]+)")


class Fonts:
    """The fonts, read while files may still be opened."""

    def __init__(self, folder: Path) -> None:
        self._plain = (folder / "DejaVuSans.ttf").read_bytes()
        self._wide = (folder / "DroidSansFallback.ttf").read_bytes()

    def of(self, part: str, size: int) -> ImageFont.FreeTypeFont:
        data = self._wide if _WIDE.match(part) else self._plain
        return ImageFont.truetype(io.BytesIO(data), size, layout_engine=ImageFont.Layout.BASIC)


def draw(picture: Image.Image, text: str, fonts: Fonts) -> None:
    """Across the whole picture, light enough to read through it, dark enough to be read on any ground."""
    size = max(11, min(30, min(picture.size) // 42))
    stamp = _stamp(text, size, fonts)
    for ink, shift, strength in ((255, 1, _LIGHT), (0, 0, _INK)):
        mask = Image.new("L", picture.size)
        for row, top in enumerate(range(-stamp.height // 4, picture.height, stamp.height + size * 2)):
            for left in range(-(row % 2) * stamp.width // 2, picture.width, stamp.width + size * 2):
                mask.paste(stamp, (left + shift, top + shift), stamp)
        picture.paste((ink, ink, ink), mask=mask.point(lambda dot, by=strength: dot * by // 255))


def _stamp(text: str, size: int, fonts: Fonts) -> Image.Image:
    parts = [(part, fonts.of(part, size)) for part in _WIDE.split(text) if part]
    lengths = [round(font.getlength(part)) for part, font in parts]
    line = Image.new("L", (sum(lengths) + 4, size * 2))
    pen, left = ImageDraw.Draw(line), 2
    for (part, font), length in zip(parts, lengths, strict=True):
        pen.text((left, size * 3 // 2), part, fill=255, font=font, anchor="ls")
        left += length
    return line.rotate(_TURNED, expand=True, resample=Image.Resampling.BICUBIC)
