"""An address as people compare it and as a phone reads it."""

import base64
from io import BytesIO

import qrcode
from qrcode.image.svg import SvgPathImage

GROUP = 4


def picture(text: str) -> str:
    """A QR code of exactly this text, as the source of an image on our own page."""
    drawn = BytesIO()
    qrcode.make(text, image_factory=SvgPathImage, box_size=12).save(drawn)
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.getvalue()).decode()


def groups(text: str) -> list[str]:
    """The text in groups of four, so that two people can compare it aloud."""
    return [text[start : start + GROUP] for start in range(0, len(text), GROUP)]
