"""Small files of every kind that may be uploaded, and some that may not."""

import io
from functools import cache

from PIL import Image


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "steelblue").save(out, format=kind, **options)
    return out.getvalue()


@cache
def pdf(pages: int = 1, text: str = "SPECIMEN", password: str = "") -> bytes:
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    encryption = StandardEncryption(password, ownerPassword="owner") if password else None
    canvas = Canvas(out, encrypt=encryption, invariant=1)
    for number in range(pages):
        canvas.drawString(100, 700, f"{text} {number + 1}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()
