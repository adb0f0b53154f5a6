"""Small files of every kind that may be uploaded, and some that may not."""

import hashlib
import io
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import IO
from unittest import mock

from PIL import Image

from customers import rendering

_measured: dict[tuple[bytes, str], tuple[int, int]] = {}


@contextmanager
def measured_once() -> Iterator[None]:
    """Inside, a file that was found good before is not opened again in a process of its own.

    For scenes, which are made of the same few files hundreds of times. A file that is refused is refused anew.
    """
    really = rendering.measure

    def measure(file: IO[bytes], *, content_type: str) -> tuple[int, int]:
        which = (hashlib.sha256(file.read()).digest(), content_type)
        file.seek(0)
        if which not in _measured:
            _measured[which] = really(file, content_type=content_type)
        return _measured[which]

    with mock.patch.object(rendering, "measure", measure):
        yield


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


def heic_ready() -> None:
    """Lets these tests write HEIC pictures."""
    import pillow_heif

    pillow_heif.register_heif_opener()


def packed_object(inside: bytes, filters: bytes = b"/FlateDecode") -> bytes:
    """An object stream (PDF 1.5), as one object of a file."""
    packed = zlib.compress(inside, 9)
    head = b"<< /Type /ObjStm /N 1 /First 5 /Filter %b /Length %d >>\nstream\n" % (filters, len(packed))
    return head + packed + b"\nendstream"


def raw_pdf(
    *,
    catalog: bytes = b"",
    count: bytes = b"1",
    box: bytes = b"[0 0 200 200]",
    contents: bytes = b"0 0 m 9 9 l S",
    filters: bytes = b"",
    extra: Sequence[bytes] = (),
) -> bytes:
    """A PDF written by hand, so that each part of it may lie."""
    packing = b"/Filter " + filters if filters else b""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R %b >>" % catalog,
        b"<< /Type /Pages /Kids [3 0 R] /Count %b >>" % count,
        b"<< /Type /Page /Parent 2 0 R /MediaBox %b /Contents 4 0 R >>" % box,
        b"<< /Length %d %b >>\nstream\n%b\nendstream" % (len(contents), packing, contents),
        *extra,
    ]
    out, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, each in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, each)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)
