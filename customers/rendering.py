"""Looking into documents from a safe distance: every decoder runs in a process of its own, with limits.

A file that breaks a decoder breaks that process, which holds no secret, no connection and no other file.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _

from customers.files import JPEG, PDF, PNG, WEBP, Unusable

WORKER = Path(__file__).with_name("render_worker.py")
SECONDS = 20
KINDS = {PDF: "PDF", JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP"}


def measure(file: IO[bytes], *, content_type: str) -> tuple[int, int]:
    """Pages and pixels of a file on this machine's disk. Raises Unusable if it cannot be opened."""
    out = _run(file, "measure", KINDS[content_type])
    facts = json.loads(out)
    if facts["frames"] != 1:
        raise Unusable(_("Moving pictures cannot be reviewed. Send a still picture."))
    if facts["pages"] < 1:
        raise Unusable(_("The PDF has no pages. Save it again and send the new file."))
    return int(facts["pages"]), int(facts["pixels"])


def page_as_png(file: IO[bytes], *, content_type: str, page: int) -> bytes:
    """One page drawn as a PNG of at most 2000 pixels a side; pages count from 1. Raises Unusable."""
    return _run(file, "page", KINDS[content_type], str(page))


def _run(file: IO[bytes], *task: str) -> bytes:
    with tempfile.TemporaryFile() as out:
        try:
            done = subprocess.run(  # noqa: S603 - our own script, by its own path, with words of our own
                [sys.executable, "-I", "-B", str(WORKER), *task],
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
    }
    return Unusable(
        sentences.get(code, _("The file is damaged and cannot be opened. Send it again from the original."))
    )
