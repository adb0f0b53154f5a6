"""An upload is shown to ClamAV first, by its INSTREAM protocol, where one is configured."""

import io
import socket
import threading
from collections.abc import Iterator

import pytest

from customers import files, scanning, services, storing
from customers.models import Document
from tests.customers.conftest import make_customer, upload
from tests.customers.specimens import pdf


class Clamd:
    """Speaks as ClamAV's daemon does: takes what is streamed to it, says one word."""

    def __init__(self) -> None:
        self.answer, self.seen, self.hangs_up = b"stream: OK\0", b"", False
        self.door = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.door.getsockname()[1]}"

    def _serve(self) -> None:
        while True:
            try:
                line = self.door.accept()[0]
            except OSError:
                return
            with line, line.makefile("rb") as stream:
                assert stream.read(10) == b"zINSTREAM\0"
                while not self.hangs_up and (length := int.from_bytes(stream.read(4), "big")):
                    self.seen += stream.read(length)
                if not self.hangs_up:
                    line.sendall(self.answer)


@pytest.fixture
def clamd(settings) -> Iterator[Clamd]:
    scanner = Clamd()
    settings.CLAMAV_ADDRESS = scanner.address
    yield scanner
    scanner.door.close()


def test_is_shown_every_byte_and_lets_clean_files_in(clamd: Clamd) -> None:
    storing.receive(io.BytesIO(pdf(pages=30))).file.close()
    assert clamd.seen == pdf(pages=30)


@pytest.mark.django_db
def test_finds_something_and_nothing_is_kept(clamd: Clamd) -> None:
    clamd.answer = b"stream: Eicar-Signature FOUND\0"
    with pytest.raises(services.NotUsable, match="something harmful"):
        upload(make_customer())
    assert not Document.objects.exists()


@pytest.mark.parametrize(
    "answer", [b"INSTREAM size limit exceeded. ERROR\0", b"", b"stream: OK FOUND ERROR\0"]
)
def test_that_says_anything_else_lets_nothing_in(clamd: Clamd, answer: bytes) -> None:
    clamd.answer = answer
    with pytest.raises(scanning.ScannerAway, match="nothing is taken in"):
        storing.receive(io.BytesIO(pdf()))


def test_that_is_away_or_hangs_up_lets_nothing_in(clamd: Clamd, settings) -> None:
    clamd.hangs_up = True
    with pytest.raises(scanning.ScannerAway):
        storing.receive(io.BytesIO(pdf()))
    for address in ("127.0.0.1:1", "unix:/nowhere/clamd.sock", "nonsense"):
        settings.CLAMAV_ADDRESS = address
        with pytest.raises(scanning.ScannerAway):
            storing.receive(io.BytesIO(pdf()))


def test_is_not_asked_about_what_is_no_document_anyway(clamd: Clamd) -> None:
    with pytest.raises(files.Unusable, match="neither"):
        storing.receive(io.BytesIO(b"MZ" * 50))
    assert clamd.seen == b""
