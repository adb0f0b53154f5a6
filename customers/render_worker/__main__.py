"""Opens one hostile file and says what is in it, in a process that may do nothing else.

Run as a program of its own by `customers.rendering`, with no settings and no secrets. The file is standard input; the
answer is standard output: JSON for `measure KIND`, a PNG for `page KIND NUMBER FONTS TEXT`. It imports nothing of ours.
"""

import io
import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cage
import pdf_contents
from PIL import (
    Image,
    ImageOps,
    JpegImagePlugin,  # noqa: F401 - the decoders register themselves
    MpoImagePlugin,  # noqa: F401
    PngImagePlugin,
    TiffImagePlugin,  # noqa: F401 - reads how a camera was held
    WebPImagePlugin,  # noqa: F401
)

MAX_PIXELS = 40_000_000
LONGEST_SIDE = 2000
# What a form is, to PDFium: whose fields are drawn by a description of its own (XFA), which other readers ignore.
_XFA = (2, 3)


class Refused(Exception):
    """The file is refused: `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def measure(kind: str) -> Callable[[], bytes]:
    """Pages, pixels and frames. What is needed is opened here; the answer is made in the cage."""
    _prepare(kind)
    read = _measure_pdf if kind == "PDF" else lambda: _measure_picture(kind)
    return lambda: json.dumps(read()).encode()


def page(kind: str, number: str, fonts: str, text: str) -> Callable[[], bytes]:
    """One page as a PNG with `text` drawn across it."""
    import watermark

    _prepare(kind)
    known = watermark.Fonts(Path(fonts))

    def draw() -> bytes:
        picture = _pdf_page(int(number)) if kind == "PDF" else _picture(kind)
        watermark.draw(picture, text, known)
        # Nothing of the original goes along: no place, no camera, no profile.
        picture.info = {}
        out = io.BytesIO()
        picture.save(out, format="PNG", compress_level=1)
        return out.getvalue()

    return draw


def _prepare(kind: str) -> None:
    """Load the decoder, and what it would load itself while it works, while files may still be opened."""
    if kind == "PDF":
        import pypdfium2

        pypdfium2.PdfDocument.new().close()
    elif kind == "HEIF":
        import pillow_heif

        pillow_heif.options.DECODE_THREADS = 1
        pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
    for encoding in ("ascii", "latin-1", "utf-16-le", "utf-16-be"):
        "".encode(encoding)


def _measure_pdf() -> dict[str, int]:
    data = sys.stdin.buffer.read()
    document = _pdf(data)
    pages = len(document)
    try:
        pdf_contents.check(data)
    except pdf_contents.Carries as found:
        raise Refused(found.what) from found
    if document.get_formtype() in _XFA:
        raise Refused("form")
    if pages > 0:
        document[0].get_size()
    return {"pages": pages, "pixels": 0, "frames": 1}


def _measure_picture(kind: str) -> dict[str, int]:
    picture = _open(kind)
    width, height = picture.size
    # Behind a JPEG cameras keep a second one, for depth or brightness: it is the first that is looked at.
    frames = 1 if kind == "JPEG" else getattr(picture, "n_frames", 1)
    if width * height <= MAX_PIXELS and frames == 1:
        # Decoded to the last pixel: a picture that only looks whole is found here.
        picture.load()
    return {"pages": 1, "pixels": width * height, "frames": frames}


def _pdf(data: bytes) -> Any:
    import pypdfium2
    import pypdfium2.raw

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise Refused("encrypted" if "password" in str(error).lower() else "broken") from error
    if pypdfium2.raw.FPDF_GetSecurityHandlerRevision(document) >= 0:
        raise Refused("encrypted")
    return document


def _pdf_page(number: int) -> Image.Image:
    document = _pdf(sys.stdin.buffer.read())
    if not 1 <= number <= len(document):
        raise Refused("no-such-page")
    # What stands in the fields of a form belongs to the page. No script runs: this PDFium has no engine for it.
    document.init_forms()
    sheet = document[number - 1]
    longest = max(sheet.get_size())
    if not math.isfinite(longest) or longest <= 0:
        raise Refused("broken")
    # A page may claim any size: it is drawn to fit, whatever it claims.
    return sheet.render(scale=min(2.0, (LONGEST_SIDE - 1) / longest)).to_pil().convert("RGB")


def _picture(kind: str) -> Image.Image:
    picture = _open(kind)
    picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    if picture.mode not in {"RGB", "RGBA", "L", "CMYK", "YCbCr"}:
        picture = _plain(picture)
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return _on_white(ImageOps.exif_transpose(picture))


def _plain(picture: Image.Image) -> Image.Image:
    """Sixteen bits, palettes and rarer kinds as ordinary colours. Where the picture was turned stays known."""
    exif = picture.getexif()
    if picture.mode.startswith("I"):
        plain = picture.convert("I").point(lambda dot: dot * (1 / 256)).convert("L")
    else:
        plain = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    plain.info["exif"] = exif.tobytes()
    return plain


def _on_white(picture: Image.Image) -> Image.Image:
    """As on paper: what is transparent shows the same to everybody."""
    if "A" not in picture.getbands():
        return picture.convert("RGB")
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper


def _open(kind: str) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = None  # measured by ourselves, before anything is decoded
    PngImagePlugin.MAX_TEXT_MEMORY = PngImagePlugin.MAX_TEXT_CHUNK
    try:
        # The format is the one that the bytes showed, never one that a decoder prefers.
        return Image.open(sys.stdin.buffer, formats=[kind])
    except Exception as error:
        raise Refused("broken") from error


def main() -> int:
    task, words = sys.argv[1], sys.argv[2:]
    answer = {"measure": measure, "page": page}[task](*words)
    cage.close()
    try:
        sys.stdout.buffer.write(answer())
    except MemoryError:
        return _refuse("too-large")
    except Refused as refused:
        return _refuse(refused.code)
    except Exception:
        return _refuse("broken")
    return 0


def _refuse(code: str) -> int:
    sys.stdout.buffer.write(json.dumps({"error": code}).encode())
    return 3


if __name__ == "__main__":
    sys.exit(main())
