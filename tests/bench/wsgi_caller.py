"""Calls a WSGI application with prepared requests and measures only that. Standard library alone, so that a
contestant in a virtual environment of its own can import it too."""

import gc
import io
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

Request = tuple[dict[str, str], bytes]


def environ(path: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
    named = {"HTTP_" + name.upper().replace("-", "_"): value for name, value in headers.items()}
    return {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **named,
    }


def timed(
    application: Callable[..., Iterable[bytes]], environs: list[dict[str, Any]], *, expected: str
) -> float:
    """Seconds for all of them; raises if one is not answered with the expected status."""
    answers: list[str] = []

    def start_response(status: str, headers: Any, error: Any = None) -> None:
        answers.append(status)

    gc.collect()
    begun = time.perf_counter()
    for one in environs:
        result = application(one, start_response)
        b"".join(result)
        close = getattr(result, "close", None)
        if close:
            close()
    seconds = time.perf_counter() - begun
    wrong = {status for status in answers if not status.startswith(expected)}
    if wrong:
        raise RuntimeError(f"expected {expected}, got {wrong}")
    return seconds
