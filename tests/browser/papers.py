"""Papers as customers send them, plainly marked."""

import io

from reportlab.lib.pagesizes import A4, A7
from reportlab.pdfgen.canvas import Canvas


def slip(title: str, pages: int = 1) -> bytes:
    """The same on a small sheet, which is drawn in less time: for who opens many, and looks at none."""
    return specimen(title, pages, size=A7)


def specimen(title: str, pages: int = 2, *, size: tuple[float, float] = A4) -> bytes:
    """A PDF that looks like a document from afar."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=size)
    for number in range(1, pages + 1):
        canvas.scale(size[0] / A4[0], size[1] / A4[1])
        canvas.setFillGray(0.9)
        canvas.rect(60, 520, 475, 250, fill=1, stroke=0)
        canvas.setFillGray(0.1)
        canvas.setFont("Helvetica-Bold", 22)
        canvas.drawString(80, 720, f"{title} (SPECIMEN)")
        canvas.setFont("Helvetica", 15)
        for line, text in enumerate(("Surname: Example", "Given name: Zoe", "Born: 28 February 1990")):
            canvas.drawString(80, 680 - 28 * line, text)
        canvas.drawString(80, 540, f"Page {number} of {pages}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()
