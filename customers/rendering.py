"""Looking into documents from a safe distance: every decoder runs in a process of its own, with limits.

A file that breaks a decoder breaks that process, which holds no secret, no connection and no other file.
"""

import json
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _

import backoffice
from backoffice.staff.errors import Refusal
from customers.files import HEIC, JPEG, PDF, PNG, WEBP, Unusable

WORKER = Path(__file__).with_name("render_worker")
FONTS = Path(backoffice.__file__).with_name("fonts")
SECONDS = 20
# So many decoders at once in one process of ours: each may take a gigabyte.
AT_ONCE = 3
KINDS = {PDF: "PDF", JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP", HEIC: "HEIF"}

_turns = threading.BoundedSemaphore(AT_ONCE)


class TooBusy(Refusal):
    """More documents are being opened than this machine can at once."""

    def __init__(self) -> None:
        super().__init__(_("Too many documents are being opened at once. Try again in a minute."))


def measure(file: IO[bytes], *, content_type: str) -> tuple[int, int]:
    """Pages and pixels of a file on this machine's disk. Raises Unusable if it cannot be opened."""
    out = _run(file, "measure", KINDS[content_type])
    facts = json.loads(out)
    if facts["frames"] != 1:
        raise Unusable(_("This file holds several or moving pictures. Send one still picture."))
    if facts["pages"] < 1:
        raise Unusable(_("The PDF has no pages. Save it again and send the new file."))
    return int(facts["pages"]), int(facts["pixels"])


def page_as_png(file: IO[bytes], *, content_type: str, page: int, mark: str) -> bytes:
    """One page drawn as a PNG of at most 2000 pixels a side, `mark` across it; pages count from 1. Raises Unusable."""
    return _run(file, "page", KINDS[content_type], str(page), str(FONTS), _one_line(mark))


def _one_line(text: str) -> str:
    return "".join(char for char in text if char.isprintable())[:120]


def _run(file: IO[bytes], *task: str) -> bytes:
    if not _turns.acquire(timeout=SECONDS):
        raise TooBusy
    try:
        return _answer(file, *task)
    finally:
        _turns.release()


def _answer(file: IO[bytes], *task: str) -> bytes:
    with tempfile.TemporaryFile() as out:
        try:
            done = subprocess.run(  # noqa: S603 - our own script, by its own path, with words of our own
                [sys.executable, "-I", str(WORKER), *task],
                stdin=file,
                stdout=out,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Unusable(
                _("The file takes too long to open. Save it in a simpler form and send it again.")
            ) from None
        out.seek(0)
        answer = out.read()
    if done.returncode != 0:
        raise _reason(answer)
    return answer


def _reason(answer: bytes) -> Unusable:
    try:
        facts: Any = json.loads(answer)
        code = facts["error"]
    except (ValueError, KeyError, TypeError):
        code = "too-large"  # ended by its limits before it could say anything
    sentences = {
        "encrypted": _("The PDF is protected by a password. Save it without one and send it again."),
        "too-large": _("The file needs too much memory or time to open. Send a smaller one."),
        "no-such-page": _("The document has no such page."),
        "script": _("The PDF carries a script. Print it to a new PDF and send that one."),
        "program": _("The PDF wants to start a program. Print it to a new PDF and send that one."),
        "files": _("The PDF has other files attached. Print it to a new PDF and send that one."),
        "media": _("The PDF carries a player for sound or film. Print it to a new PDF and send that one."),
        "form": _(
            "The PDF is a form that not every reader shows alike. Print it to a new PDF and send that one."
        ),
        "packing": _(
            "The PDF is packed in a way that cannot be checked. Print it to a new PDF and send that one."
        ),
    }
    return Unusable(
        sentences.get(code, _("The file is damaged and cannot be opened. Send it again from the original."))
    )
