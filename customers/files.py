"""What an uploaded file is allowed to be, read from its own bytes. Pure.

Uploads are hostile. What a browser or a name says of a file counts for nothing; the bytes do. A file that is
two things at once, carries something behind its end, or could not be opened by a reviewer is refused with a
sentence. Measuring pages and pixels takes real decoders, which run in a process of their own (rendering.py).
"""

import re
from collections.abc import Sized
from typing import Protocol, cast

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.states import State

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_PAGES = 100

PDF, JPEG, PNG, WEBP, HEIC = "application/pdf", "image/jpeg", "image/png", "image/webp", "image/heic"
EXTENSIONS = {PDF: ".pdf", JPEG: ".jpg", PNG: ".png", WEBP: ".webp", HEIC: ".heic"}

TAKEN = gettext_lazy("Send a PDF, or a picture as JPEG, PNG, WebP or HEIC.")


class DocumentType(State):
    """What a document proves (contract section 3, ASSUMED)."""

    PASSPORT = "PASSPORT"
    NATIONAL_ID = "NATIONAL_ID"
    DRIVING_LICENCE = "DRIVING_LICENCE"
    RESIDENCE_PERMIT = "RESIDENCE_PERMIT"
    PROOF_OF_ADDRESS = "PROOF_OF_ADDRESS"
    SELFIE = "SELFIE"
    SOURCE_OF_FUNDS = "SOURCE_OF_FUNDS"
    CERTIFICATE_OF_INCORPORATION = "CERTIFICATE_OF_INCORPORATION"
    ARTICLES_OF_ASSOCIATION = "ARTICLES_OF_ASSOCIATION"
    REGISTER_EXTRACT = "REGISTER_EXTRACT"
    OWNERSHIP_STRUCTURE = "OWNERSHIP_STRUCTURE"
    BOARD_RESOLUTION = "BOARD_RESOLUTION"
    OTHER = "OTHER"


class Unusable(Exception):
    """The file cannot be taken. The message says why and what to send instead."""


class Bytes(Sized, Protocol):
    """What is read here: bytes or a mapped file, so that nothing is copied."""

    def __getitem__(self, part: slice) -> bytes: ...
    def find(self, sub: bytes, start: int = ..., end: int = ...) -> int: ...
    def rfind(self, sub: bytes, start: int = ..., end: int = ...) -> int: ...


# Marks of other formats, looked for through the whole file; long enough not to occur by chance.
_ARCHIVES = rb"PK\x05\x06\0\0\0\0|PK\x06\x06.{7}\0|Rar!\x1a\x07[\0\x01]|7z\xbc\xaf\x27\x1c"
_PROGRAMS = (
    rb"<\?php\s|<script[\s>]|<html[\s>]|<!doctype\s|<svg\s[^>]{0,200}xmlns|\x7fELF[\x01\x02]{2}\x01\0{8}"
)
_IN_PICTURES = re.compile(
    rb"%PDF-[12]\.\d|PK\x03\x04[\x0a-\x3f]\0|" + _ARCHIVES + b"|" + _PROGRAMS, re.I | re.S
)
_IN_PDFS = re.compile(_ARCHIVES, re.S)
_AHEAD_IN_PDFS = re.compile(rb"<\?php|<script|<html|<!doctype|<svg", re.I)
_HEAD = 1024

# What a HEIC file says that it is (ISO/IEC 23008-12): still pictures, and what moves.
_HEIC_STILL = {b"heic", b"heix", b"heim", b"heis", b"mif1"}
_HEIC_MOVING = {b"hevc", b"hevx", b"hevm", b"hevs", b"msf1"}
_MOST_BOXES = 200


def content_type_of(data: Bytes) -> str:
    """The type of these bytes. Raises Unusable for anything that is not one of the five, whole and alone."""
    if not len(data):
        raise Unusable(_("The file is empty. Choose it again."))
    head = bytes(data[0:32])
    if head.startswith(b"%PDF-"):
        _check_pdf(data)
        return PDF
    if head.startswith(b"\xff\xd8\xff"):
        _check_jpeg(data)
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        _check_png(data)
        return PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        _check_webp(data)
        return WEBP
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_STILL | _HEIC_MOVING:
        _check_heic(data)
        return HEIC
    raise Unusable(_("This is neither a PDF nor a picture that we can read.") + " " + str(TAKEN))


def check_measures(*, pages: int, pixels: int) -> None:
    """Raises Unusable where a file is larger than a reviewer can work with."""
    if pages > MAX_PAGES:
        raise Unusable(
            _("The document has %(pages)d pages; at most %(limit)d are taken. Send it in parts.")
            % {"pages": pages, "limit": MAX_PAGES}
        )
    if pixels > MAX_PIXELS:
        raise Unusable(_("The picture has more than 40 megapixels. Send a smaller one."))


def too_large() -> Unusable:
    return Unusable(_("The file is larger than 20 MB. Send a smaller one, or send it in parts."))


def safe_name(name: str) -> str:
    """What the sender called the file, without folders and without characters that change how a line reads."""
    last = re.split(r"[\\/]", name)[-1]
    return "".join(char for char in last if char.isprintable()).strip()[:150]


def envelope(*, document_type: str, file_name: str, content_type: str, boundary: str) -> tuple[bytes, bytes]:
    """The multipart bytes before and after the file (contract section 3, fields ASSUMED)."""
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="documentType"\r\n\r\n{document_type}\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{file_name}"\r\n'
        f"Content-Type: {content_type}\r\n\r\n"
    )
    return head.encode(), f"\r\n--{boundary}--\r\n".encode()


def _check_pdf(data: Bytes) -> None:
    end = data.rfind(b"%%EOF")
    if end < 0:
        raise Unusable(_("The PDF breaks off before its end. Save it again and send the new file."))
    if len(data) - end > _HEAD or bytes(data[end + 5 : len(data)]).strip(b"\r\n\t \x00"):
        raise Unusable(_("The PDF carries something behind its end. Save it again and send the new file."))
    if _IN_PDFS.search(cast(bytes, data)) or _AHEAD_IN_PDFS.search(bytes(data[0:_HEAD])):
        raise Unusable(
            _("The PDF carries something that is not a document. Print it to a new PDF and send that.")
        )


def _check_png(data: Bytes) -> None:
    position = 8
    while position + 12 <= len(data):
        length = int.from_bytes(data[position : position + 4], "big")
        kind = bytes(data[position + 4 : position + 8])
        position += 12 + length
        if kind == b"IEND":
            _refuse_behind(data, position)
            _refuse_strangers(data)
            return
    raise _broken_off()


def _check_webp(data: Bytes) -> None:
    length = int.from_bytes(data[4:8], "little") + 8
    if length > len(data):
        raise _broken_off()
    _refuse_behind(data, length + length % 2)
    _refuse_strangers(data)


def _check_heic(data: Bytes) -> None:
    """Boxes from the first byte to the last, one after the other."""
    position, kinds = 0, []
    while position < len(data):
        length = int.from_bytes(data[position : position + 4], "big")
        kinds.append(bytes(data[position + 4 : position + 8]))
        if length == 1:
            length = int.from_bytes(data[position + 8 : position + 16], "big")
        elif length == 0:
            length = len(data) - position
        if length < 8 or position + length > len(data) or len(kinds) > _MOST_BOXES:
            raise _broken_off()
        position += length
    if b"moov" in kinds or bytes(data[8:12]) in _HEIC_MOVING:
        raise Unusable(_("This file holds several or moving pictures. Send one still picture."))
    if b"meta" not in kinds:
        raise _broken_off()
    _refuse_strangers(data)


def _check_jpeg(data: Bytes) -> None:
    """Cameras write a second picture or notes behind the first: that is fine, another format is not."""
    position = 2
    while position + 4 <= len(data):
        if bytes(data[position : position + 1]) != b"\xff":
            raise _broken_off()
        marker = data[position + 1 : position + 2][0]
        if marker == 0xFF:
            position += 1
        elif marker == 0xD9:
            break
        else:
            position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
            if marker == 0xDA:
                position = _end_of_scan(data, position)
    if bytes(data[position : position + 2]) != b"\xff\xd9":
        raise _broken_off()
    _refuse_strangers(data)


def _end_of_scan(data: Bytes, position: int) -> int:
    while True:
        position = data.find(b"\xff", position)
        if position < 0 or position + 1 >= len(data):
            raise _broken_off()
        following = data[position + 1 : position + 2][0]
        if following == 0x00 or 0xD0 <= following <= 0xD7:
            position += 2
        elif following == 0xFF:
            position += 1
        else:
            return position


def _refuse_behind(data: Bytes, end: int) -> None:
    if bytes(data[end : end + 64]).strip(b"\x00") or len(data) - end > 64:
        raise _two_things()


def _refuse_strangers(data: Bytes) -> None:
    if _IN_PICTURES.search(cast(bytes, data)):
        raise _two_things()


def _broken_off() -> Unusable:
    return Unusable(_("The picture breaks off before its end. Take or save it again and send the new file."))


def _two_things() -> Unusable:
    return Unusable(
        _("The picture carries something else than a picture. Save it again and send the new file.")
    )
