"""Asking a virus scanner about an upload, by the protocol of ClamAV's daemon (INSTREAM). It fails closed."""

import socket
import time
from typing import IO

import structlog
from django.conf import settings
from django.utils.translation import gettext as _

from backoffice.staff.errors import Refusal
from customers.files import Unusable

BLOCK = 64 * 1024
CONNECT_SECONDS = 3
SECONDS = 60
LONGEST_ANSWER = 1000

log = structlog.get_logger(__name__)


class ScannerAway(Refusal):
    """The virus scanner did not say that the file is clean."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "The virus scanner does not answer, so nothing is taken in. Nothing was saved; try again later."
            )
        )


def check(file: IO[bytes]) -> None:
    """Nothing, if the scanner finds the file clean or none is configured (`CLAMAV_ADDRESS`).

    Raises Unusable if it finds something, ScannerAway if it is not there, does not finish, or answers anything else.
    """
    if not settings.CLAMAV_ADDRESS:
        return
    try:
        answer = _ask(file)
    except (OSError, ValueError) as error:
        log.warning("documents.scanner_away", error=type(error).__name__)
        raise ScannerAway from error
    if answer.endswith(" FOUND"):
        log.warning("documents.virus_found", answer=answer)
        raise Unusable(_("The virus scanner found something harmful in this file. It was not taken in."))
    if answer != "stream: OK":
        log.warning("documents.scanner_away", answer=answer)
        raise ScannerAway


def _ask(file: IO[bytes]) -> str:
    ends = time.monotonic() + SECONDS
    with _connected() as line:
        line.sendall(b"zINSTREAM\0")
        while block := file.read(BLOCK):
            line.settimeout(_left(ends))
            line.sendall(len(block).to_bytes(4, "big") + block)
        line.sendall(bytes(4))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
            line.settimeout(_left(ends))
            part = line.recv(LONGEST_ANSWER)
            if not part:
                break
            answer += part
    return answer.rstrip(b"\0\n").decode(errors="replace")


def _connected() -> socket.socket:
    address = settings.CLAMAV_ADDRESS
    if address.startswith("unix:"):
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(CONNECT_SECONDS)
        try:
            line.connect(address.removeprefix("unix:"))
        except OSError:
            line.close()
            raise
        return line
    host, _colon, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_SECONDS)


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
