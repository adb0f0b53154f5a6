"""What a PDF carries beside its pages, found in its bytes whatever a reader would make of them.

Names may be written with escapes (/J#61vaScript) and objects may be packed into compressed streams: both are looked
through. A packing that cannot be looked through is refused, as nobody knows what it holds.
"""

import re
import zlib

UNPACKED_AT_MOST = 64 * 1024 * 1024
_FAR = 4096
_BLOCK = 64 * 1024


class Carries(Exception):
    """It carries something that a document to look at has no use for: `what` is its code."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


def _name(word: str) -> str:
    return "".join(f"(?:{letter}|#{ord(letter):02x})" for letter in word) + "(?![A-Za-z0-9])"


def _names(*words: str) -> re.Pattern[bytes]:
    return re.compile(f"(?i:/(?:{'|'.join(map(_name, words))}))".encode())


_UNWANTED = {
    "script": _names("JavaScript"),
    "program": _names("Launch"),
    "files": _names("EmbeddedFile", "EmbeddedFiles", "GoToE"),
    "media": _names("RichMedia"),
}
_PACKED = _names("ObjStm")
# Packed twice, packed through a prediction, or in a way that stands elsewhere: nobody writes documents so.
_PACKED_ODDLY = re.compile(rb"Filter\s*\[[^\]]*/[^\]]*/|Filter\s*\d|Predictor|#")


def check(data: bytes) -> None:
    """Raises Carries for scripts, programs to start, attached files, players, and for what cannot be unpacked."""
    _look(data)
    left = UNPACKED_AT_MOST
    for found in _PACKED.finditer(data):
        unpacked = _unpacked(data, found.start(), left)
        left -= len(unpacked)
        _look(unpacked)


def _look(data: bytes) -> None:
    for what, pattern in _UNWANTED.items():
        if pattern.search(data):
            raise Carries(what)


def _unpacked(data: bytes, at: int, left: int) -> bytes:
    start = data.find(b"stream", at, at + _FAR)
    if start < 0:
        return b""
    head = data[max(data.rfind(b"obj", 0, at), at - _FAR, 0) : start]
    if _PACKED_ODDLY.search(head):
        raise Carries("packing")
    begin = start + 6 + (2 if data[start + 6 : start + 8] == b"\r\n" else 1)
    try:
        return _inflated(data, begin, left)
    except zlib.error:
        if b"Filter" in head:
            raise Carries("packing") from None
        return b""


def _inflated(data: bytes, begin: int, left: int) -> bytes:
    """To the end of the packed data, wherever the file says that it ends."""
    unpacker, parts, size = zlib.decompressobj(), [], 0
    for position in range(begin, len(data), _BLOCK):
        block = unpacker.decompress(data[position : position + _BLOCK], left + 1 - size)
        parts.append(block)
        size += len(block)
        if size > left or unpacker.unconsumed_tail:
            raise Carries("too-large")
        if unpacker.eof:
            break
    return b"".join(parts)
