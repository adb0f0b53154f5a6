"""Files made to harm who opens them: refused in a sentence, or kept and drawn harmless."""

import contextlib
import io
import struct
import tempfile
import zlib

import pytest
from PIL import Image

from customers import files, rendering, storing
from tests.customers import specimens
from tests.customers.specimens import pdf, picture


def refusal(content: bytes) -> str:
    with pytest.raises(files.Unusable) as refused:
        storing.receive(io.BytesIO(content)).file.close()
    return str(refused.value)


def drawn(content: bytes, page: int = 1, mark: str = "Rita Example") -> Image.Image:
    """What a reviewer sees of it."""
    received = storing.receive(io.BytesIO(content))
    with received.file as file:
        file.seek(0)
        out = rendering.page_as_png(file, content_type=received.content_type, page=page, mark=mark)
    return Image.open(io.BytesIO(out))


SCRIPT = b"<< /Type /Action /S /JavaScript /JS (app.alert\\(1\\)) >>"


@pytest.mark.parametrize(
    ("catalog", "sentence"),
    [
        (b"/OpenAction " + SCRIPT, "script"),
        (b"/OpenAction << /S /J#61vaScript /JS (app.alert\\(1\\)) >>", "script"),
        (b"/AA << /WC " + SCRIPT + b" >>", "script"),
        (b"/Names << /JavaScript << /Names [(a) " + SCRIPT + b"] >> >>", "script"),
        (b"/OpenAction << /S /Launch /F (cmd.exe) >>", "start a program"),
        (b"/Names << /EmbeddedFiles << /Names [] >> >>", "attached"),
        (b"/AcroForm << /Fields [] /XFA (<xdp/>) >>", "form"),
    ],
)
def test_pdf_that_acts_by_itself_is_refused(catalog: bytes, sentence: str) -> None:
    assert sentence in refusal(specimens.raw_pdf(catalog=catalog))


def test_pdf_that_hides_a_script_in_a_packed_object_is_refused() -> None:
    hidden = specimens.packed_object(b"10 0 " + SCRIPT)
    assert "script" in refusal(specimens.raw_pdf(extra=[hidden]))
    twice = specimens.packed_object(zlib.compress(b"10 0 " + SCRIPT), filters=b"[/FlateDecode /FlateDecode]")
    assert "cannot be checked" in refusal(specimens.raw_pdf(extra=[twice]))


def test_pdf_that_unpacks_without_end_is_refused() -> None:
    bomb = specimens.packed_object(b"1 0 " + b" " * (65 * 1024 * 1024))
    assert len(bomb) < 100_000
    assert "too much memory or time" in refusal(specimens.raw_pdf(extra=[bomb]))


def test_pdf_whose_page_unpacks_without_end_is_not_drawn_for_ever() -> None:
    drawing = zlib.compress(b"0 0 m 1 1 l S\n" * 900_000, 9)
    content = specimens.raw_pdf(contents=drawing, filters=b"/FlateDecode")
    assert len(content) < 300_000
    with contextlib.suppress(files.Unusable):
        drawn(content)


@pytest.mark.parametrize("count", [b"1000000", b"-1", b"0", b"99999999999999999999"])
def test_pdf_that_lies_about_its_pages_is_refused_or_harmless(count: bytes) -> None:
    content = specimens.raw_pdf(count=count)
    if count == b"1000000":
        assert "pages" in refusal(content)
        return
    with contextlib.suppress(files.Unusable):
        assert drawn(content).size[0] <= 2000


@pytest.mark.parametrize("box", [b"[0 0 1e9 1e9]", b"[0 0 0 0]", b"[0 0 1e-9 5]", b"[0 0 99999999 1]", b"[]"])
def test_pdf_with_a_page_of_any_size_is_drawn_to_fit_or_refused(box: bytes) -> None:
    with contextlib.suppress(files.Unusable):
        assert max(drawn(specimens.raw_pdf(box=box)).size) <= 2000


def test_pdf_shows_what_stands_in_its_form() -> None:
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.acroForm.textfield(name="name", value="WWWWWWWW", x=50, y=500, width=400, height=60, fontSize=40)
    canvas.showPage()
    canvas.save()
    ink = drawn(out.getvalue(), mark=" ").convert("L").crop((110, 570, 500, 680))
    assert ink.getextrema()[0] < 60


@pytest.mark.parametrize(
    "content",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>',
        b'<?xml version="1.0"?><svg onload="alert(1)"/>',
        b"\xef\xbb\xbf<html>",
        b"PK\x03\x04\x14\x00\x06\x00" + b"[Content_Types].xml" * 9,
        b"II*\x00" + b"\0" * 99,
        b"\0\0\0\x1cftypavif" + b"\0" * 99,
        b"\0\0\0\x18ftypmp42" + b"\0" * 99,
        b"8BPS\0\x01" + b"\0" * 99,
        b"%!PS-Adobe-3.0\n",
        b"\0\0\0\x0cjP  \r\n\x87\n" + b"\0" * 99,
        b"BM" + b"\0" * 99,
        b"\x7fELF\x02\x01\x01" + b"\0" * 99,
        b"\0",
        b" " * 5000 + pdf(),
    ],
)
def test_of_another_kind_is_refused_whatever_its_name_says(content: bytes) -> None:
    assert "neither a PDF nor a picture" in refusal(content)


def test_pdf_that_is_a_web_page_or_an_archive_too_is_refused() -> None:
    ahead = pdf().replace(b"%PDF-1.", b"%PDF-1.4\n%<html><script>alert(1)</script>\n%", 1)
    assert "not a document" in refusal(ahead)
    archive = b"PK\x05\x06" + b"\0" * 18
    assert "not a document" in refusal(pdf().replace(b"%%EOF", b"%" + archive + b"\n%%EOF"))


def test_picture_with_a_script_among_its_notes_is_refused() -> None:
    note = picture("JPEG", comment=b"<?php system($_GET[1]); ?>")
    assert "something else than" in refusal(note)
    from PIL.PngImagePlugin import PngInfo

    notes = PngInfo()
    notes.add_text("Comment", "<script>alert(1)</script>")
    assert "something else than" in refusal(picture("PNG", pnginfo=notes))
    assert "something else than" in refusal(picture("JPEG", comment=b"\n%PDF-1.7\n"))


def test_picture_that_is_a_bomb_is_refused() -> None:
    """Nine megapixels said, terabytes meant: sizes are read before anything is unpacked."""
    head = struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 8, 6, 0, 0, 0)
    chunk = lambda kind, data: (  # noqa: E731
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    )
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 10**6))
    assert refusal(bomb + chunk(b"IEND", b""))
    text = zlib.compress(b"a" * 200_000_000, 9)
    small = picture("PNG")
    notes = chunk(b"zTXt", b"Comment\0\0" + text)
    assert refusal(small[:33] + notes + small[33:])


def test_that_moves_or_holds_several_pictures_is_refused() -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    for kind in ("PNG", "WEBP", "HEIF"):
        out = io.BytesIO()
        specimens.heic_ready()
        frames[0].save(out, kind, save_all=True, append_images=frames[1:])
        assert "one still picture" in refusal(out.getvalue())


def test_heic_picture_is_read_and_one_that_breaks_off_is_refused() -> None:
    specimens.heic_ready()
    whole = picture("HEIF", (300, 200), quality=90)
    assert drawn(whole, mark=" ").size == (300, 200)
    for share in (0.2, 0.6, 0.95):
        assert refusal(whole[: int(len(whole) * share)])
    assert refusal(whole + b"PK\x03\x04\x14\0" + b"zip" * 99)
    assert "moving" in refusal(whole[:8] + b"hevc" + whole[12:])


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
def test_picture_is_drawn_upright_without_where_it_was_taken(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x8825] = {1: "N", 2: (52.0, 31.0, 0.0)}
    seen = drawn(picture(kind, (80, 40), exif=exif))
    assert seen.size == (40, 80)
    assert not seen.getexif()
    assert not seen.info.get("exif")


@pytest.mark.parametrize("mode", ["CMYK", "I;16", "1", "LA", "P", "RGBA", "L"])
def test_picture_of_any_depth_looks_as_it_should(mode: str) -> None:
    light = Image.new("L", (400, 300), 200)
    if mode == "I;16":
        shown = Image.frombytes("I;16", (400, 300), struct.pack("<H", 200 * 256) * 120_000)
    else:
        shown = light.convert("RGB").convert(mode) if mode != "LA" else light.convert("LA")
    out = io.BytesIO()
    shown.save(out, "JPEG" if mode == "CMYK" else "PNG")
    seen = drawn(out.getvalue(), mark=" ").convert("L").resize((1, 1)).getpixel((0, 0))
    assert abs(seen - 200) < 12


def test_picture_that_is_see_through_lies_on_white_paper() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (90, 90), (0, 0, 0, 0)).save(out, "PNG")
    assert drawn(out.getvalue(), mark=" ").getpixel((45, 45)) == (255, 255, 255)


def test_of_many_kinds_cut_anywhere_never_breaks_the_house() -> None:
    specimens.heic_ready()
    for content in (pdf(), picture("JPEG"), picture("PNG"), picture("WEBP"), picture("HEIF")):
        for length in range(0, len(content), max(1, len(content) // 12)):
            refusal(content[:length])


def test_carries_who_looks_across_every_page() -> None:
    plain = drawn(pdf(), mark=" ")
    marked = drawn(pdf(), mark="Rita Example · 李娜 · 23 November 2026, 09:30 UTC")
    assert plain.tobytes() != marked.tobytes()
    quarters = [marked.crop((0, top, 1190, top + 420)).convert("L") for top in (0, 420, 840, 1260)]
    assert all(quarter.getextrema()[0] < 220 for quarter in quarters)


def test_is_opened_where_nothing_else_can_be_done() -> None:
    attempts = """
import os, runpy, socket, subprocess, sys
sys.path.insert(0, sys.argv[1])
import cage
cage.close()
def fails(attempt):
    try:
        attempt()
    except BaseException as error:
        return isinstance(error, (OSError, subprocess.SubprocessError))
    return False
print([fails(each) for each in (
    lambda: open("/etc/passwd"), lambda: open("/tmp/papers-test", "w"), lambda: socket.socket(),
    lambda: os.fork(), lambda: os.execv("/bin/true", ["true"]), lambda: os.kill(os.getppid(), 0),
    lambda: os.unlink("/tmp/papers-test"), lambda: os.listdir("/"),
)])
"""
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-I", "-B", "-c", attempts, str(rendering.WORKER)], capture_output=True, text=True
    )
    assert done.stdout.strip() == str([True] * 8), done.stderr


def test_decoders_wait_for_their_turn(monkeypatch) -> None:
    monkeypatch.setattr(rendering, "SECONDS", 0)
    for _ in range(rendering.AT_ONCE):
        rendering._turns.acquire()
    try:
        with tempfile.TemporaryFile() as file, pytest.raises(rendering.TooBusy, match="Try again"):
            rendering.measure(file, content_type=files.PDF)
    finally:
        for _ in range(rendering.AT_ONCE):
            rendering._turns.release()
