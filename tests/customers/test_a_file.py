import io

import pytest

from customers import files, rendering, storing
from tests.customers.specimens import pdf, picture


def refusal(content: bytes) -> str:
    with pytest.raises(files.Unusable) as refused:
        storing.receive(io.BytesIO(content)).file.close()
    return str(refused.value)


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (pdf(), "application/pdf"),
        (picture("JPEG"), "image/jpeg"),
        (picture("JPEG", progressive=True), "image/jpeg"),
        (picture("PNG"), "image/png"),
        (picture("WEBP"), "image/webp"),
    ],
)
def test_is_known_by_its_bytes(content: bytes, content_type: str) -> None:
    received = storing.receive(io.BytesIO(content))
    with received.file:
        assert (received.content_type, received.size, received.pages) == (content_type, len(content), 1)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b"GIF89a" + b"\0" * 40, "neither a PDF nor a picture"),
        (b"<html><script>alert(1)</script>", "neither a PDF nor a picture"),
        (b"MZ" + b"\0" * 100, "neither a PDF nor a picture"),
        (b"PK\x03\x04" + pdf(), "neither a PDF nor a picture"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 40, "breaks off"),
        (pdf(text="SECRET", password="open"), "password"),
        (b"%PDF-1.7\nnothing\n%%EOF\n", "damaged"),
    ],
)
def test_that_is_none_of_these_is_refused_in_a_sentence(content: bytes, sentence: str) -> None:
    assert sentence in refusal(content)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_that_breaks_off_is_refused(kind: str) -> None:
    whole = picture(kind, (400, 300), quality=95)
    for share in (0.3, 0.6, 0.9):
        assert "breaks off" in refusal(whole[: int(len(whole) * share)])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("other", [pdf(), b"PK\x03\x04\x14\0" + b"zip" * 99, b"<html><script>1</script>"])
def test_that_is_two_things_at_once_is_refused(kind: str, other: bytes) -> None:
    assert "something else than" in refusal(picture(kind) + other)


def test_that_carries_something_behind_a_pdf_is_refused() -> None:
    assert "behind its end" in refusal(pdf() + b"PK\x03\x04" + b"\0" * 2000)
    assert "breaks off" in refusal(pdf()[:-10])


def test_of_a_camera_may_carry_a_second_picture() -> None:
    storing.receive(io.BytesIO(picture("JPEG") + picture("JPEG"))).file.close()


def test_that_is_too_large_is_refused_before_it_is_read_to_its_end() -> None:
    class Endless:
        given = 0

        def read(self, size: int) -> bytes:
            self.given += size
            return b"%PDF-" + b"x" * (size - 5)

    endless = Endless()
    with pytest.raises(files.Unusable, match="larger than 20 MB"):
        storing.receive(endless)
    assert endless.given < files.MAX_BYTES + 2 * storing.BLOCK


def test_with_too_many_pixels_is_refused_without_being_decoded() -> None:
    from PIL import Image

    out = io.BytesIO()
    Image.new("1", (8000, 6000)).save(out, "PNG")
    assert "megapixels" in refusal(out.getvalue())


def test_with_too_many_pages_is_refused() -> None:
    assert "101 pages" in refusal(pdf(pages=101))


def test_that_moves_is_refused() -> None:
    from PIL import Image

    out = io.BytesIO()
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])
    assert "one still picture" in refusal(out.getvalue())


def test_is_drawn_page_by_page() -> None:
    import tempfile

    from PIL import Image

    with tempfile.TemporaryFile() as file:
        file.write(pdf(pages=2))
        file.seek(0)
        drawn = Image.open(
            io.BytesIO(rendering.page_as_png(file, content_type=files.PDF, page=2, mark="Rita"))
        )
        assert drawn.format == "PNG"
        assert max(drawn.size) <= 2000
        file.seek(0)
        with pytest.raises(files.Unusable, match="no such page"):
            rendering.page_as_png(file, content_type=files.PDF, page=3, mark="Rita")


def test_is_opened_by_a_process_that_holds_no_secret(monkeypatch) -> None:
    started = []
    run = rendering.subprocess.run
    monkeypatch.setattr(rendering.subprocess, "run", lambda *a, **k: started.append(k) or run(*a, **k))
    storing.receive(io.BytesIO(pdf())).file.close()
    assert [options["env"] for options in started] == [{}]


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "C:\\temp\\a.pdf", "a\x00b\n.pdf", "\u202efdp.exe", "x" * 999]
)
def test_name_is_only_shown(name: str) -> None:
    safe = files.safe_name(name)
    assert len(safe) <= 150
    assert safe.isprintable()
    assert not set(safe) & {"/", "\\"}
