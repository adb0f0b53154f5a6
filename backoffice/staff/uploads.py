"""Whether a form with files came whole: a connection that broke may leave what looks like a whole file."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _


class Watched:
    """A body on its way: how much of it came, and how it ended."""

    def __init__(self, stream: Any) -> None:
        self.stream, self.count, self.end = stream, 0, b""

    def read(self, *size: int) -> bytes:
        """Read on, as from the stream itself."""
        return self._seen(self.stream.read(*size))

    def readline(self, *size: int) -> bytes:
        """Read on to the end of a line: so the rest behind a form is read."""
        return self._seen(self.stream.readline(*size))

    def _seen(self, block: bytes) -> bytes:
        self.count += len(block)
        self.end = (self.end + block)[-80:] if block else self.end
        return block

    def is_whole(self, length: int) -> bool:
        """Whether all `length` bytes came, and the last of them close the form."""
        return self.count == length and self.end.rstrip(b"\r\n").endswith(b"--")


def broke_off() -> str:
    """The sentence for who sent it."""
    return _("The upload broke off before its end. Send it again.")


def watch(request: HttpRequest) -> None:
    """Before anybody reads the form."""
    if request.content_type == "multipart/form-data":
        held: Any = request
        held._stream = Watched(held._stream)


def is_broken(request: HttpRequest) -> bool:
    """Whether a form with files lacks its end. Reads the form, if nobody has yet."""
    stream = getattr(request, "_stream", None)
    if request.method != "POST" or not isinstance(stream, Watched):
        return False
    length = request.META.get("CONTENT_LENGTH") or "0"
    came = bool(request.POST or request.FILES) or stream.count > 0
    return came and not (length.isdigit() and stream.is_whole(int(length)))
