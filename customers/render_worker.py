"""Opens one hostile file and says what is in it, in a process that may do nothing else.

Run as a script of its own by `customers.rendering`, with no settings, no secrets and hard limits. The file is standard
input; the answer is standard output: JSON for `measure`, a PNG for `page`. It imports nothing of ours.
"""

import json
import resource
import sys

MEMORY = 1024 * 1024 * 1024
CPU_SECONDS = 10
OUTPUT_BYTES = 64 * 1024 * 1024
MAX_PIXELS = 40_000_000
LONGEST_SIDE = 2000


def limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_BYTES, OUTPUT_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def measure(kind: str) -> None:
    answer = _measure_pdf() if kind == "PDF" else _measure_picture(kind)
    sys.stdout.write(json.dumps(answer))


def page(kind: str, number: int) -> None:
    picture = _pdf_page(number) if kind == "PDF" else _picture(kind)
    picture.save(sys.stdout.buffer, format="PNG")


def _measure_pdf() -> dict:
    document = _pdf()
    pages = len(document)
    if pages:
        document[0].get_size()
    return {"pages": pages, "pixels": 0, "frames": 1}


def _measure_picture(kind: str) -> dict:
    picture = _open(kind)
    width, height = picture.size
    frames = getattr(picture, "n_frames", 1)
    if width * height <= MAX_PIXELS and frames == 1:
        # Decoded to the last pixel: a picture that only looks whole is found here.
        picture.load()
    return {"pages": 1, "pixels": width * height, "frames": frames}


def _pdf():
    import pypdfium2
    import pypdfium2.raw

    data = sys.stdin.buffer.read()
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        code = "encrypted" if "password" in str(error).lower() else "broken"
        raise SystemExit(_fail(code)) from error
    if pypdfium2.raw.FPDF_GetSecurityHandlerRevision(document) >= 0:
        raise SystemExit(_fail("encrypted"))
    return document


def _pdf_page(number: int):
    document = _pdf()
    if not 1 <= number <= len(document):
        raise SystemExit(_fail("no-such-page"))
    sheet = document[number - 1]
    width, height = sheet.get_size()
    # A page may claim any size: it is drawn to fit, whatever it claims.
    scale = min(2.0, LONGEST_SIDE / max(width, height, 1))
    return sheet.render(scale=scale, may_draw_forms=False).to_pil()


def _picture(kind: str):
    from PIL import ImageOps

    picture = _open(kind)
    picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    upright = ImageOps.exif_transpose(picture)
    return upright.convert("RGBA" if "A" in upright.getbands() else "RGB")


def _open(kind: str):
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # measured by ourselves, before anything is decoded
    try:
        # The format is the one that the bytes showed, never one that a decoder prefers.
        picture = Image.open(sys.stdin.buffer, formats=[kind])
    except Exception as error:
        raise SystemExit(_fail("broken")) from error
    return picture


def _fail(code: str) -> int:
    sys.stdout.write(json.dumps({"error": code}))
    return 3


def main() -> int:
    limit()
    task, kind = sys.argv[1], sys.argv[2]
    try:
        if task == "measure":
            measure(kind)
        else:
            page(kind, int(sys.argv[3]))
    except MemoryError:
        return _fail("too-large")
    except Exception:
        return _fail("broken")
    return 0


if __name__ == "__main__":
    sys.exit(main())
